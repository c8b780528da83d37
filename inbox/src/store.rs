//! [`Store`]: what an inbox asks of a database. The two stores are [`Postgres`](crate::Postgres) and
//! [`Sqlite`](crate::Sqlite); each has its own SQL.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::ReplayKey;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::entry::{Body, Entry};

/// Where an inbox keeps webhooks: `Postgres` or `Sqlite`. It can't be implemented outside of this crate.
pub trait Store: Operations {}

/// The store failed, or did not answer in time.
///
/// The message has the error code and the message of the database, and nothing of a row.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct StoreError {
    message: String,
    is_transient: bool,
}

impl StoreError {
    /// Returns whether the store is down, slow, full or busy, so that the same call may succeed later. Otherwise someone
    /// has to act.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.is_transient
    }

    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            is_transient: false,
        }
    }

    pub(crate) fn transient(message: impl Into<String>) -> Self {
        Self {
            is_transient: true,
            ..Self::new(message)
        }
    }
}

pub(crate) type Result<T, E = StoreError> = std::result::Result<T, E>;

/// How long the store may take for anything for which no sender waits.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// How many rows a statement changes at most, where there may be very many.
pub(crate) const AT_ONCE: u32 = 5000;

/// Waits for the store until a limit. A connection may have died unnoticed, as in a failover: the system waits for it for
/// a quarter of an hour.
pub(crate) async fn limited<T>(
    limit: Duration,
    answer: impl Future<Output = Result<T>>,
) -> Result<T> {
    let no_answer = |_| Err(StoreError::transient(format!("no answer within {limit:?}")));
    timeout(limit, answer).await.unwrap_or_else(no_answer)
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is on the disk of the store.
    Fresh,
    /// It was there already, or a copy of it was handled.
    Duplicate,
    /// The quota for what anyone can send is used up.
    Full,
}

/// A webhook that a worker has claimed: until its lease ends, no other worker claims it.
#[derive(Debug, Clone)]
pub struct Claim {
    pub(crate) key: ReplayKey,
    /// Counted before the attempt. Together with the key it identifies the claim.
    pub(crate) attempts: u32,
    pub(crate) webhook: String,
    pub(crate) give_up_at: DateTime<Utc>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    Done,
    Again { at: DateTime<Utc>, reason: String },
    Dead { reason: String },
}

/// A row of a dead letter.
#[derive(Debug)]
pub struct DeadRow {
    pub(crate) key: ReplayKey,
    pub(crate) webhook: String,
    pub(crate) attempts: u32,
    pub(crate) reason: String,
    pub(crate) dead_at: DateTime<Utc>,
}

/// Which dead letters to try again.
#[derive(Debug, Clone)]
pub enum Which {
    All,
    These(Vec<ReplayKey>),
}

/// What waits in a store. See [`Backlog`](crate::Backlog).
#[derive(Debug, Clone, Default)]
pub struct Counts {
    pub(crate) waiting: u64,
    pub(crate) oldest: Option<DateTime<Utc>>,
    pub(crate) oldest_signed: Option<DateTime<Utc>>,
    pub(crate) dead: u64,
    pub(crate) unverified: u64,
    pub(crate) rejected: u64,
}

/// How much of what anyone can send is kept: at most so many rows, and so many **bytes** of bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    /// The number of rows.
    pub rows: u64,
    /// The bytes of their bodies.
    pub bytes: u64,
}

/// The quotas of an inbox, for what did not verifiably come from Moneyhub. Webhooks that Moneyhub has signed for this
/// client have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quotas {
    /// Webhooks in plain JSON that are not handled yet, and dead letters of plain JSON: 10,000 rows, 64 MiB.
    pub unsigned: Quota,
    /// How many replay keys of plain JSON are remembered, the newest ones: 250,000, for a day at most. A copy of an older
    /// one is handled again.
    pub unsigned_keys: u64,
    /// Bodies that arrived while their key was not available: 10,000 rows, 256 MiB.
    pub unverified: Quota,
    /// Bodies that the issuer has signed, and the receiver has rejected, and those that could not be verified: 1,000 rows,
    /// 64 MiB.
    pub rejected: Quota,
}

impl Default for Quotas {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        let quota = |rows, mib: u64| Quota {
            rows,
            bytes: mib.saturating_mul(MIB),
        };
        Self {
            unsigned: quota(10_000, 64),
            unsigned_keys: 250_000,
            unverified: quota(10_000, 256),
            rejected: quota(1_000, 64),
        }
    }
}

/// The operations of a store. Each is atomic, and is on disk when it returns `Ok`, unless it says otherwise.
pub trait Operations: Send + Sync + 'static {
    /// Makes the store ready: brings its tables up to date where that was not done yet, confirms at `now` that it remembers
    /// keys, and returns since when it has done so without a gap.
    fn prepare(&self, now: DateTime<Utc>) -> impl Future<Output = Result<DateTime<Utc>>> + Send;

    /// Stores entries that differ in their keys and are sorted by them.
    fn insert(
        &self,
        batch: Vec<Arc<Entry>>,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<Stored>>> + Send;

    /// Counts an attempt for each of at most `limit` webhooks that are due, and returns them. They are due again after
    /// `lease`, and some longer with each attempt: a worker may crash.
    fn claim(
        &self,
        limit: u32,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> impl Future<Output = Result<Vec<Claim>>> + Send;

    /// Ends an attempt, unless the webhook was claimed again meanwhile.
    fn end(
        &self,
        claim: &Claim,
        ended: Ended,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Returns unverified bodies that are due. They are due again after `lease`.
    fn unverified(
        &self,
        limit: u32,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> impl Future<Output = Result<Vec<Body>>> + Send;

    /// Removes a body.
    fn remove(&self, body: &Body) -> impl Future<Output = Result<()>> + Send;

    /// Makes rejected bodies unverified again. Returns how many.
    fn reverify(&self, now: DateTime<Utc>) -> impl Future<Output = Result<u64>> + Send;

    /// Forgets keys whose time is over, some of them at a time. Returns how many.
    fn prune(&self, now: DateTime<Utc>) -> impl Future<Output = Result<u64>> + Send;

    /// Counts what waits.
    fn counts(&self) -> impl Future<Output = Result<Counts>> + Send;

    /// Returns the oldest dead letters, or the one of this key.
    fn dead(
        &self,
        key: Option<ReplayKey>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<DeadRow>>> + Send;

    /// Makes dead letters due again, of all of them until `now` at most [`AT_ONCE`]. Returns how many.
    fn requeue(&self, which: Which, now: DateTime<Utc>)
    -> impl Future<Output = Result<u64>> + Send;

    /// Notifies `wake` when another process has stored something, for as long as it is polled.
    fn listen(&self, wake: Arc<Notify>) -> impl Future<Output = ()> + Send;
}
