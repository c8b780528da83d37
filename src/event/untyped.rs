//! Events kept as the sender's text: those nobody has heard of, and those that are not of their known form.

use serde::de::DeserializeOwned;

use super::EventType;
use crate::tools::json::{RawJson, located_reason};

/// An event that this version of the crate does not know, with its name and its payload.
///
/// `Debug` shows the name and the payload's length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEvent {
    pub(super) name: String,
    pub(super) urn: Option<String>,
    pub(super) payload: RawJson,
}

impl UnknownEvent {
    /// The name that the event bears in JSON, whichever way it came: of a token's URN under Moneyhub's prefix
    /// the tail in camel case (`urn:com:moneyhub:events:income-verification-success` is
    /// `incomeVerificationSuccess`); any other URN, and every JSON `eventType`, as it is.
    ///
    /// The sender chose it: log it with `{:?}`, since it may hold anything, a newline too.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The sender's exact word: the JSON `eventType` or the token's URN.
    #[must_use]
    pub fn wire_name(&self) -> &str {
        self.urn.as_deref().unwrap_or(&self.name)
    }

    /// The payload as the sender's exact text, any JSON value.
    #[must_use]
    pub fn payload(&self) -> &str {
        self.payload.get()
    }

    /// The payload as a type of this crate or of your own.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], if the payload does not have the form of `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        decode(self.payload())
    }
}

/// A known event whose payload is not of the known form: a field is missing, or of another type.
///
/// `Debug` shows all but the payload, of which it shows the length: it is safe to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedEvent {
    pub(super) event_type: EventType,
    pub(super) path: String,
    pub(super) reason: String,
    pub(super) payload: RawJson,
}

impl MalformedEvent {
    /// What the event says it is.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// The payload as the sender's exact text, any JSON value.
    #[must_use]
    pub fn payload(&self) -> &str {
        self.payload.get()
    }

    /// Where in the payload the fault is, such as `matchedThresholds[0].value`; `.` for the whole of it, and
    /// for any fault in the two payloads whose fields are not published.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there, such as `expected a whole number of 64 bits`. Never holds a value of the payload.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// The payload as a type of your own that takes what the crate's type did not.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], if the payload does not have the form of `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        decode(self.payload())
    }
}

/// A payload does not have the form of the type that was asked for.
///
/// The message says why and where (line and column of the payload). It holds no value of the payload, unless
/// a type of your own puts one into what it expected. It does not convert into [`Error`](crate::Error): the
/// webhook itself is good, and the answer to its sender is the same with or without this.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the payload does not have the form asked for: {reason}")]
pub struct DecodeError {
    reason: String,
}

impl DecodeError {
    pub(super) fn new(error: &serde_json::Error) -> Self {
        Self { reason: located_reason(error) }
    }
}

pub(super) fn decode<T: DeserializeOwned>(payload: &str) -> Result<T, DecodeError> {
    serde_json::from_str(payload).map_err(|error| DecodeError::new(&error))
}
