//! What a cache holds, and the rules that go by it and by the time.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::keys::KeySet;
use crate::tools::elapsed::elapsed;

/// A clock that is set back by more than this must not make the cache wait until it has caught up.
const SET_BACK: Duration = Duration::from_secs(60);

/// A fetch that has not ended by then has lapsed: whoever claimed it may be gone, with its thread or its runtime.
const LAPSE: Duration = Duration::from_secs(60);

#[derive(Clone, Copy)]
pub(super) struct Rules {
    pub(super) max_age: Duration,
    pub(super) hard_limit: Duration,
    pub(super) cooldown: Duration,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) held: Option<Held>,
    pub(super) attempt: Option<Attempt>,
    /// How many fetches were claimed, and so the number of the last.
    pub(super) fetches: u64,
    /// How many have ended, well or not.
    pub(super) ended: u64,
}

pub(super) struct Held {
    pub(super) keys: Arc<KeySet>,
    pub(super) fetched_at: DateTime<Utc>,
}

/// The last fetch. Its time is that of the claim, before anything was fetched.
pub(super) struct Attempt {
    pub(super) claimed_at: DateTime<Utc>,
    pub(super) outcome: Outcome,
}

pub(super) enum Outcome {
    InProgress,
    Succeeded,
    Failed(Error),
}

impl Rules {
    pub(super) fn is_due(&self, state: &State, now: DateTime<Utc>) -> bool {
        state.held.as_ref().is_none_or(|held| {
            elapsed(held.fetched_at, now) > self.max_age || is_set_back(held.fetched_at, now)
        })
    }

    pub(super) fn is_usable(&self, held: &Held, now: DateTime<Utc>) -> bool {
        elapsed(held.fetched_at, now) <= self.hard_limit
    }

    pub(super) fn may_fetch(&self, state: &State, now: DateTime<Utc>) -> bool {
        !state.is_fetching(now)
            && state.attempt.as_ref().is_none_or(|attempt| {
                elapsed(attempt.claimed_at, now) >= self.cooldown || is_set_back(attempt.claimed_at, now)
            })
    }
}

impl State {
    pub(super) fn is_fetching(&self, now: DateTime<Utc>) -> bool {
        match &self.attempt {
            Some(Attempt { outcome: Outcome::InProgress, claimed_at }) => {
                elapsed(*claimed_at, now) < LAPSE && !is_set_back(*claimed_at, now)
            }
            _ => false,
        }
    }

    /// Why the last fetch has failed, if it has.
    pub(super) fn last_error(&self) -> Option<&Error> {
        match &self.attempt {
            Some(Attempt { outcome: Outcome::Failed(error), .. }) => Some(error),
            _ => None,
        }
    }

    /// Whether the key set that is held is what the last fetch has brought.
    pub(super) fn is_settled(&self) -> bool {
        matches!(self.attempt, Some(Attempt { outcome: Outcome::Succeeded, .. }))
    }
}

pub(super) fn is_set_back(since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    elapsed(now, since) > SET_BACK
}
