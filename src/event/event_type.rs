//! [`EventName`]: the lookup of an event by its name on the wire. And what [`EventType`] has besides the table.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::EventType;
use crate::json::Text;

/// The group that Moneyhub's overview of webhooks places an event in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventFamily {
    /// Transactions, accounts and syncs.
    FinancialData,
    /// Payments.
    Payments,
    /// Decisioning reports, such as affordability.
    Decisioning,
    /// Nudges and reminders to pass on to the user.
    Nudges,
}

/// The prefix of all Moneyhub event URNs.
pub(crate) const URN_PREFIX: &str = "urn:com:moneyhub:events:";

/// The result of looking up an event's name on the wire.
pub(crate) enum EventName {
    Known(EventType),
    /// `name` is the JSON form. `urn` is the URN in the token, if it differs from `name`.
    Unknown {
        name: String,
        urn: Option<String>,
    },
}

impl EventName {
    /// Looks up the `eventType` of a JSON envelope. Only JSON names match, never URNs.
    pub(crate) fn from_json(name: &str) -> Self {
        EventType::from_json_name(name).map_or_else(
            || Self::Unknown {
                name: name.to_owned(),
                urn: None,
            },
            Self::Known,
        )
    }

    /// Looks up the member name of a token's `events`.
    ///
    /// The URNs of the table come first. The tail of any other URN under Moneyhub's prefix is converted to camel case and
    /// looked up among the JSON names, because Moneyhub's URNs and JSON names correspond in this way.
    pub(crate) fn from_urn(urn: &str) -> Self {
        let Some(tail) = urn.strip_prefix(URN_PREFIX) else {
            return Self::Unknown {
                name: urn.to_owned(),
                urn: None,
            };
        };
        if let Some(event_type) = EventType::from_urn_tail(tail) {
            return Self::Known(event_type);
        }
        let name = camel_case(tail);
        match EventType::from_json_name(&name) {
            Some(event_type) => Self::Known(event_type),
            None => Self::Unknown {
                name,
                urn: Some(urn.to_owned()),
            },
        }
    }

    /// Returns whether it is the name of a known event.
    pub(crate) fn is_known(&self) -> bool {
        matches!(self, Self::Known(_))
    }
}

impl EventType {
    /// Looks up a member name of the `events` claim of a token, by the same rules as a receiver.
    ///
    /// Returns `None` if this version does not know the event.
    #[must_use]
    pub fn from_urn(urn: &str) -> Option<Self> {
        match EventName::from_urn(urn) {
            EventName::Known(event_type) => Some(event_type),
            EventName::Unknown { .. } => None,
        }
    }
}

/// Converts `payment-completed` to `paymentCompleted`.
fn camel_case(kebab: &str) -> String {
    let mut words = kebab.split('-');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

impl fmt::Display for EventType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for EventType {
    type Err = ParseEventTypeError;

    fn from_str(name: &str) -> Result<Self, ParseEventTypeError> {
        Self::from_json_name(name).ok_or(ParseEventTypeError(()))
    }
}

impl Serialize for EventType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for EventType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer)?
            .0
            .parse()
            .map_err(D::Error::custom)
    }
}

/// The string is not the JSON name of an event that this version of the crate knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a known event")]
pub struct ParseEventTypeError(());
