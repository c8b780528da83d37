//! Finds the key of a token: among the cached ones, with a fetch if that may help, or not yet.

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;

use super::deferrals::Deferrals;
use super::{Remote, RemoteKeys, Shared};
use crate::error::{Error, ErrorKind};
use crate::keys::cache::{LookUp, is_final_for};
use crate::keys::source::{Key, Unverified, misfit};

/// What to call if no key set was ever fetched.
const ADVICE: &str = "call `RemoteKeys::warm_up` first, or `Receiver::receive`, on a tokio runtime";

const MAY_BE_NEWER: &str =
    "the key set has no usable key with the token's `kid`, and may be older than that";

impl RemoteKeys {
    /// Finds a key among the cached ones.
    pub(in crate::keys) fn find(&self, token: &dyn Unverified) -> Result<Key, Error> {
        let LookUp {
            found, fetched_at, ..
        } = self.0.look_up(token.key_id());
        found.map_err(|error| self.0.deferred(error, token, fetched_at))
    }

    /// Finds a key among fresh ones. If the key set is due, or lacks the key, it waits for a fetch and looks once more.
    pub(in crate::keys) async fn find_live(&self, token: &dyn Unverified) -> Result<Key, Error> {
        let LookUp {
            found,
            is_due,
            finished,
            ..
        } = self.0.look_up(token.key_id());
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
        } = self.0.look_up(token.key_id());
        if let Some(newer) = newer(found) {
            return Some(newer);
        }
        token.check_unverified().ok()?;
        let runtime = Handle::try_current().ok()?;
        self.0.await_fetch(&runtime, finished).await;
        newer(self.0.look_up(token.key_id()).found)
    }
}

impl Remote {
    fn look_up(&self, key_id: &str) -> LookUp {
        self.shared
            .cache
            .look_up(key_id, (self.shared.clock)(), ADVICE)
    }

    /// Returns the error for a token whose key was not found, or can't be had: it must be verified again later, unless
    /// the keys, fetched at `fetched_at`, are so much younger than the token that they would have its key.
    fn deferred(
        &self,
        error: Error,
        token: &dyn Unverified,
        fetched_at: Option<DateTime<Utc>>,
    ) -> Error {
        let Shared {
            cache,
            deferrals,
            deferrals_in_outage,
            ..
        } = &*self.shared;
        let is_unknown = error.kind() == ErrorKind::UnknownKey;
        let is_final = |fetched_at| is_final_for(token.received_at(), fetched_at);
        if is_unknown && fetched_at.is_some_and(is_final) {
            return error;
        }
        if let Err(reason) = token.check_unverified() {
            return misfit(reason);
        }
        if !is_unknown {
            return limited(error, deferrals_in_outage, cache.fetches_succeeded(), token);
        }
        let error = ErrorKind::KeysUnavailable.because(MAY_BE_NEWER);
        limited(error, deferrals, cache.fetches_finished(), token)
    }
}

/// Returns `error`, with which a token is deferred, or another one if as many are deferred already in this period.
fn limited(error: Error, deferrals: &Deferrals, period: u64, token: &dyn Unverified) -> Error {
    if deferrals.take(period, token.token()) {
        return error;
    }
    let detail = format!("as many tokens as allowed are deferred already: {error}");
    ErrorKind::UnknownKey.because(detail).over_limit()
}
