//! [`Event`]: one variant for each type of event, and the one dispatch from a name to a payload's type.

mod accounts;
mod balance;
mod event_type;
mod nudges;
mod payments;
mod reminders;
mod reports;
mod time;
mod transactions;
mod untyped;
mod vocabulary;

pub use accounts::{DeletedAccount, PostConnectionEnrichment, ProcessingStatus, SyncCompleted};
pub use balance::{Balance, BalanceThreshold, Threshold, ThresholdType};
pub(crate) use event_type::EventName;
#[cfg(feature = "testing")]
pub(crate) use event_type::URN_PREFIX;
pub use event_type::{EventFamily, EventType, ParseEventTypeError};
pub use nudges::AddFirstConnection;
pub use payments::{Payment, PaymentStatus};
pub use reminders::{ReauthReminder, RefreshReminder};
pub use reports::{ReportFailure, ReportStatus, ReportSuccess};
pub use transactions::{AccountTransactions, RegularTransactions, TransactionBatch, Transactions};
pub use untyped::{DecodeError, MalformedEvent, UnknownEvent};

use serde::de::{DeserializeOwned, DeserializeSeed};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::tools::json::{self, Fault, ObjectOnly};
pub(crate) use vocabulary::vocabulary;

macro_rules! define_event {
    ($(
        $(#[$doc:meta])* $variant:ident($payload:ident) {
            names: $_names:tt,
            urns: $_urns:tt,
            family: $_family:ident,
            page: $page:literal,
        }
    )+) => {
        /// What a webhook says has happened.
        ///
        /// In serde it is tagged, `{"eventType": …, "payload": …}`, in both directions. It is read like the
        /// body of a webhook: an event nobody has heard of is [`Unknown`](Self::Unknown), a payload that is
        /// not of its form makes it [`Malformed`](Self::Malformed), and an unknown event that was stored
        /// comes back typed once the crate knows it. It is written under the canonical name, the last two
        /// with the sender's payload text.
        ///
        /// That text takes serde_json, from text and to text: other formats can't hold it, nor can the
        /// containers for which serde keeps a value aside first (`flatten`, internally tagged and untagged
        /// enums), and a `serde_json::Value` turns its numbers into `f64`.
        ///
        /// `Debug` shows the fields of the payload, which are personal data.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Event {
            $(
                $(#[$doc])*
                #[doc = concat!("\n\n[Moneyhub's page](https://docs.moneyhubenterprise.com/docs/", $page, ")")]
                $variant($payload),
            )+
            /// An event that this version of the crate does not know. Acknowledge it: Moneyhub adds events
            /// without notice.
            Unknown(UnknownEvent),
            /// A known event whose payload is not of the known form. Acknowledge it and keep its text: it
            /// will not be sent again.
            Malformed(MalformedEvent),
        }

        impl Event {
            /// The name that the event bears in JSON, whichever way it came: the canonical one of a known event,
            /// [`UnknownEvent::name`] of an unknown one. Code keyed by it goes on working when a later version
            /// of the crate knows the event.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant(_) => EventType::$variant.as_str(),)+
                    Self::Unknown(unknown) => unknown.name(),
                    Self::Malformed(malformed) => malformed.event_type.as_str(),
                }
            }

            /// Which of the known events this is, also of a malformed one; `None` for an unknown event.
            #[must_use]
            pub fn event_type(&self) -> Option<EventType> {
                match self {
                    $(Self::$variant(_) => Some(EventType::$variant),)+
                    Self::Unknown(_) => None,
                    Self::Malformed(malformed) => Some(malformed.event_type),
                }
            }
        }

        #[cfg(feature = "schema")]
        impl EventType {
            /// A reference to the schema of the payload.
            pub(crate) fn payload_schema(self, generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                match self {
                    $(Self::$variant => generator.subschema_for::<$payload>(),)+
                }
            }
        }

        impl<'de> DeserializeSeed<'de> for PayloadOf {
            type Value = Event;

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Event, D::Error> {
                match self.0 {
                    $(EventType::$variant => $payload::deserialize(deserializer).map(Event::$variant),)+
                }
            }
        }

        impl Serialize for Payload<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self.0 {
                    $(Event::$variant(payload) => Serialize::serialize(payload, serializer),)+
                    Event::Unknown(unknown) => unknown.payload.serialize(serializer),
                    Event::Malformed(malformed) => malformed.payload.serialize(serializer),
                }
            }
        }
    };
}

