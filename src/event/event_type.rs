//! [`EventType`]: the event types of the vocabulary, and the lookup of names on the wire.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::vocabulary::vocabulary;
use crate::tools::json::Text;

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

macro_rules! urn {
    ($tail:literal) => {
        concat!("urn:com:moneyhub:events:", $tail)
    };
}

/// The prefix of all Moneyhub event URNs.
pub(crate) const URN_PREFIX: &str = urn!("");

macro_rules! define_event_type {
    ($(
        $(#[$doc:meta])* $variant:ident($payload:ident) {
            names: [$name:literal $(, $alias:literal)*],
            urns: [$urn:literal $(, $other_urn:literal)*],
            family: $family:ident,
            page: $page:literal,
        }
    )+) => {
        /// A type of event that this version of the crate knows.
        ///
        /// [`FromStr`] accepts the names of the JSON envelope, including those of older documentation. Serde writes the
        /// canonical name as a string and accepts what [`FromStr`] accepts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum EventType {
            $($(#[$doc])* $variant,)+
        }

        impl EventType {
            /// All event types, in the order of Moneyhub's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the canonical name: the `eventType` of the JSON envelope, such as `newTransactions`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Returns the canonical URN: the member name in the `events` claim of a token.
            #[must_use]
            pub const fn urn(self) -> &'static str {
                match self {
                    $(Self::$variant => urn!($urn),)+
                }
            }

            /// Returns the group that Moneyhub's overview of webhooks places the event in.
            #[must_use]
            pub const fn family(self) -> EventFamily {
                match self {
                    $(Self::$variant => EventFamily::$family,)+
                }
            }

            /// Returns the URL of the event's page in Moneyhub's documentation.
            #[must_use]
            pub const fn documentation(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("https://docs.moneyhubenterprise.com/docs/", $page),)+
                }
            }

            /// Returns every name in the JSON envelope, the canonical one first.
            #[cfg(feature = "schema")]
            pub(crate) const fn names(self) -> &'static [&'static str] {
                match self {
                    $(Self::$variant => &[$name $(, $alias)*],)+
                }
            }

            pub(crate) fn from_json_name(name: &str) -> Option<Self> {
                match name {
                    $($name $(| $alias)* => Some(Self::$variant),)+
                    _ => None,
                }
            }

            fn from_listed_urn(urn: &str) -> Option<Self> {
                match urn {
                    $(urn!($urn) $(| urn!($other_urn))* => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

vocabulary!(define_event_type);

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
        EventType::from_json_name(name)
            .map_or_else(|| Self::Unknown { name: name.to_owned(), urn: None }, Self::Known)
    }

    /// Looks up the member name of a token's `events`.
    ///
    /// The URNs of the vocabulary come first. The tail of any other URN under Moneyhub's prefix is converted to camel
    /// case and looked up among the JSON names, because Moneyhub's URNs and JSON names correspond in this way.
    pub(crate) fn from_urn(urn: &str) -> Self {
        if let Some(event_type) = EventType::from_listed_urn(urn) {
            return Self::Known(event_type);
        }
        let Some(tail) = urn.strip_prefix(URN_PREFIX) else {
            return Self::Unknown { name: urn.to_owned(), urn: None };
        };
        let name = camel_case(tail);
        match EventType::from_json_name(&name) {
            Some(event_type) => Self::Known(event_type),
            None => Self::Unknown { name, urn: Some(urn.to_owned()) },
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
        Text::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// The string is not the JSON name of an event that this version of the crate knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a known event")]
pub struct ParseEventTypeError(());
