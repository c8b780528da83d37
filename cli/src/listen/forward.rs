//! Forwards bodies, unchanged, to the handler under development.

use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::HeaderMap;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::delivery::Forwarded;
use super::room::Room;
use super::serve::stopped;
use crate::failure::{Failure, of_request};
use crate::source;

/// As long as Moneyhub waits for an answer.
const TIME_LIMIT: Duration = Duration::from_secs(5);

/// Concurrent requests.
const MAX_CONCURRENT: usize = 64;

/// Bytes that wait for the target or are sent to it. Each body counts as `ENTRY` at least.
const WAITING: u32 = 16 * 1024 * 1024;
const ENTRY: usize = 64 * 1024;

/// Marks what was forwarded, by whichever `listen`. It is not forwarded again, because its target could be where it came
/// from.
const MARK: &str = "moneyhub-webhooks-forwarded";

pub(super) fn is_marked(headers: &HeaderMap) -> bool {
    headers.contains_key(MARK)
}

pub(super) struct Forwarder {
    client: Client,
    url: Url,
    places: Semaphore,
    waiting: Room,
    stop: watch::Receiver<bool>,
}

impl Forwarder {
    pub(super) fn new(url: Url, stop: watch::Receiver<bool>) -> Result<Self, Failure> {
        Ok(Self {
            client: source::client(&url, TIME_LIMIT)?,
            url,
            places: Semaphore::new(MAX_CONCURRENT),
            waiting: Room::new(WAITING),
            stop,
        })
    }

    /// Room for a body until it is forwarded.
    pub(super) async fn room(
        &self,
        body: &Bytes,
        was_forwarded: bool,
    ) -> Result<OwnedSemaphorePermit, Forwarded> {
        if was_forwarded {
            return Err(Forwarded::not("it was forwarded already"));
        }
        let room = self.waiting.take(body.len().max(ENTRY)).await;
        room.ok_or_else(|| Forwarded::not("the target is too slow"))
    }

    pub(super) async fn forward(&self, body: Bytes, content_type: Option<&str>) -> Forwarded {
        let _place = tokio::select! {
            place = self.places.acquire() => place,
            () = stopped(self.stop.clone()) => return Forwarded::not("it waited when `listen` stopped"),
        };
        let begun = Instant::now();
        let mut request = self.client.post(self.url.clone()).body(body);
        request = request.header(MARK, "1");
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let (status, error) = match request.send().await {
            Ok(response) => (Some(response.status().as_u16()), None),
            Err(error) => (None, Some(of_request(error))),
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
        self.waiting.is_empty().await;
    }
}
