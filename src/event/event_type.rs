//! [`EventType`]: what the vocabulary says of each event, and how the names on the wire are looked up in it.

use std::fmt;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::vocabulary::vocabulary;
use crate::tools::json::Text;

/// The group that Moneyhub's overview puts an event in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventFamily {
    /// Transactions, accounts and syncs.
    FinancialData,
    /// Payments.
    Payments,
    /// Reports made for a decision, such as affordability.
    Decisioning,
    /// Nudges and reminders, to be passed on to the user.
    Nudges,
}

macro_rules! urn {
    ($tail:literal) => {
        concat!("urn:com:moneyhub:events:", $tail)
    };
}

/// What all of Moneyhub's URNs of events begin with.
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
        /// The types of event known to this version of the crate.
        ///
        /// [`FromStr`] reads the names of the JSON envelope, those of older documentation among them. Serde writes the
        /// canonical name as a string, and reads what [`FromStr`] reads.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum EventType {
            $($(#[$doc])* $variant,)+
        }

        impl EventType {
            /// Every type of event, in the order of Moneyhub's documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The canonical name: `eventType` of the JSON envelope, such as `newTransactions`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The canonical URN: the member name in the claim `events` of a token.
            #[must_use]
            pub const fn urn(self) -> &'static str {
                match self {
                    $(Self::$variant => urn!($urn),)+
                }
            }

            /// The group that Moneyhub's overview puts it in.
            #[must_use]
            pub const fn family(self) -> EventFamily {
                match self {
                    $(Self::$variant => EventFamily::$family,)+
                }
            }

            /// The address of the event's page in Moneyhub's documentation.
            #[must_use]
            pub const fn documentation(self) -> &'static str {
                match self {
                    $(Self::$variant => concat!("https://docs.moneyhubenterprise.com/docs/", $page),)+
                }
            }

            /// Every name of the JSON envelope, the canonical one first.
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

/// The name of an event on the wire, looked up.
pub(crate) enum EventName {
    Known(EventType),
    /// `name` as in JSON; `urn` where it came in a token under another.
    Unknown {
        name: String,
        urn: Option<String>,
    },
}

impl EventName {
    /// Looks up the `eventType` of a JSON envelope, among the JSON names alone.
    pub(crate) fn from_json(name: &str) -> Self {
        EventType::from_json_name(name)
            .map_or_else(|| Self::Unknown { name: name.to_owned(), urn: None }, Self::Known)
    }

    /// Looks up the member name of a token's `events`: among the listed URNs; then, if it is another URN of
    /// Moneyhub's, its tail in camel case among the JSON names, since that is how the two belong together.
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

/// `payment-completed` to `paymentCompleted`.
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

/// The text is not the JSON name of an event known to this version of the crate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a known event")]
pub struct ParseEventTypeError(());
