//! [`KeyFetch`]: one fetch, and what came of it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::KeyCache;
use super::rules::{Attempt, Held, Outcome};
use crate::error::{Error, ErrorKind};
use crate::keys::KeySet;
use crate::observe;

/// The right to fetch a key set, of which a [`KeyCache`] gives out one at a time. Dropped, the fetch has failed.
#[derive(Debug)]
#[must_use = "dropped, the fetch has failed"]
pub struct KeyFetch {
    pub(super) cache: KeyCache,
    pub(super) claimed_at: DateTime<Utc>,
    pub(super) number: u64,
    pub(super) settled: bool,
}

impl KeyFetch {
    /// Hands over what was fetched: the bytes of a JWKS, held from now on. Its age counts from the claim.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeysUnavailable`], if the bytes are not a JWKS, are over 1 MiB, or hold no usable key: then
    /// the fetch has failed, and what is held stays.
    pub fn succeed(mut self, jwks: &[u8]) -> Result<(), Error> {
        let keys = KeySet::from_jwks(jwks).and_then(|keys| {
            let none = || Error::new(ErrorKind::KeysUnavailable, "the key set has no usable key");
            if keys.is_empty() { Err(none()) } else { Ok(keys) }
        });
        match keys {
            Ok(keys) => {
                let (usable, ignored) = (keys.len(), keys.ignored().len());
                let held = Held { keys: Arc::new(keys), fetched_at: self.claimed_at };
                let is_held = self.settle(Outcome::Succeeded, Some(held));
                observe::fetch_succeeded(usable, ignored, is_held.then_some(self.claimed_at));
                Ok(())
            }
            Err(error) => {
                self.settle_failed(error.clone());
                Err(error)
            }
        }
    }

    /// Says that nothing could be fetched, and why, which the [status](KeyCache::status_at), the log and the
    /// errors of tokens repeat.
    pub fn fail(mut self, reason: impl Into<String>) {
        self.settle_failed(Error::new(ErrorKind::KeysUnavailable, reason.into()));
    }

    fn settle_failed(&mut self, error: Error) {
        self.settle(Outcome::Failed(error.clone()), None);
        observe::fetch_failed(&error);
    }

    /// Whether that is of any matter: once a fetch has lapsed and another was claimed, what comes of it is not.
    fn settle(&mut self, outcome: Outcome, held: Option<Held>) -> bool {
        self.settled = true;
        self.cache.write(|state| {
            let is_latest = state.fetches == self.number;
            if is_latest {
                state.ended = state.ended.saturating_add(1);
                state.attempt = Some(Attempt { claimed_at: self.claimed_at, outcome });
                state.held = held.or(state.held.take());
            }
            is_latest
        })
    }
}

impl Drop for KeyFetch {
    fn drop(&mut self) {
        if !self.settled {
            self.settle_failed(Error::new(
                ErrorKind::KeysUnavailable,
                "the fetch of the key set was abandoned",
            ));
        }
    }
}
