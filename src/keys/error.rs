//! [`KeysError`]: what is wrong with the settings of keys, or with a key set.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};

/// Why keys can't be set up, fetched or read: a wrong setting, a failed fetch, or bytes that are no usable key set.
///
/// The message says what is wrong, in lower case. It contains neither the bytes of a key set nor the URL that it was
/// fetched from, so it is safe to log. [`source`](std::error::Error::source) is always `None`.
///
/// A token that can't be verified for this reason is an [`Error`] of the kind [`ErrorKind::KeysUnavailable`], whose
/// message includes this one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct KeysError {
    message: Cow<'static, str>,
}

impl KeysError {
    pub(super) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            message: message.into(),
        }
    }

    /// Returns the error of a token for which the keys are missing for this reason.
    pub(super) fn unavailable(&self) -> Error {
        ErrorKind::KeysUnavailable.because(self.message.clone())
    }
}
