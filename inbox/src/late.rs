//! Late tokens: whether to accept one that is older than the receiver's maximum age.
//!
//! The maximum age keeps a recorded token from being sent again. A store that remembers every key since before the token
//! was issued knows whether it came before, so it needs no such limit. A store that is new, restored from a copy, or was
//! away for a while does not know.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moneyhub_webhooks::{Authenticity, Receiver};

/// Keys are remembered for 30 days. The rest is a margin for clocks.
const OLDEST: Duration = Duration::from_secs(29 * 24 * 60 * 60);

/// A store that did not confirm for this long that it remembers has a gap. A shorter pause is not a gap, so that a restart
/// loses no memory. The price: a younger copy of the store is not noticed.
pub(crate) const PAUSE: TimeDelta = TimeDelta::minutes(5);

/// The rule, with the receiver of old tokens.
#[derive(Debug)]
pub(crate) struct Late {
    receiver: Receiver,
    /// In microseconds. Without a store that is ready: never.
    remembers_since: AtomicI64,
}

impl Late {
    pub(crate) fn new(receiver: &Receiver) -> Self {
        Self {
            receiver: receiver.clone().max_age_at_least(OLDEST),
            remembers_since: AtomicI64::new(i64::MAX),
        }
    }

    /// The receiver that accepts late tokens.
    pub(crate) fn receiver(&self) -> &Receiver {
        &self.receiver
    }

    /// The store has remembered every key since then.
    pub(crate) fn remembers_since(&self, since: DateTime<Utc>) {
        self.remembers_since
            .store(since.timestamp_micros(), Ordering::Relaxed);
    }

    /// Returns since when the store has to have remembered every key, so that a token that is older than the receiver's
    /// maximum age can't be a replay. `None`: it has not.
    pub(crate) fn since(&self, authenticity: &Authenticity) -> Option<DateTime<Utc>> {
        let Authenticity::Signed { issued_at, .. } = authenticity else {
            return None;
        };
        let remembers_since = self.remembers_since.load(Ordering::Relaxed);
        // A copy may have come before the time that it states.
        let since = *issued_at - Receiver::DEFAULT_CLOCK_SKEW;
        (remembers_since < since.timestamp_micros()).then_some(since)
    }
}

/// What a store says of its memory.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Since when it has remembered every key.
    pub(crate) since: DateTime<Utc>,
    /// When that was last confirmed.
    pub(crate) alive_at: DateTime<Utc>,
}

impl Memory {
    /// Whether it has remembered every key since before `time`. A copy of yesterday does not know yet what it has
    /// missed.
    pub(crate) fn reaches_back_to(&self, time: DateTime<Utc>, now: DateTime<Utc>) -> bool {
        self.since < time && now - PAUSE <= self.alive_at
    }
}
