//! Where the keys are that verify tokens. [`KeySet`]: the keys of a JWKS (RFC 7517). [`Keys`]: a key set, a cache or
//! remote keys, for a receiver.
//!
//! Only `remote` uses the network, and waiting for a key happens nowhere else.

mod cache;
mod error;
mod jwk;
#[cfg(feature = "remote-keys")]
mod remote;
mod rs256;
mod source;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

use serde::de::Error as _;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::json;
use crate::json::fault::located_reason;
pub use cache::{KeyCache, KeyFetch, KeyStatus};
pub use error::KeysError;
pub use jwk::IgnoredKey;
use jwk::UsableKey;
#[cfg(feature = "remote-keys")]
pub use remote::{RemoteKeys, RemoteKeysBuilder};
use rs256::VerifyingKey;
pub use source::Keys;
pub(crate) use source::{Key, Unverified};

/// The only algorithm that is accepted, for tokens and for keys.
pub(crate) const ALGORITHM: &str = "RS256";

/// The issuers that a [`Receiver`](crate::Receiver) accepts by default.
///
/// They are `iss` as in [Moneyhub's documentation](https://docs.moneyhubenterprise.com/docs/webhook-format), and
/// `issuer` as in its
/// [discovery document](https://identity.moneyhub.co.uk/oidc/.well-known/openid-configuration).
pub const MONEYHUB_ISSUERS: &[&str] = &[
    "https://identity.moneyhub.co.uk",
    "https://identity.moneyhub.co.uk/oidc",
];

/// The URL of Moneyhub's key set, a JWKS: `jwks_uri` in its
/// [discovery document](https://identity.moneyhub.co.uk/oidc/.well-known/openid-configuration).
pub const MONEYHUB_KEY_SET_URL: &str = "https://identity.moneyhub.co.uk/oidc/certs";

/// The maximum length of a `kid`, in bytes, for tokens and for keys.
pub(crate) const MAX_KEY_ID: usize = 256;

/// The keys of a JWKS that can verify Moneyhub's tokens, by key id.
///
/// Moneyhub publishes its key set at [`MONEYHUB_KEY_SET_URL`]. A key set may contain keys for other uses: a key that
/// can't be used is [ignored](Self::ignored) and does not affect the others. `Debug` shows only the number of keys.
///
/// `KeySet::default()` is empty: every token is rejected with [`ErrorKind::UnknownKey`].
#[derive(Clone, Default)]
pub struct KeySet {
    usable: BTreeMap<String, Arc<UsableKey>>,
    ignored: Vec<IgnoredKey>,
}

/// The usable keys with the same id.
enum SameId {
    One(UsableKey),
    Ambiguous,
}

impl KeySet {
    /// The maximum size of a JWKS, in **bytes**: 1 MiB.
    pub const MAX_JWKS_LEN: usize = 1024 * 1024;

