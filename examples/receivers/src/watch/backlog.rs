//! [`Backlog`]: what has been taken and is not done, of whatever queue a program has.

use std::time::Duration;

/// What waits behind a program: of a channel, of the streams in Redis, or of the tables in PostgreSQL.
pub trait Backlog: Send + Sync + 'static {
    /// Looks, for a scrape or a health check: in less than a second or two.
    fn waiting(&self) -> impl Future<Output = Waiting> + Send;
}

/// How much waits, and how long it has. What a program does not have, or could not be read, is `None`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Waiting {
    /// Webhooks that were accepted and are not handled yet.
    pub accepted: Option<u64>,
    /// Bodies that could not be judged yet, for want of keys.
    pub unjudged: Option<u64>,
    /// Those that were given up, and wait for somebody to look at them.
    pub dead: Option<u64>,
    /// How long the oldest of those that were accepted has waited: zero if there is none.
    pub lag: Option<Duration>,
    /// Bytes on this machine's disk.
    pub disk_bytes: Option<u64>,
    /// Why a part of it could not be read.
    pub error: Option<String>,
}
