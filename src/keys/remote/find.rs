//! Finds the key of a token: among the cached ones, with a fetch if that may help, or not yet.

use tokio::runtime::Handle;

use super::{Remote, RemoteKeys, Shared, Waited};
use crate::error::{Error, ErrorKind};
use crate::keys::cache::LookUp;
use crate::keys::source::{Key, Unverified, misfit, unless_misfit};

/// What to call if no key set was ever fetched.
const ADVICE: &str = "call `RemoteKeys::warm_up` first, or `Receiver::receive`, on a tokio runtime";

const WITHIN_COOLDOWN: &str =
    "the key set has no usable key with the token's `kid`, and may not be fetched again yet";

impl RemoteKeys {
    /// Finds a key among the cached ones.
    pub(in crate::keys) fn find(&self, token: &dyn Unverified) -> Result<Key, Error> {
        let found = self.0.look_up(token.key_id()).found;
        found.map_err(|error| self.0.deferred_in_outage(error, token))
    }

    /// Finds a key among fresh ones. If the key set is due, or lacks the key, it waits for a fetch and looks once more.
    pub(in crate::keys) async fn find_live(&self, token: &dyn Unverified) -> Result<Key, Error> {
        let LookUp {
            found,
            is_due,
            finished,
        } = self.0.look_up(token.key_id());
        if found.is_ok() && !is_due {
            return found;
        }
        let Ok(runtime) = Handle::try_current() else {
            return found.map_err(|error| self.0.deferred_in_outage(error, token));
        };
        // A fetch that is due does not depend on the token.
        if !is_due {
            token.check_unverified().map_err(misfit)?;
        }
        match self.0.await_fetch(&runtime, finished).await {
            Waited::ForOwn => self.find(token),
            Waited::ForEarlier => {
                let found = self.find(token);
                found.map_err(|error| self.0.deferred(error, token))
            }
            Waited::No => found.map_err(|error| self.0.deferred(error, token)),
        }
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
        match self.0.await_fetch(&runtime, finished).await {
            Waited::No => None,
            _ => newer(self.0.look_up(token.key_id()).found),
        }
    }
}

impl Remote {
    fn look_up(&self, key_id: &str) -> LookUp {
        self.shared
            .cache
            .look_up(key_id, (self.shared.clock)(), ADVICE)
    }

    /// Returns the error for a token whose key was not found, and for which no fetch was allowed. The key may have been
    /// published since the last one: the token must be parsed again later.
    fn deferred(&self, error: Error, token: &dyn Unverified) -> Error {
        let Shared {
            cache, deferrals, ..
        } = &*self.shared;
        if error.kind() != ErrorKind::UnknownKey || error.is_transient() {
            return self.deferred_in_outage(error, token);
        }
        if let Err(reason) = token.check_unverified() {
            return misfit(reason);
        }
        if deferrals.take(cache.fetches_finished(), token.token()) {
            ErrorKind::KeysUnavailable.because(WITHIN_COOLDOWN)
        } else {
            error
        }
    }

    /// Returns the error for a token whose key can't be had: the token must be parsed again later.
    fn deferred_in_outage(&self, error: Error, token: &dyn Unverified) -> Error {
        let Shared {
            cache,
            deferrals_in_outage,
            ..
        } = &*self.shared;
        let error = unless_misfit(error, token);
        if error.kind() != ErrorKind::KeysUnavailable
            || deferrals_in_outage.take(cache.fetches_succeeded(), token.token())
        {
            error
        } else {
            let detail = format!("as many tokens as allowed are deferred already: {error}");
            ErrorKind::UnknownKey.because(detail).over_limit()
        }
    }
}
