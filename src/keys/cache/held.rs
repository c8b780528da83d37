//! [`KeysAt`]: the keys of a cache at a point in time.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::keys::{Freshness, KeySet, KeySource, VerifyingKey};

/// A cached key set, and whether it is the result of the last fetch.
pub(super) struct HeldKeys {
    pub(super) keys: Arc<KeySet>,
    pub(super) is_settled: bool,
}

impl HeldKeys {
    pub(super) fn find(&self, key_id: &str) -> Result<VerifyingKey, Error> {
        self.keys.find(key_id, Freshness::Any).map_err(|unknown| {
            let detail =
                "the key set has no usable key with the token's `kid`, and the last fetch brought none";
            if self.is_settled { unknown } else { ErrorKind::KeysUnavailable.because(detail) }
        })
    }
}

/// The keys of a cache at a point in time, or why they were unavailable then.
pub(super) struct KeysAt {
    pub(super) issuers: Arc<[String]>,
    pub(super) held: Result<HeldKeys, Error>,
}

impl KeySource for KeysAt {
    fn find(&self, key_id: &str, _: Freshness) -> Result<VerifyingKey, Error> {
        self.held.as_ref().map_err(Error::clone)?.find(key_id)
    }

    fn is_of(&self, issuer: &str) -> bool {
        self.issuers.iter().any(|own| own == issuer)
    }
}
