//! Forwards bodies, unchanged, to the handler under development.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::delivery::Forwarded;
use crate::failure::{Failure, with_causes};
use crate::source;

/// As long as Moneyhub waits for an answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Concurrent requests. If the target cannot keep up, deliveries wait for their answers.
const MAX_CONCURRENT: u32 = 64;

pub(super) struct Forwarder {
    client: Client,
    url: Url,
    places: Arc<Semaphore>,
}

impl Forwarder {
    pub(super) fn new(url: Url) -> Result<Self, Failure> {
        let client = source::client(&url, TIME_LIMIT)?;
        Ok(Self {
            client,
            url,
            places: Arc::new(Semaphore::new(MAX_CONCURRENT as usize)),
        })
    }

    /// Waits for a free place. The caller holds it until the answer arrives.
    pub(super) async fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).acquire_owned().await.ok()
    }

    pub(super) async fn forward(&self, body: Bytes, content_type: Option<&str>) -> Forwarded {
        let begun = Instant::now();
        let mut request = self.client.post(self.url.clone()).body(body);
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let (status, error) = match request.send().await {
            Ok(response) => (Some(response.status().as_u16()), None),
            Err(error) => (None, Some(with_causes(&error.without_url()))),
        };
        let milliseconds = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        Forwarded {
            status,
            error,
            milliseconds,
        }
    }

    /// Waits until all requests are answered.
    pub(super) async fn finish(&self) {
        _ = self.places.acquire_many(MAX_CONCURRENT).await;
    }
}
