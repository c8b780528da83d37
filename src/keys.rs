//! Keys: the bytes of a JWKS (RFC 7517) become a [`KeySet`] of keys that are ready to verify, and that, or
//! any later source of keys, the [`Keys`] of a receiver. No network here.

mod jwk;
mod rs256;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::json::ObjectOnly;
pub use jwk::IgnoredKey;
use jwk::UsableKey;
pub(crate) use rs256::VerifyingKey;

/// The one algorithm that is accepted, of tokens and of keys.
pub(crate) const ALGORITHM: &str = "RS256";

/// The longest `kid` in bytes, of tokens and of keys.
pub(crate) const MAX_KEY_ID: usize = 256;

/// Where a receiver finds the key of a token.
#[derive(Clone)]
pub struct Keys(Arc<dyn KeySource>);

/// What [`Keys`] can be made of. Asked for every token, so it answers from memory.
pub(crate) trait KeySource: Send + Sync {
    /// The usable key of that id: [`ErrorKind::UnknownKey`] if there is none, [`ErrorKind::KeysUnavailable`]
    /// if that can't be said.
    fn find(&self, key_id: &str) -> Result<VerifyingKey, Error>;
}

impl Keys {
    pub(crate) fn find(&self, key_id: &str) -> Result<VerifyingKey, Error> {
        self.0.find(key_id)
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
/// Moneyhub publishes its own at `https://identity.moneyhub.co.uk/oidc/certs`. A set may hold keys for other
/// uses: those that can't be used are left out and listed, and never spoil the others. `Debug` shows counts.
#[derive(Clone)]
pub struct KeySet {
    usable: HashMap<String, VerifyingKey>,
    ignored: Vec<IgnoredKey>,
}

impl KeySet {
    /// Reads a JWKS, `{"keys": […]}`.
    ///
    /// Usable is an RSA key of 2048 to 4096 bits with a key id, meant for RS256 signatures as far as it says
    /// so, whose id no other usable key bears.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeysUnavailable`], if the bytes are not a JWKS. A set without a usable key is none: all
    /// tokens are then refused with [`ErrorKind::UnknownKey`].
    pub fn from_jwks(jwks: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Jwks<'a> {
            #[serde(borrow)]
            keys: Vec<&'a RawValue>,
        }

        let text = str::from_utf8(jwks)
            .map_err(|_| Error::new(ErrorKind::KeysUnavailable, "the key set is not UTF-8"))?;
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let Jwks { keys } = Jwks::deserialize(ObjectOnly(&mut deserializer))
            .and_then(|jwks| deserializer.end().map(|()| jwks))
            .map_err(|error| Error::json(ErrorKind::KeysUnavailable, &error))?;
        Ok(Self::from_keys(keys.into_iter().map(jwk::read).collect()))
    }

    /// Leaves out keys that share an id: which of them signed a token can't be told, and to try one after the
    /// other is what a key id is there to prevent. The same key twice is one key.
    fn from_keys(keys: Vec<Result<UsableKey, IgnoredKey>>) -> Self {
        let mut by_id: HashMap<&str, Option<&UsableKey>> = HashMap::new();
        for key in keys.iter().flatten() {
            let one = by_id.entry(&key.key_id).or_insert(Some(key));
            if *one != Some(key) {
                *one = None;
            }
        }
        let ambiguous: HashSet<String> =
            by_id.into_iter().filter(|(_, one)| one.is_none()).map(|(id, _)| id.to_owned()).collect();

        let mut set = Self { usable: HashMap::new(), ignored: Vec::new() };
        for key in keys {
            match key {
                Ok(key) if ambiguous.contains(&key.key_id) => {
                    set.ignored
                        .push(IgnoredKey::new(Some(key.key_id), "another usable key has the same `kid`"));
                }
                Ok(key) => {
                    set.usable.insert(key.key_id, key.verifying_key);
                }
                Err(ignored) => set.ignored.push(ignored),
            }
        }
        set
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

    /// The keys that were left out, in the order of the set, each with the reason.
    #[must_use]
    pub fn ignored(&self) -> &[IgnoredKey] {
        &self.ignored
    }
}

impl KeySource for KeySet {
    fn find(&self, key_id: &str) -> Result<VerifyingKey, Error> {
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
