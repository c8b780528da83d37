//! [`Keys`]: where a receiver gets the [`Key`] of a token, which is [`Unverified`] until then.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::KeySet;
#[cfg(feature = "remote-keys")]
use super::RemoteKeys;
use super::cache::KeysAt;
use super::jwk::UsableKey;
use crate::error::{Error, ErrorKind};
use crate::tools::names::mistake;

/// The source from which a receiver gets the key of a token.
///
/// Created from a [`KeySet`] or `RemoteKeys` with `into()`, or by [`KeyCache::keys_at`](crate::KeyCache::keys_at).
#[derive(Clone)]
pub struct Keys(pub(super) Source);

#[derive(Clone)]
pub(super) enum Source {
    Fixed(Arc<KeySet>),
    /// The keys of a cache at a point in time, or why there were none.
    Cached(Result<KeysAt, Error>),
    #[cfg(feature = "remote-keys")]
    Remote(RemoteKeys),
}

/// A token whose signature is not verified yet: what the choice of its key depends on.
pub(crate) trait Unverified: Sync {
    /// Returns its key id.
    fn key_id(&self) -> &str;

    /// Returns the whole token.
    #[cfg(feature = "remote-keys")]
    fn token(&self) -> &str;

    /// Returns when it was received.
    fn received_at(&self) -> DateTime<Utc>;

    /// Makes the checks that follow that of the signature, as far as they decide whether a fetch or a deferral is worth
    /// its cost. An error means that the token is rejected whatever its key.
    ///
    /// Anyone can write claims that pass: this makes an attack more expensive, and limits nothing.
    fn check_unverified(&self) -> Result<(), Error>;
}

impl Keys {
    /// Finds the usable key of a token, without waiting.
    ///
    /// Returns [`ErrorKind::UnknownKey`] if there is none, and [`ErrorKind::KeysUnavailable`] if the source can't know.
    pub(crate) fn find(&self, token: &dyn Unverified) -> Result<Key, Error> {
        match &self.0 {
            Source::Fixed(keys) => keys.find(token.key_id()),
            Source::Cached(keys) => {
                let keys = keys.as_ref().map_err(Error::clone);
                let found = keys.and_then(|keys| keys.find(token.key_id(), token.received_at()));
                found.map_err(|error| unless_misfit(error, token))
            }
            #[cfg(feature = "remote-keys")]
            Source::Remote(keys) => keys.find(token),
        }
    }

    /// Finds the usable key of a token. Remote keys are fetched first if that may change the answer.
    pub(crate) async fn find_live(&self, token: &dyn Unverified) -> Result<Key, Error> {
        match &self.0 {
            Source::Fixed(_) | Source::Cached(_) => self.find(token),
            #[cfg(feature = "remote-keys")]
            Source::Remote(keys) => keys.find_live(token).await,
        }
    }

    /// Finds another key under the id of `key`, whose signature the token does not have. Remote keys are fetched for it
    /// if that is allowed.
    pub(crate) async fn find_newer(&self, token: &dyn Unverified, key: &Key) -> Option<Key> {
        match &self.0 {
            Source::Fixed(_) | Source::Cached(_) => {
                self.find(token).ok().filter(|found| !found.is_same_as(key))
            }
            #[cfg(feature = "remote-keys")]
            Source::Remote(keys) => keys.find_newer(token, key).await,
        }
    }
}

/// Rejects a token for which keys are missing, or have no key, if it would be rejected with any key.
pub(super) fn unless_misfit(error: Error, token: &dyn Unverified) -> Error {
    if error.kind() != ErrorKind::KeysUnavailable && !error.has_no_key() {
        return error;
    }
    token.check_unverified().map_or_else(misfit, |()| error)
}

/// Returns the error of a token that is rejected for this reason, whatever its key.
pub(super) fn misfit(reason: Error) -> Error {
    ErrorKind::UnknownKey.because(format!(
        "no key with the token's `kid` is cached, and the token is rejected whatever its key: {reason}"
    ))
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl From<KeySet> for Keys {
    fn from(keys: KeySet) -> Self {
        Self(Source::Fixed(Arc::new(keys)))
    }
}

/// A key that was found by its id.
pub(crate) struct Key {
    pub(super) key: Arc<UsableKey>,
    /// The issuers whose tokens it may verify. `None` for the keys of a [`KeySet`], which does not know them.
    pub(super) issuers: Option<Arc<[String]>>,
}

impl Key {
    /// Returns whether `signature` is a signature of `message` by this key.
    pub(crate) fn verifies(&self, message: &[u8], signature: &Vec<u8>) -> bool {
        self.key.verifying_key.verifies(message, signature)
    }

    /// Returns whether both have the same numbers, so that they verify the same signatures.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.key == other.key
    }

    /// Returns [`ErrorKind::Issuer`] if the key is known to belong to other issuers only.
    pub(crate) fn check_issuer(&self, issuer: &str) -> Result<(), Error> {
        match &self.issuers {
            Some(issuers) if !issuers.iter().any(|own| own == issuer) => {
                let mistake = mistake(issuers);
                let detail = format!("`iss` is not the issuer of the keys{mistake}");
                Err(ErrorKind::Issuer.because(detail))
            }
            _ => Ok(()),
        }
    }
}
