//! Keys: the bytes of a JWKS (RFC 7517) become a [`KeySet`] of keys that are ready to verify, and that, or
//! any other source of keys, the [`Keys`] of a receiver. No network but in `remote`.

mod cache;
mod jwk;
#[cfg(feature = "remote-keys")]
mod remote;
mod rs256;

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::tools::json;
pub use cache::{KeyCache, KeyFetch, KeyStatus};
pub use jwk::IgnoredKey;
use jwk::UsableKey;
#[cfg(feature = "remote-keys")]
pub use remote::{RemoteKeys, RemoteKeysBuilder};
pub(crate) use rs256::VerifyingKey;

/// The one algorithm that is accepted, of tokens and of keys.
pub(crate) const ALGORITHM: &str = "RS256";

/// The issuers that a [`Receiver`](crate::Receiver) accepts unless told otherwise: `iss` as
/// [Moneyhub's documentation](https://docs.moneyhubenterprise.com/docs/webhook-format) shows it, and as its
/// [discovery document](https://identity.moneyhub.co.uk/oidc/.well-known/openid-configuration) has it.
pub const MONEYHUB_ISSUERS: &[&str] =
    &["https://identity.moneyhub.co.uk", "https://identity.moneyhub.co.uk/oidc"];

/// The address of Moneyhub's key set, a JWKS: `jwks_uri` of its
/// [discovery document](https://identity.moneyhub.co.uk/oidc/.well-known/openid-configuration).
pub const MONEYHUB_KEY_SET_URL: &str = "https://identity.moneyhub.co.uk/oidc/certs";

/// The longest `kid` in bytes, of tokens and of keys.
pub(crate) const MAX_KEY_ID: usize = 256;

/// Where a receiver finds the key of a token.
#[derive(Clone)]
pub struct Keys(Arc<dyn KeySource>);

/// What [`Keys`] can be made of. Asked for every token, so it answers from memory.
pub(crate) trait KeySource: Send + Sync {
    /// The usable key of that id: [`ErrorKind::UnknownKey`] if there is none, [`ErrorKind::KeysUnavailable`]
    /// if that can't be said.
    fn find(&self, key_id: &str, freshness: Freshness) -> Result<VerifyingKey, Error>;

    /// Whether the keys are those of that issuer, as far as they know whose they are.
    fn is_of(&self, _issuer: &str) -> bool {
        true
    }

    /// How many fetches have ended, well or not.
    fn fetches_ended(&self) -> u64 {
        0
    }

    /// The answer to a token of an unknown key that is to be judged later, as no fetch is allowed now; `None` if it is to
    /// be rejected.
    fn defer_unknown(&self) -> Option<Error> {
        None
    }

    /// Has newer keys fetched, if that is allowed now, and waits within a limit until more fetches have ended
    /// than `since`; `None` if there is nothing to wait for.
    fn refresh(&self, _since: u64) -> Option<Refresh> {
        None
    }
}

/// What keys have to be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Whatever is held will do.
    Held,
    /// Keys that are due to be fetched anew, and can be, don't answer.
    Required,
}

