//! Operation: what waits, what was given up, and how to try that again.

use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{ReplayKey, StoredWebhook};

use crate::core::Core;
use crate::inbox::Inbox;
use crate::observe;
use crate::store::{AT_ONCE, DeadRow, Operations, Result, Store, StoreError, Which, limited};

/// How long the store may take to count.
const COUNT_LIMIT: Duration = Duration::from_secs(5);

/// What waits in an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backlog {
    /// Accepted webhooks that are not handled yet, without dead letters.
    pub waiting: u64,
    /// How long ago the oldest of these was received. `None` if there is none.
    pub lag: Option<Duration>,
    /// The same, of those that Moneyhub has signed: nothing that anyone else sends adds to it.
    pub signed_lag: Option<Duration>,
    /// Accepted webhooks that were given up.
    pub dead: u64,
    /// Bodies that wait for keys.
    pub unverified: u64,
    /// Bodies that the issuer has signed, and the receiver has rejected, and those that could not be verified: for three
    /// days, by a worker with other settings, or with a key that this version ignores.
    pub rejected: u64,
    /// The size of the spill folder of this process, in **bytes**.
    pub spilled_bytes: u64,
}

/// Whether an inbox works.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Whether the store took the last batch of what Moneyhub has signed, and answers. While it does not, webhooks go
    /// to the spill folder, if there is one.
    pub is_store_up: bool,
    /// The size of the spill folder of this process, in **bytes**.
    pub spilled_bytes: u64,
}

/// A webhook that was given up, for people to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The key of the webhook, for [`Inbox::requeue`].
    pub key: ReplayKey,
    /// The webhook. `None` if this version of the crate can't read it.
    pub webhook: Option<StoredWebhook>,
    /// How many attempts were made.
    pub attempts: u32,
    /// Why the last attempt failed.
    pub reason: String,
    /// When it was given up.
    pub dead_at: DateTime<Utc>,
}

impl<S: Store> Inbox<S> {
    /// Counts what waits, and sets the gauges of the feature `metrics`.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails, or does not answer within 5 seconds.
    pub async fn backlog(&self) -> Result<Backlog, StoreError> {
        self.core.backlog().await
    }

    /// Returns whether the inbox works, without asking the store.
    #[must_use]
    pub fn health(&self) -> Health {
        Health {
            is_store_up: !self.core.is_down_for(true),
            spilled_bytes: self.core.all_spilled_bytes(),
        }
    }

    /// Returns at most `limit` dead letters, the oldest first.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        let rows = self.core.store.dead(None, limit).await?;
        Ok(rows.into_iter().map(DeadLetter::from).collect())
    }

    /// Returns the dead letter of a key.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn dead_letter(&self, key: ReplayKey) -> Result<Option<DeadLetter>, StoreError> {
        let rows = self.core.store.dead(Some(key), 1).await?;
        Ok(rows.into_iter().next().map(DeadLetter::from))
    }

    /// Makes dead letters due again, with three more days to be handled. Returns how many there were of them.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn requeue(
        &self,
        keys: impl IntoIterator<Item = ReplayKey>,
    ) -> Result<u64, StoreError> {
        let these = Which::These(keys.into_iter().collect());
        self.requeue_which(these, self.core.now()).await
    }

    /// Makes all dead letters due again.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn requeue_all(&self) -> Result<u64, StoreError> {
        // Those that a handler gives up again meanwhile are not among them.
        let now = self.core.now();
        let mut all = 0_u64;
        loop {
            let requeued = self.requeue_which(Which::All, now).await?;
            all = all.saturating_add(requeued);
            if requeued < AT_ONCE.into() {
                return Ok(all);
            }
        }
    }

    async fn requeue_which(&self, which: Which, now: DateTime<Utc>) -> Result<u64> {
        let requeued = self.core.store.requeue(which, now).await?;
        self.core.wake.notify_waiters();
        Ok(requeued)
    }

    /// Lets workers verify rejected bodies again, under the current policy and as of their time of receipt: after the
    /// settings of the receiver were corrected. What was not yet valid then is verified as of now. Returns how many there
    /// are.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn reverify(&self) -> Result<u64, StoreError> {
        self.core.store.reverify(self.core.now()).await
    }
}

impl From<DeadRow> for DeadLetter {
    fn from(row: DeadRow) -> Self {
        Self {
            key: row.key,
            webhook: serde_json::from_str(&row.webhook).ok(),
            attempts: row.attempts,
            reason: row.reason,
            dead_at: row.dead_at,
        }
    }
}

impl<S: Operations> Core<S> {
    pub(crate) async fn backlog(&self) -> Result<Backlog> {
        let counts = limited(COUNT_LIMIT, self.store.counts()).await;
        let lag = |oldest: Option<DateTime<Utc>>| {
            oldest.map(|oldest| (self.now() - oldest).to_std().unwrap_or_default())
        };
        let backlog = counts.map(|counts| Backlog {
            waiting: counts.waiting,
            lag: lag(counts.oldest),
            signed_lag: lag(counts.oldest_signed),
            dead: counts.dead,
            unverified: counts.unverified,
            rejected: counts.rejected,
            spilled_bytes: self.all_spilled_bytes(),
        });
        observe::backlog(
            backlog.as_ref().ok(),
            !self.is_down_for(true),
            self.spilled_bytes(),
        );
        backlog
    }

    fn all_spilled_bytes(&self) -> u64 {
        let bytes = self.spilled_bytes().map(|(_, bytes)| bytes);
        bytes.into_iter().fold(0, u64::saturating_add)
    }
}
