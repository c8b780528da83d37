//! One stream and the number of bytes in it, and the two scripts that keep them in step.

use chrono::{DateTime, Utc};
use redis::{RedisResult, cmd};

use super::connection::Connection;

/// The keys in Redis. The braces keep them on one node of a cluster, which a transaction needs: a handler's own keys
/// have to begin with the same.
#[derive(Debug, Clone)]
pub struct Names(String);

impl Default for Names {
    fn default() -> Self {
        Self::new("moneyhub")
    }
}

impl Names {
    pub fn new(tag: &str) -> Self {
        Self(format!("{{{tag}}}"))
    }

    /// A key of a handler's own.
    #[must_use]
    pub fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.0)
    }

    #[must_use]
    pub fn accepted(&self) -> String {
        self.key("accepted")
    }

    #[must_use]
    pub fn unjudged(&self) -> String {
        self.key("unjudged")
    }

    #[must_use]
    pub fn dead(&self) -> String {
        self.key("dead")
    }

    /// The mark that an event was handled, by its replay key.
    #[must_use]
    pub fn handled(&self, replay_key: &str) -> String {
        self.key(&format!("handled:{replay_key}"))
    }
}

/// The key that holds how many bytes are in a stream.
pub(crate) fn bytes_in(stream: &str) -> String {
    format!("{stream}:bytes")
}

/// What an entry takes besides its body, so that many small ones count too.
pub(crate) const OVERHEAD: usize = 256;

/// The cap is asked for beforehand. `MAXLEN` would make room by dropping the oldest, which nobody has handled yet.
const APPEND: &str = "
    if KEYS[3] and redis.call('EXISTS', KEYS[3]) == 1 then return 2 end
    local held = tonumber(redis.call('GET', KEYS[2]) or '0')
    local cost = #ARGV[2] + tonumber(ARGV[4])
    if held + cost > tonumber(ARGV[1]) then return 0 end
    redis.call('XADD', KEYS[1], '*', 'body', ARGV[2], 'received_at', ARGV[3])
    redis.call('INCRBY', KEYS[2], cost)
    return 1";

pub(super) struct Lane {
    stream: String,
    cap: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Appended {
    Taken,
    Full,
    /// It was handled before: the mark that workers set with the effect is there.
    Handled,
}

impl Lane {
    pub(super) fn new(stream: String, cap: u64) -> Self {
        Self { stream, cap }
    }

    pub(super) fn stream(&self) -> &str {
        &self.stream
    }

    pub(super) async fn append(
        &self,
        redis: &Connection,
        body: &[u8],
        received_at: DateTime<Utc>,
        mark: Option<&str>,
    ) -> RedisResult<Appended> {
        let mut question = cmd("EVAL");
        question
            .arg(APPEND)
            .arg(if mark.is_some() { 3 } else { 2 })
            .arg(&self.stream)
            .arg(bytes_in(&self.stream))
            .arg(mark)
            .arg(self.cap)
            .arg(body)
            .arg(received_at.timestamp_micros())
            .arg(OVERHEAD);
        Ok(match redis.ask::<u8>(&question).await? {
            0 => Appended::Full,
            1 => Appended::Taken,
            _ => Appended::Handled,
        })
    }
}