vocabulary!(define_event);

/// Reads the payload of an event of a known type.
#[derive(Clone, Copy)]
pub(crate) struct PayloadOf(pub(crate) EventType);

/// Writes the payload of an event.
pub(crate) struct Payload<'a>(pub(crate) &'a Event);

impl Event {
    /// The one dispatch: a name and a payload become an event, whatever they are.
    pub(crate) fn new(name: EventName, payload: &RawValue) -> Self {
        match name {
            EventName::Known(event_type) => json::decode(PayloadOf(event_type), payload.get())
                .unwrap_or_else(|Fault { path, reason }| {
                    Self::Malformed(MalformedEvent { event_type, path, reason, payload: payload.into() })
                }),
            EventName::Unknown { name, urn } => {
                Self::Unknown(UnknownEvent { name, urn, payload: payload.into() })
            }
        }
    }

    /// Puts the lists of the [`Outline`](json::Outline) that the event was read from in place of their marks. `None` if
    /// one of them is not a list of ids: then the event has to be read from the whole text.
    pub(crate) fn put_back(&mut self, lists: &[&str]) -> Option<()> {
        match self {
            Self::NewTransactions(transactions)
            | Self::UpdatedTransactions(transactions)
            | Self::DeletedTransactions(transactions)
            | Self::RestoredTransactions(transactions) => transactions.put_back(lists),
            Self::NewRegularTransactions(series) | Self::UpdatedRegularTransactions(series) => {
                series.put_back(lists)
            }
            _ => None,
        }
    }

    /// The transactions of an event that is about some, new, updated, deleted or restored alike; `None` of any other
    /// event, and of a malformed one. Deleted transactions are no longer in the API.
    ///
    /// ```
    /// use moneyhub_webhooks::{Event, TransactionId};
    ///
    /// /// Whether what is cached of this transaction is out of date.
    /// fn is_stale(cached: &TransactionId, event: &Event) -> bool {
    ///     event.transactions().is_some_and(|changed| changed.transaction_ids().any(|id| id == cached))
    /// }
    /// ```
    #[must_use]
    pub fn transactions(&self) -> Option<&Transactions> {
        match self {
            Self::NewTransactions(transactions)
            | Self::UpdatedTransactions(transactions)
            | Self::DeletedTransactions(transactions)
            | Self::RestoredTransactions(transactions) => Some(transactions),
            _ => None,
        }
    }

    /// The payload as another type, of this crate or of your own: from the sender's text where the event
    /// holds it ([`Unknown`](Self::Unknown), [`Malformed`](Self::Malformed)), otherwise from the payload as it
    /// serialises.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], if the payload does not have the form of `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        match self {
            Self::Unknown(unknown) => unknown.decode(),
            Self::Malformed(malformed) => malformed.decode(),
            known => {
                let payload = serde_json::to_string(&Payload(known));
                untyped::decode(&payload.map_err(|error| DecodeError::new(&error))?)
            }
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Tagged<'a> {
            event_type: &'a str,
            payload: Payload<'a>,
        }

        Tagged { event_type: self.name(), payload: Payload(self) }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Tagged {
            event_type: String,
            payload: Box<RawValue>,
        }

        let Tagged { event_type, payload } = Tagged::deserialize(ObjectOnly(deserializer))?;
        Ok(Self::new(EventName::from_json(&event_type), &payload))
    }
}