    /// Parses a JWKS, `{"keys": […]}`.
    ///
    /// A key is usable if it is an RSA key of 2048 to 4096 bits and has a key id that no other usable key has. If it
    /// states its use, operations or algorithm, they must allow it to verify RS256 signatures. A member that is null or
    /// an empty array states nothing. One UTF-8 byte order mark before the JSON is skipped.
    ///
    /// # Errors
    ///
    /// Returns a [`KeysError`] if the bytes are not a JWKS, or are over 1 MiB. A key set without a usable key is not an
    /// error: every token is then rejected with [`ErrorKind::UnknownKey`].
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, KeysError> {
        if jwks.len() > Self::MAX_JWKS_LEN {
            return Err(KeysError::new("the key set is over 1 MiB"));
        }
        let text =
            json::utf8(jwks).map_err(|fault| KeysError::new(format!("the key set is {fault}")))?;
        // RFC 8259, section 8.1: a parser may ignore a byte order mark.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let keys = members(text).map_err(|error| {
            KeysError::new(format!(
                "the key set is not a JWKS: {}",
                located_reason(&error)
            ))
        })?;
        Ok(Self::from_keys(keys.into_iter().map(jwk::read)))
    }

    /// Ignores different keys that share an id: a token's `kid` would not say which of them signed it, and trying
    /// several keys is what a key id is meant to prevent. A key that appears twice counts once.
    fn from_keys(keys: impl Iterator<Item = Result<UsableKey, IgnoredKey>>) -> Self {
        let mut by_id: BTreeMap<String, SameId> = BTreeMap::new();
        let mut ignored = Vec::new();
        for key in keys {
            let key = match key {
                Ok(key) => key,
                Err(unusable) => {
                    ignored.push(unusable);
                    continue;
                }
            };
            let ambiguous = || {
                IgnoredKey::new(
                    Some(key.key_id.clone()),
                    "another usable key has the same `kid`",
                )
            };
            match by_id.get_mut(&key.key_id) {
                Some(SameId::One(same)) if *same == key => {}
                Some(one @ SameId::One(_)) => {
                    ignored.extend([ambiguous(), ambiguous()]);
                    *one = SameId::Ambiguous;
                }
                Some(SameId::Ambiguous) => ignored.push(ambiguous()),
                None => _ = by_id.insert(key.key_id.clone(), SameId::One(key)),
            }
        }
        let usable = by_id.into_iter().filter_map(|(id, keys)| match keys {
            SameId::One(key) => Some((id, Arc::new(key))),
            SameId::Ambiguous => None,
        });
        Self {
            usable: usable.collect(),
            ignored,
        }
    }

    /// Returns the number of usable keys.
    #[must_use]
    pub fn len(&self) -> usize {
        self.usable.len()
    }

    /// Returns `true` if no key is usable.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.usable.is_empty()
    }

    /// Returns the ids of the usable keys, in byte order.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        self.usable.keys().map(String::as_str)
    }

    /// Returns the ignored keys, each with the reason.
    #[must_use]
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }

    fn find(&self, key_id: &str) -> Result<Key, Error> {
        match self.usable.get(key_id) {
            Some(key) => Ok(Key {
                key: Arc::clone(key),
                issuers: None,
            }),
            None => Err(ErrorKind::UnknownKey.because(self.why_unknown(key_id))),
        }
    }

    /// Returns the ignored keys with this id.
    fn ignored_with_id(&self, key_id: &str) -> impl Iterator<Item = &IgnoredKey> {
        let ignored = self.ignored.iter();
        ignored.filter(move |key| key.key_id() == Some(key_id))
    }

    fn why_unknown(&self, key_id: &str) -> Cow<'static, str> {
        match self.ignored_with_id(key_id).next() {
            Some(key) => format!(
                "the key with the token's `kid` is ignored: {}",
                key.reason()
            )
            .into(),
            None if self.is_empty() && !self.ignored.is_empty() => self.why_empty(),
            None => "the key set has no usable key with the token's `kid`".into(),
        }
    }

    /// Says why no key is usable: the reason of the first ignored one.
    fn why_empty(&self) -> Cow<'static, str> {
        match self.ignored.first() {
            Some(key) => format!(
                "the key set has no usable key; the first is ignored: {}",
                key.reason()
            )
            .into(),
            None => "the key set has no usable key".into(),
        }
    }
}

/// Returns the members of `keys` in a JWKS.
fn members(jwks: &str) -> serde_json::Result<Vec<&RawValue>> {
    let (mut keys, mut is_duplicate) = (None, false);
    json::object(jwks, |name, value| {
        if name == "keys" {
            is_duplicate |= keys.replace(value).is_some();
        }
        ControlFlow::Continue(())
    })?;
    if is_duplicate {
        return Err(serde_json::Error::duplicate_field("keys"));
    }
    let keys = keys.ok_or_else(|| serde_json::Error::missing_field("keys"))?;
    let mut members = Vec::new();
    json::array(keys.get(), |member| {
        members.push(member);
        ControlFlow::Continue(())
    })?;
    Ok(members)
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("usable", &self.usable.len())
            .field("ignored", &self.ignored.len())
            .finish()
    }
}
