//! Events that keep the sender's payload text: unknown events, and known events whose payload is malformed.

use serde::Deserialize;

use super::EventType;
use crate::json::RawJson;
use crate::json::fault::located_reason;

/// An event that this version of the crate does not know: its name and its payload.
///
/// `Debug` shows the name, and only the length of the payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownEvent {
    pub(super) name: String,
    pub(super) urn: Option<String>,
    pub(super) payload: RawJson,
}

impl UnknownEvent {
    /// Returns the name of the event in JSON, whichever format it came in.
    ///
    /// A JSON `eventType` is returned unchanged. A URN under Moneyhub's prefix is converted: its tail in camel case is
    /// the name (`urn:com:moneyhub:events:income-verification-success` becomes `incomeVerificationSuccess`). Any other
    /// URN is returned unchanged.
    ///
    /// The sender chooses the name, and it may contain any character, including a newline: log it with `{:?}`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name exactly as it was sent: the JSON `eventType` or the URN in the token.
    #[must_use]
    pub fn wire_name(&self) -> &str {
        self.urn.as_deref().unwrap_or(&self.name)
    }

    /// Returns the payload exactly as it was sent: any JSON value.
    #[must_use]
    pub fn payload(&self) -> &str {
        self.payload.get()
    }

    /// Decodes the payload as a type from this crate or your own.
    ///
    /// # Errors
    ///
    /// Returns [`DecodeError`] if the payload does not match `T`.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        decode(self.payload())
    }
}

/// A known event whose payload does not have the expected form: a field is missing or has another type.
///
/// `Debug` shows everything but the payload, of which it shows only the length. It is safe to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MalformedEvent {
    pub(super) event_type: EventType,
    pub(super) path: String,
    pub(super) reason: String,
    pub(super) payload: RawJson,
}

impl MalformedEvent {
    /// Returns the type that the event claims to be.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// Returns the payload exactly as it was sent: any JSON value.
    #[must_use]
    pub fn payload(&self) -> &str {
        self.payload.get()
    }

    /// Returns the path of the fault in the payload, such as `matchedThresholds[0].value`.
    ///
    /// The path is `.` if the fault is in the payload as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what is wrong there, such as `expected a 64-bit whole number`. It never contains a value of the payload.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Decodes the payload as a type of your own that accepts what the crate's type does not.
    ///
    /// # Errors
    ///
    /// Returns [`DecodeError`] if the payload does not match `T`.
    pub fn decode<'a, T: Deserialize<'a>>(&'a self) -> Result<T, DecodeError> {
        decode(self.payload())
    }
}

/// A payload does not match the requested type.
///
/// The message says why and where (line and column in the payload). It contains no value of the payload, unless a type
/// of your own puts one into what it says it expected.
///
/// There is no conversion into [`Error`](crate::Error): the webhook is acceptable, and the response to its sender does
/// not depend on whether its payload can be decoded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the payload does not match the requested type: {reason}")]
pub struct DecodeError {
    reason: String,
}

/// Decodes a payload.
pub(crate) fn decode<'a, T: Deserialize<'a>>(payload: &'a str) -> Result<T, DecodeError> {
    serde_json::from_str(payload).map_err(|error| DecodeError {
        reason: located_reason(&error),
    })
}