pub(crate) type Refresh = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Keys {
    pub(crate) fn find(&self, key_id: &str, freshness: Freshness) -> Result<VerifyingKey, Error> {
        self.0.find(key_id, freshness)
    }

    pub(crate) fn is_of(&self, issuer: &str) -> bool {
        self.0.is_of(issuer)
    }

    pub(crate) fn fetches_ended(&self) -> u64 {
        self.0.fetches_ended()
    }

    pub(crate) fn defer_unknown(&self) -> Option<Error> {
        self.0.defer_unknown()
    }

    pub(crate) fn refresh(&self, since: u64) -> Option<Refresh> {
        self.0.refresh(since)
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl From<KeySet> for Keys {
    fn from(keys: KeySet) -> Self {
        Self(Arc::new(keys))
    }
}

/// The keys of a JWKS that can verify Moneyhub's tokens, by their key id.
///
/// Moneyhub publishes its own at [`MONEYHUB_KEY_SET_URL`]. A set may hold keys for other
/// uses: those that can't be used are left out and listed, and never spoil the others. `Debug` shows counts.
#[derive(Clone)]
pub struct KeySet {
    usable: BTreeMap<String, VerifyingKey>,
    ignored: Vec<IgnoredKey>,
}

/// The usable keys of one id: different ones are ambiguous, whichever signed.
enum Twins {
    One(UsableKey),
    Many,
}

impl KeySet {
    /// The largest JWKS that is read, in **bytes**.
    pub const MAX_JWKS_LEN: usize = 1024 * 1024;

    /// Reads a JWKS, `{"keys": […]}`.
    ///
    /// Usable is an RSA key of 2048 to 4096 bits with a key id, meant for RS256 signatures as far as it says
    /// so, whose id no other usable key bears.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeysUnavailable`], if the bytes are not a JWKS, or over 1 MiB. A set without a usable key
    /// is no error: all tokens are then refused with [`ErrorKind::UnknownKey`].
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Jwks<'a> {
            #[serde(borrow)]
            keys: Vec<&'a RawValue>,
        }

        if jwks.len() > Self::MAX_JWKS_LEN {
            return Err(Error::new(ErrorKind::KeysUnavailable, "the key set is over 1 MiB"));
        }
        let text = str::from_utf8(jwks)
            .map_err(|_| Error::new(ErrorKind::KeysUnavailable, "the key set is not UTF-8"))?;
        let Jwks { keys } =
            json::object_from_str(text).map_err(|error| Error::json(ErrorKind::KeysUnavailable, &error))?;
        Ok(Self::from_keys(keys.into_iter().map(jwk::read)))
    }

    /// Leaves out keys that share an id: which of them signed a token can't be told, and to try one after the
    /// other is what a key id is there to prevent. The same key twice is one key.
    fn from_keys(keys: impl Iterator<Item = Result<UsableKey, IgnoredKey>>) -> Self {
        let mut by_id: BTreeMap<String, Twins> = BTreeMap::new();
        let mut ignored = Vec::new();
        for key in keys {
            let key = match key {
                Ok(key) => key,
                Err(unusable) => {
                    ignored.push(unusable);
                    continue;
                }
            };
            let ambiguous =
                || IgnoredKey::new(Some(key.key_id.clone()), "another usable key has the same `kid`");
            match by_id.get_mut(&key.key_id) {
                Some(Twins::One(same)) if *same == key => {}
                Some(one @ Twins::One(_)) => {
                    ignored.extend([ambiguous(), ambiguous()]);
                    *one = Twins::Many;
                }
                Some(Twins::Many) => ignored.push(ambiguous()),
                None => _ = by_id.insert(key.key_id.clone(), Twins::One(key)),
            }
        }
        let usable = by_id.into_iter().filter_map(|(id, keys)| match keys {
            Twins::One(key) => Some((id, key.verifying_key)),
            Twins::Many => None,
        });
        Self { usable: usable.collect(), ignored }
    }

    /// How many keys can be used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.usable.len()
    }

    /// Whether no key can be used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.usable.is_empty()
    }

    /// The ids of the keys that can be used, in the order of their text.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.usable.keys().map(String::as_str)
    }

    /// The keys that were left out, each with the reason.
    #[must_use]
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }
}

impl KeySource for KeySet {
    fn find(&self, key_id: &str, _: Freshness) -> Result<VerifyingKey, Error> {
        let unknown =
            || Error::new(ErrorKind::UnknownKey, "the key set has no usable key of the token's `kid`");
        self.usable.get(key_id).cloned().ok_or_else(unknown)
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("usable", &self.usable.len())
            .field("ignored", &self.ignored.len())
            .finish()
    }
}
