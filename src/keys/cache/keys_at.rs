//! [`KeysAt`]: the keys of a cache at a point in time.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{Error, ErrorKind};
use crate::keys::{IgnoredKey, Key, KeySet};

/// The cached key set at a point in time. It never changes.
#[derive(Clone)]
pub(in crate::keys) struct KeysAt {
    pub(super) keys: Arc<KeySet>,
    pub(super) issuers: Arc<[String]>,
    pub(super) fetched_at: DateTime<Utc>,
    /// Whether the last fetch has finished, and these keys are its result.
    pub(super) is_newest: bool,
}

/// How much later than a token a key set must have been fetched to have its key, if there is one: caches before a key
/// server usually hold a copy for minutes, whatever they are asked.
const COPIES: TimeDelta = TimeDelta::minutes(5);

const MAY_BE_NEWER: &str =
    "the key set has no usable key with the token's `kid`, and may be older than that";

const NOT_RENEWED: &str =
    "the key set has no usable key with the token's `kid`, and the last fetch brought none";

impl KeysAt {
    /// Finds the key of a token that was received at `received_at`. An unknown key may exist all the same, unless these
    /// keys were fetched long enough after that.
    pub(in crate::keys) fn find(
        &self,
        key_id: &str,
        received_at: DateTime<Utc>,
    ) -> Result<Key, Error> {
        let unknown = match self.keys.find(key_id) {
            Ok(key) => {
                return Ok(Key {
                    issuers: Some(Arc::clone(&self.issuers)),
                    ..key
                });
            }
            Err(unknown) => unknown,
        };
        if !self.is_newest {
            return Err(ErrorKind::KeysUnavailable.because(NOT_RENEWED));
        }
        if self.fetched_at.signed_duration_since(received_at) < COPIES {
            return Err(ErrorKind::KeysUnavailable.because(MAY_BE_NEWER));
        }
        // A key that this crate can't use may have signed it.
        let mut ignored = self.keys.ignored_with_id(key_id);
        if ignored.any(IgnoredKey::may_sign) {
            return Err(unknown);
        }
        Err(unknown.without_key())
    }
}
