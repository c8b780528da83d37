//! One entry of a stream.

use chrono::{DateTime, Utc};
use redis::streams::StreamId;
use redis::{ParsingError, RedisResult};

pub(super) struct Entry {
    pub(super) stream: String,
    pub(super) id: String,
    pub(super) body: Vec<u8>,
    pub(super) received_at: DateTime<Utc>,
    /// How often it was given to a worker, this time included.
    pub(super) deliveries: usize,
}

impl Entry {
    pub(super) fn read(stream: &str, entry: &StreamId, deliveries: usize) -> RedisResult<Self> {
        let strange = || ParsingError::from(format!("{stream} {}: not an entry of ours", entry.id));
        let micros: i64 = entry.get("received_at").ok_or_else(strange)?;
        Ok(Self {
            stream: stream.to_owned(),
            id: entry.id.clone(),
            body: entry.get("body").ok_or_else(strange)?,
            received_at: DateTime::from_timestamp_micros(micros).ok_or_else(strange)?,
            deliveries,
        })
    }
}
