//! [`Event`]: one variant per event type, and the dispatch from an event's name to the type of its payload.

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
        /// `Debug` shows the fields of the payload, which are personal data.
        ///
        /// # Serde
        ///
        /// An event serialises as `{"eventType": …, "payload": …}`, under its [`name`](Self::name). `Unknown` and
        /// `Malformed` keep the sender's payload text.
        ///
        /// It deserialises by the same rules as the body of a webhook: an event that this version does not know
        /// is [`Unknown`](Self::Unknown), and a known event whose payload does not have the expected form is
        /// [`Malformed`](Self::Malformed). A stored unknown event becomes typed once the crate knows it.
        ///
        /// Read events from JSON text and write them to JSON text, with serde_json. Other formats can't represent
        /// the sender's text. Nor can the containers for which serde buffers a value (`flatten`, internally tagged
        /// and untagged enums). A `serde_json::Value` converts numbers to `f64`.
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
            /// A known event whose payload does not have the expected form. Acknowledge it and store its payload:
            /// Moneyhub will not send it again.
            Malformed(MalformedEvent),
        }

        impl Event {
            /// Returns the name of the event in JSON, whichever format it came in: the canonical name of a known
            /// event, or [`UnknownEvent::name`].
            ///
            /// Code that matches on this name keeps working when a later version of the crate knows the event.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant(_) => EventType::$variant.as_str(),)+
                    Self::Unknown(unknown) => unknown.name(),
                    Self::Malformed(malformed) => malformed.event_type.as_str(),
                }
            }

            /// Returns the type of a known event, malformed or not. Returns `None` for an unknown event.
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
            /// Returns a reference to the schema of the payload.
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

/// Deserialises the payload of an event of a known type.
#[derive(Clone, Copy)]
pub(crate) struct PayloadOf(pub(crate) EventType);

/// Serialises the payload of an event.
pub(crate) struct Payload<'a>(pub(crate) &'a Event);

impl Event {
    /// Creates an event from any name and any payload. This is the only dispatch in the crate.
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

    /// Replaces the marks of an [`Outline`](json::Outline) with the lists that they stand for. Returns `None` if one of
    /// these is not a list of ids: the event must then be read from the whole text.
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

    /// Returns the transactions of an event about new, updated, deleted or restored transactions, and `None` for any
    /// other event or a malformed one.
    ///
    /// Deleted transactions are no longer in the API.
    ///
    /// # Examples
    ///
    /// ```
    /// use moneyhub_webhooks::{Event, TransactionId};
    ///
    /// /// Returns whether the cached transaction is out of date.
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

    /// Decodes the payload as another type, from this crate or your own.
    ///
    /// An [`Unknown`](Self::Unknown) or [`Malformed`](Self::Malformed) event is decoded from the sender's text, any
    /// other event from the payload as it serialises.
    ///
    /// # Errors
    ///
    /// Returns [`DecodeError`] if the payload does not match `T`.
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
