//! [`Event`]: one variant per event type.
//!
//! The types of the payloads are in this module too, one file for each family. They serialize and deserialize as JSON text,
//! with serde_json: a format that does not describe itself can't be read as one of them.

mod accounts;
mod balance;
mod event_type;
mod nudges;
mod payments;
mod reminders;
mod reports;
mod table;
mod time;
mod transactions;
mod untyped;

pub use accounts::{DeletedAccount, PostConnectionEnrichment, ProcessingStatus, SyncCompleted};
pub use balance::{Balance, BalanceThreshold, Threshold, ThresholdType};
pub(crate) use event_type::EventName;
#[cfg(feature = "testing")]
pub(crate) use event_type::URN_PREFIX;
pub use event_type::{EventFamily, ParseEventTypeError};
pub use nudges::AddFirstConnection;
pub use payments::{Payment, PaymentStatus};
pub use reminders::{ReauthReminder, RefreshReminder};
pub use reports::{ReportFailure, ReportStatus, ReportSuccess};
pub use transactions::{AccountTransactions, RegularTransactions, TransactionBatch, Transactions};
pub(crate) use untyped::decode;
pub use untyped::{DecodeError, MalformedEvent, UnknownEvent};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::json::fault::Payload as _;
use crate::json::payload::ObjectOnly;
use crate::json::{Text, fault};
use table::events;

/// The JSON Schema of webhooks in plain JSON: the envelope and the payload of each event. It is for readers in other
/// languages, and for a gateway that validates.
///
/// The dialect is [draft 2020-12](https://json-schema.org/draft/2020-12). `$defs` holds the schema of each payload,
/// under the name of its type in this crate, such as `Payment`. The same text is in the repository, as
/// `fixtures/schema/webhook.schema.json`.
///
/// ```
/// assert!(moneyhub_webhooks::event::JSON_SCHEMA.contains(r#""const": "newTransactions""#));
/// ```
///
/// The schema is as open as the parser. It allows additional fields, any string for a status (with the known ones as
/// examples), and any payload for an unknown event.
///
/// A body that is valid [parses](crate::Receiver::parse) to an event that is not [`Malformed`](Event::Malformed). A body
/// that is not valid is rejected or malformed. The exceptions are what a schema can't express:
///
/// - **Valid, but rejected or malformed**: a duplicate name, also under its other spelling; a number that does not fit
///   in [`Amount`](crate::money::Amount) or 64 bits; a string that is not a timestamp or date, if the validator treats
///   `format` as an annotation; a lone surrogate.
/// - **Not valid, but parsed**: a required field under its other name (`paymentID`), which its description mentions; a
///   timestamp or date that is nearly in its form, if the validator asserts `format`.
///
/// Don't drop a body that does not validate: Moneyhub sends it only once. A version of the crate that knows more events
/// has a larger schema.
pub const JSON_SCHEMA: &str = include_str!("../fixtures/schema/webhook.schema.json");

