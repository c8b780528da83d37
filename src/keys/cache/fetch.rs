//! [`KeyFetch`]: one fetch of a key set, from its claim to its result.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::KeyCache;
use super::rules::{Attempt, Cached, Outcome};
use crate::keys::{KeySet, KeysError};

/// A claimed fetch of a key set. A [`KeyCache`] allows one at a time.
///
/// Fetch the key set, then call [`succeed`](Self::succeed) or [`fail`](Self::fail). Dropping it counts as a failure.
#[derive(Debug)]
#[must_use = "a fetch that is dropped counts as failed"]
pub struct KeyFetch {
    pub(super) cache: KeyCache,
    pub(super) claimed_at: DateTime<Utc>,
    pub(super) number: u64,
    pub(super) is_finished: bool,
}

impl KeyFetch {
    /// Stores the fetched key set in the cache. `jwks` is the bytes of a JWKS.
    ///
    /// The age of the key set counts from the claim. If this fetch has run for over a minute and another one was
    /// claimed meanwhile, the key set is discarded.
    ///
    /// # Errors
    ///
    /// Returns a [`KeysError`] if the bytes are not a JWKS, are over 1 MiB, or contain no usable key. The fetch then
    /// counts as failed, and the cached keys stay in place.
    pub fn succeed(mut self, jwks: &[u8]) -> Result<(), KeysError> {
        match KeySet::from_jwks(jwks) {
            Ok(keys) if keys.is_empty() => {
                Err(self.finish_failed(KeysError::new(keys.why_empty())))
            }
            Ok(keys) => {
                let cached = Cached {
                    keys: Arc::new(keys),
                    fetched_at: self.claimed_at,
                };
                self.finish(Outcome::Succeeded, Some(cached));
                Ok(())
            }
            Err(error) => Err(self.finish_failed(error)),
        }
    }

    /// Records that the fetch failed.
    ///
    /// The reason appears in the [status](KeyCache::status_at), and in the errors of tokens.
    pub fn fail(mut self, reason: impl Into<String>) {
        self.finish_failed(KeysError::new(reason.into()));
    }

    fn finish_failed(&mut self, error: KeysError) -> KeysError {
        self.finish(Outcome::Failed(error.clone()), None);
        error
    }

    /// Records that the fetch was lost, together with the runtime on which it ran. Another one may be claimed at once, and
    /// those who wait for this one claim it.
    #[cfg_attr(
        not(feature = "remote-keys"),
        expect(dead_code, reason = "only `RemoteKeys` loses a fetch")
    )]
    pub(in crate::keys) fn lose(mut self) {
        self.finish(Outcome::Lost(abandoned()), None);
    }

    /// Records the result. It is discarded if the fetch has lapsed and another one was claimed.
    fn finish(&mut self, outcome: Outcome, cached: Option<Cached>) {
        self.is_finished = true;
        let is_lost = matches!(outcome, Outcome::Lost(_));
        self.cache.write(|state| {
            if is_lost || matches!(outcome, Outcome::Failed(_)) {
                state.failures = state.failures.saturating_add(1);
            }
            let is_latest = state.fetches == self.number;
            if is_latest {
                if cached.is_some() {
                    state.succeeded = state.succeeded.saturating_add(1);
                }
                if is_lost {
                    state.lost = state.lost.saturating_add(1);
                } else {
                    state.lost = 0;
                    state.finished = state.finished.saturating_add(1);
                }
                state.attempt = Some(Attempt {
                    claimed_at: self.claimed_at,
                    outcome,
                });
                state.cached = cached.or(state.cached.take());
            }
        });
    }
}

impl Drop for KeyFetch {
    fn drop(&mut self) {
        if !self.is_finished {
            self.finish_failed(abandoned());
        }
    }
}

fn abandoned() -> KeysError {
    KeysError::new("the fetch of the key set was abandoned")
}
