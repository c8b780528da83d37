//! Forwarding: the same bytes to the handler that somebody is writing.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::delivery::Forwarded;
use crate::failure::{Failure, with_causes};
use crate::source;

/// Moneyhub waits no longer for an answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// So many are on their way at a time. Where the target is slower than that, deliveries wait to be answered.
const AT_A_TIME: u32 = 64;

pub(super) struct Forwarder {
    client: Client,
    url: Url,
    places: Arc<Semaphore>,
}

impl Forwarder {
    pub(super) fn new(url: Url) -> Result<Self, Failure> {
        let client = source::client(&url, TIME_LIMIT)?;
        Ok(Self { client, url, places: Arc::new(Semaphore::new(AT_A_TIME as usize)) })
    }

    /// Waits for a place, which is held until the answer has come.
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
        Forwarded { status, error, milliseconds }
    }

    /// Waits until all are answered.
    pub(super) async fn finish(&self) {
        _ = self.places.acquire_many(AT_A_TIME).await;
    }
}