// `events!` reads this enum and makes from it everything that knows events by name. What it reads of a variant:
//
// - `names`: the values of `eventType` in the JSON envelope, the canonical one first;
// - `urns`: what follows Moneyhub's prefix in a token's `events`, the canonical one first. Moneyhub documents only
//   `payment-completed`, and `payment-rejected` was seen in use; the others are inferred from the JSON names;
// - `family`: the group that Moneyhub's overview of webhooks places the event in;
// - `page`: the last segment of the URL of its page in Moneyhub's documentation.
events! {
    /// What a webhook says has happened: in serde's terms an adjacently tagged enum, with `tag = "eventType"` and
    /// `content = "payload"`.
    ///
    /// `Debug` shows the fields of the payload, which are personal data.
    ///
    /// # Serde
    ///
    /// An event serializes as `{"eventType": …, "payload": …}`, under its [`name`](Self::name), with the fields that its
    /// type has. To store a webhook as it was sent, use a [`StoredWebhook`](crate::StoredWebhook).
    ///
    /// It deserializes by the same rules as the body of a webhook: an event that this version does not know is
    /// [`Unknown`](Self::Unknown), and a known event whose payload does not have the expected form is
    /// [`Malformed`](Self::Malformed).
    ///
    /// Read events from JSON text and write them to JSON text, with serde_json. Other formats can't represent the
    /// sender's text. Nor can the containers for which serde buffers a value (`flatten`, internally tagged and untagged
    /// enums). A `serde_json::Value` converts numbers to `f64`.
    #[derive(Debug, Clone, PartialEq, Eq)]
    #[non_exhaustive]
    pub enum Event {
        #[event(
            names: ["newTransactions"],
            urns: ["new-transactions"],
            family: FinancialData,
            page: "new-transaction",
        )]
        /// New transactions on a user's accounts. One event has at most 6000; further transactions come in another
        /// event.
        NewTransactions(Transactions),

        #[event(
            names: ["updatedTransactions"],
            urns: ["updated-transactions"],
            family: FinancialData,
            page: "updated-transactions",
        )]
        /// Transactions whose data has changed.
        UpdatedTransactions(Transactions),

        #[event(
            names: ["deletedTransactions"],
            urns: ["deleted-transactions"],
            family: FinancialData,
            page: "deleted-transactions",
        )]
        /// Transactions that were deleted.
        DeletedTransactions(Transactions),

        #[event(
            names: ["restoredTransactions"],
            urns: ["restored-transactions"],
            family: FinancialData,
            page: "restored-transactions",
        )]
        /// Transactions that were deleted and have been restored.
        RestoredTransactions(Transactions),

        #[event(
            names: ["deletedAccount"],
            urns: ["deleted-account"],
            family: FinancialData,
            page: "deleted-account",
        )]
        /// An account was deleted.
        DeletedAccount(DeletedAccount),

        #[event(
            names: ["syncCompleted", "syncComplete"],
            urns: ["sync-completed", "sync-complete"],
            family: FinancialData,
            page: "sync-complete",
        )]
        /// The synchronization of a connection has ended, successfully or not.
        SyncCompleted(SyncCompleted),

        #[event(
            names: ["postConnectionEnrichmentCompleted", "postConnectionEnrichmentComplete"],
            urns: ["post-connection-enrichment-completed", "post-connection-enrichment-complete"],
            family: FinancialData,
            page: "post-connection-enrichment-complete",
        )]
        /// The enrichment that follows a new connection has ended.
        PostConnectionEnrichmentCompleted(PostConnectionEnrichment),

        #[event(
            names: ["newRegularTransactions"],
            urns: ["new-regular-transactions"],
            family: FinancialData,
            page: "regular-transaction-webhooks",
        )]
        /// New series of regular transactions were found.
        NewRegularTransactions(RegularTransactions),

        #[event(
            names: ["updatedRegularTransactions"],
            urns: ["updated-regular-transactions"],
            family: FinancialData,
            page: "regular-transaction-webhooks",
        )]
        /// Series of regular transactions have changed.
        UpdatedRegularTransactions(RegularTransactions),

        #[event(
            names: ["paymentCompleted"],
            urns: ["payment-completed"],
            family: Payments,
            page: "payment-completed",
        )]
        /// A payment was completed.
        PaymentCompleted(Payment),

        #[event(
            names: ["paymentPending"],
            urns: ["payment-pending"],
            family: Payments,
            page: "payment-pending",
        )]
        /// A payment was submitted, and its outcome is not known yet.
        PaymentPending(Payment),

        #[event(
            names: ["paymentError"],
            urns: ["payment-error", "payment-rejected"],
            family: Payments,
            page: "payment-error",
        )]
        /// A payment was rejected.
        PaymentError(Payment),

        #[event(
            names: ["affordabilityReportSuccess"],
            urns: ["affordability-report-success"],
            family: Decisioning,
            page: "affordability-report-success",
        )]
        /// An affordability report is ready.
        AffordabilityReportSuccess(ReportSuccess),

        #[event(
            names: ["affordabilityReportFailure"],
            urns: ["affordability-report-failure"],
            family: Decisioning,
            page: "affordability-report-failure",
        )]
        /// An affordability report could not be generated.
        AffordabilityReportFailure(ReportFailure),

        #[event(
            names: ["addFirstConnection"],
            urns: ["add-first-connection"],
            family: Nudges,
            page: "add-first-connection",
        )]
        /// A user was activated but has not connected an account yet.
        AddFirstConnection(AddFirstConnection),

        #[event(
            names: ["balanceThreshold"],
            urns: ["balance-threshold"],
            family: Nudges,
            page: "balance-threshold",
        )]
        /// The balance of an account has crossed thresholds.
        BalanceThreshold(BalanceThreshold),

        #[event(
            names: ["reauthReminder"],
            urns: ["reauth-reminder"],
            family: Nudges,
            page: "reauth-reminder",
        )]
        /// The consent to a connection expires soon and must be renewed.
        ReauthReminder(ReauthReminder),

        #[event(
            names: ["refreshReminder"],
            urns: ["refresh-reminder"],
            family: Nudges,
            page: "refresh-reminder",
        )]
        /// A connection has not been refreshed for a while.
        RefreshReminder(RefreshReminder),

        /// An event that this version of the crate does not know. Acknowledge it: Moneyhub adds events without notice.
        Unknown(UnknownEvent),

        /// A known event whose payload does not have the expected form. Acknowledge it and store its payload: Moneyhub
        /// will not send it again.
        Malformed(MalformedEvent),
    }
}

