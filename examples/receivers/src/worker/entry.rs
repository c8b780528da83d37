//! One entry of a stream.

use chrono::{DateTime, Utc};
use redis::streams::StreamId;

pub(super) struct Entry {
    pub(super) stream: String,
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    pub(super) received_at: DateTime<Utc>,
    /// How often it was given to a worker, this time included.
    pub(super) deliveries: usize,
}

impl Entry {
    /// One that is not of our form has an empty body, which no receiver accepts, and stands in nobody's way.
    pub(super) fn read(stream: &str, entry: &StreamId, deliveries: usize) -> Self {
        let micros = entry.get("received_at").unwrap_or_default();
        Self {
            stream: stream.to_owned(),
            id: entry.id.clone(),
            body: entry.get("body").unwrap_or_default(),
            received_at: DateTime::from_timestamp_micros(micros).unwrap_or_default(),
            deliveries,
        }
    }
}
