//! Finds the key of a token: among the cached ones, with a fetch if that may help, or not yet.

use tokio::runtime::Handle;

use super::{Remote, RemoteKeys, Shared};
use crate::error::{Error, ErrorKind};
use crate::keys::cache::LookUp;
use crate::keys::source::{Key, Unverified, misfit, unless_misfit};

/// What to call if no key set was ever fetched.
const ADVICE: &str = "call `RemoteKeys::warm_up` first, or `Receiver::receive`, on a tokio runtime";

impl RemoteKeys {
    /// Finds a key among the cached ones.
    pub(in crate::keys) fn find(&self, token: &dyn Unverified) -> Result<Key, Error> {
        let LookUp {
            found,
            is_outage,
            was_stored,
            ..
        } = self.0.look_up(token);
        found.map_err(|error| {
            let error = unless_misfit(error, token);
            // Only those that come are limited, and not those that were stored.
            if was_stored {
                error
            } else {
                self.0.limited(error, token, is_outage)
            }
        })
    }

    /// Finds a key among fresh ones. If the key set is due, or lacks the key, it waits for a fetch and looks once more.
    pub(in crate::keys) async fn find_live(&self, token: &dyn Unverified) -> Result<Key, Error> {
        let LookUp {
            found,
            is_due,
            finished,
            ..
        } = self.0.look_up(token);
        if found.is_ok() && !is_due {
            return found;
        }
        if let Ok(runtime) = Handle::try_current() {
            // A fetch that is due does not depend on the token.
            if !is_due {
                token.check_unverified().map_err(misfit)?;
            }
            self.0.await_fetch(&runtime, finished).await;
        }
        self.find(token)
    }

    /// Finds another key under the same id. It counts against the same cooldown as unknown keys.
    pub(in crate::keys) async fn find_newer(
        &self,
        token: &dyn Unverified,
        key: &Key,
    ) -> Option<Key> {
        let newer = |found: Result<Key, Error>| found.ok().filter(|found| !found.is_same_as(key));
        let LookUp {
            found, finished, ..
        } = self.0.look_up(token);
        if let Some(newer) = newer(found) {
            return Some(newer);
        }
        token.check_unverified().ok()?;
        let runtime = Handle::try_current().ok()?;
        self.0.await_fetch(&runtime, finished).await;
        newer(self.0.look_up(token).found)
    }
}

impl Remote {
    fn look_up(&self, token: &dyn Unverified) -> LookUp {
        let Shared { cache, clock, .. } = &*self.shared;
        cache.look_up(token.key_id(), token.received_at(), clock(), ADVICE)
    }

    /// Returns the error with which a token is deferred, or another one if as many are deferred already since the last
    /// fetch, or in an outage since the last successful one. Other errors stay as they are.
    fn limited(&self, error: Error, token: &dyn Unverified, is_outage: bool) -> Error {
        let Shared {
            cache,
            deferrals,
            deferrals_in_outage,
            ..
        } = &*self.shared;
        if error.kind() != ErrorKind::KeysUnavailable {
            return error;
        }
        let is_within_limit = if is_outage {
            deferrals_in_outage.take(cache.fetches_succeeded(), token.token())
        } else {
            deferrals.take(cache.fetches_finished(), token.token())
        };
        if is_within_limit {
            return error;
        }
        let detail = format!("as many tokens as allowed are deferred already: {error}");
        ErrorKind::UnknownKey.because(detail).over_limit()
    }
}