impl Event {
    /// Creates an event from any name and any payload. An absent payload counts as null, which a known event reads as an
    /// object without members.
    pub(crate) fn new(name: EventName, payload: Option<&RawValue>) -> Self {
        let payload = payload.unwrap_or(RawValue::NULL);
        match name {
            EventName::Known(event_type) => {
                event_type
                    .decode(payload)
                    .unwrap_or_else(|fault::Fault { path, reason }| {
                        Self::Malformed(MalformedEvent {
                            event_type,
                            path,
                            reason,
                            payload: payload.into(),
                        })
                    })
            }
            EventName::Unknown { name, urn } => Self::Unknown(UnknownEvent {
                name,
                urn,
                payload: payload.into(),
            }),
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
    /// use moneyhub_webhooks::Event;
    /// use moneyhub_webhooks::id::TransactionId;
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

    /// Returns the time at which the payload says that the event happened, if it says so.
    ///
    /// | event | time |
    /// |---|---|
    /// | [`SyncCompleted`](Self::SyncCompleted) | [`completed_at`](SyncCompleted::completed_at) |
    /// | [`PaymentCompleted`](Self::PaymentCompleted), [`PaymentError`](Self::PaymentError) | [`updated_at`](Payment::updated_at) |
    /// | [`PaymentPending`](Self::PaymentPending) | `updated_at`, or else [`submitted_at`](Payment::submitted_at) |
    /// | [`AffordabilityReportFailure`](Self::AffordabilityReportFailure) | [`failed_at`](ReportFailure::failed_at) |
    /// | any other | `None` |
    ///
    /// Webhooks arrive in any order, so compare this time before you replace newer data. A token's
    /// [`issued_at`](crate::Authenticity::Signed::issued_at) is when the token was made, which may be later.
    #[must_use]
    pub fn occurred_at(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::SyncCompleted(sync) => sync.completed_at,
            Self::PaymentCompleted(payment) | Self::PaymentError(payment) => payment.updated_at,
            Self::PaymentPending(payment) => payment.updated_at.or(payment.submitted_at),
            Self::AffordabilityReportFailure(report) => report.failed_at,
            _ => None,
        }
    }
}

/// Serializes the payload of an event.
pub(crate) struct Payload<'a>(pub(crate) &'a Event);

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Tagged<'a> {
            event_type: &'a str,
            payload: Payload<'a>,
        }

        Tagged {
            event_type: self.name(),
            payload: Payload(self),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Tagged<'a> {
            #[serde(borrow)]
            event_type: Text<'a>,
            #[serde(default)]
            payload: Option<Box<RawValue>>,
        }

        let Tagged {
            event_type: Text(name),
            payload,
        } = Tagged::deserialize(ObjectOnly(deserializer))?;
        Ok(Self::new(EventName::from_json(&name), payload.as_deref()))
    }
}
