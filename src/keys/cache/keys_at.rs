//! [`KeysAt`]: the keys of a cache at a point in time.

use std::sync::Arc;

use crate::error::{Error, ErrorKind};
use crate::keys::{Key, KeySet};

/// The cached key set at a point in time. It never changes.
#[derive(Clone)]
pub(in crate::keys) struct KeysAt {
    pub(super) keys: Arc<KeySet>,
    pub(super) issuers: Arc<[String]>,
    /// Whether the last fetch has finished, and these keys are its result.
    pub(super) is_newest: bool,
}

const NOT_RENEWED: &str =
    "the key set has no usable key with the token's `kid`, and the last fetch brought none";

impl KeysAt {
    pub(in crate::keys) fn find(&self, key_id: &str) -> Result<Key, Error> {
        match self.keys.find(key_id) {
            Ok(key) => Ok(Key {
                issuers: Some(Arc::clone(&self.issuers)),
                ..key
            }),
            Err(unknown) if self.is_newest => Err(unknown),
            Err(_) => Err(ErrorKind::KeysUnavailable.because(NOT_RENEWED)),
        }
    }
}
