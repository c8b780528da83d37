//! [`State`]: the contents of a cache. [`Rules`]: when a key set is due and usable, and when a fetch is allowed.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::keys::{KeySet, KeysError};
use crate::tools::elapsed::elapsed;

/// If the clock is set back by more than this, the cache refetches instead of waiting for the clock to catch up.
const SET_BACK: Duration = Duration::from_secs(60);

/// How many lost fetches in a row may be repeated before the cooldown has passed.
const MAX_LOST: u32 = 8;

/// A fetch that has not finished after this time has lapsed: its thread or runtime may be gone.
const LAPSE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) max_age: Duration,
    pub(super) hard_limit: Duration,
    pub(super) cooldown: Duration,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) cached: Option<Cached>,
    pub(super) attempt: Option<Attempt>,
    /// How many fetches were claimed. This is also the number of the last one.
    pub(super) fetches: u64,
    /// How many fetches have finished, successful or not.
    pub(super) finished: u64,
    /// How many fetches have brought a key set.
    pub(super) succeeded: u64,
    /// How many fetches have failed.
    pub(super) failures: u64,
    /// How many fetches in a row were lost.
    pub(super) lost: u32,
}

/// A key set, and the time at which its fetch was claimed.
pub(super) struct Cached {
    pub(super) keys: Arc<KeySet>,
    pub(super) fetched_at: DateTime<Utc>,
}

/// The last fetch. Its time is that of the claim, before the request.
pub(super) struct Attempt {
    pub(super) claimed_at: DateTime<Utc>,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    InProgress,
    Succeeded,
    Failed(KeysError),
    /// It failed for a reason of the caller, which says nothing about the key server.
    Lost(KeysError),
}

impl Rules {
    pub(super) fn is_due(&self, state: &State, now: DateTime<Utc>) -> bool {
        state.cached.as_ref().is_none_or(|cached| {
            elapsed(cached.fetched_at, now) > self.longest_age()
                || is_set_back(cached.fetched_at, now)
        })
    }

    /// The age at which a key set is due. One that is not usable any more is.
    pub(super) fn longest_age(&self) -> Duration {
        self.max_age.min(self.hard_limit)
    }

    pub(super) fn is_usable(&self, cached: &Cached, now: DateTime<Utc>) -> bool {
        elapsed(cached.fetched_at, now) <= self.hard_limit
    }

    /// Returns the time until a fetch may be claimed: after the cooldown, and once no fetch is running.
    pub(super) fn until_allowed(&self, state: &State, now: DateTime<Utc>) -> Duration {
        state.attempt.as_ref().map_or(Duration::ZERO, |attempt| {
            let pause = match attempt.outcome {
                Outcome::InProgress => self.cooldown.max(LAPSE),
                Outcome::Lost(_) if state.lost <= MAX_LOST => Duration::ZERO,
                Outcome::Succeeded | Outcome::Failed(_) | Outcome::Lost(_) => self.cooldown,
            };
            remaining(pause, attempt.claimed_at, now)
        })
    }
}

impl State {
    /// If the clock was set back, the age of the key set is unknown: it then counts as just due, so that it reaches the hard
    /// limit by the new time even if no fetch succeeds.
    pub(super) fn follow_clock(&mut self, max_age: Duration, now: DateTime<Utc>) {
        let due_since = TimeDelta::from_std(max_age)
            .ok()
            .and_then(|max_age| now.checked_sub_signed(max_age));
        if let Some(cached) = &mut self.cached
            && is_set_back(cached.fetched_at, now)
        {
            cached.fetched_at = due_since.unwrap_or(DateTime::<Utc>::MIN_UTC);
        }
    }

    /// Returns the time until the key set reaches this age. Zero if there is none.
    pub(super) fn until_age(&self, age: Duration, now: DateTime<Utc>) -> Duration {
        let cached = self.cached.as_ref();
        cached.map_or(Duration::ZERO, |cached| {
            remaining(age, cached.fetched_at, now)
        })
    }

    pub(super) fn is_fetching(&self, now: DateTime<Utc>) -> bool {
        match &self.attempt {
            Some(Attempt {
                outcome: Outcome::InProgress,
                claimed_at,
            }) => !remaining(LAPSE, *claimed_at, now).is_zero(),
            _ => false,
        }
    }

    /// Returns why the last fetch failed, if it did.
    pub(super) fn last_error(&self) -> Option<&KeysError> {
        match &self.attempt {
            Some(Attempt {
                outcome: Outcome::Failed(error) | Outcome::Lost(error),
                ..
            }) => Some(error),
            _ => None,
        }
    }

    /// Returns `true` if the last fetch has finished and succeeded, so that the cached key set is its result.
    pub(super) fn is_newest(&self) -> bool {
        matches!(
            self.attempt,
            Some(Attempt {
                outcome: Outcome::Succeeded,
                ..
            })
        )
    }
}

/// Returns what remains of a length of time that began at `since`. Nothing remains if the clock was set back.
fn remaining(length: Duration, since: DateTime<Utc>, now: DateTime<Utc>) -> Duration {
    if is_set_back(since, now) {
        Duration::ZERO
    } else {
        length.saturating_sub(elapsed(since, now))
    }
}

fn is_set_back(since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    elapsed(now, since) > SET_BACK
}
