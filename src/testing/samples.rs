//! A realistic event of each type, from the examples of Moneyhub's documentation.
//!
//! Payload types can't be constructed field by field outside this crate, because Moneyhub adds fields. Start from a
//! sample and change it:
//!
//! ```
//! use moneyhub_webhooks::testing::samples;
//! use moneyhub_webhooks::{Event, Payment};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut payment: Payment = samples::payment_error().decode()?;
//! payment.reference = None;
//! let event = Event::PaymentError(payment);
//! # Ok(())
//! # }
//! ```

use crate::event::{Event, EventType, vocabulary};

macro_rules! define_of {
    ($(
        $(#[$_doc:meta])* $variant:ident($_payload:ident) {
            names: [$name:literal $(, $_alias:literal)*],
            urns: $_urns:tt,
            family: $_family:ident,
            page: $_page:literal,
        }
    )+) => {
        /// Returns a sample of an event of this type.
        #[must_use]
        pub fn of(event_type: EventType) -> Event {
            read(match event_type {
                $(EventType::$variant => include_str!(concat!("../../fixtures/json/", $name, ".json")),)+
            })
        }
    };
}

vocabulary!(define_of);

macro_rules! samples {
    ($($sample:ident => $variant:ident,)+) => {$(
        #[doc = concat!("Returns a sample of [`Event::", stringify!($variant), "`].")]
        #[must_use]
        pub fn $sample() -> Event {
            of(EventType::$variant)
        }
    )+};
}

samples! {
    new_transactions => NewTransactions,
    updated_transactions => UpdatedTransactions,
    deleted_transactions => DeletedTransactions,
    restored_transactions => RestoredTransactions,
    deleted_account => DeletedAccount,
    sync_completed => SyncCompleted,
    post_connection_enrichment_completed => PostConnectionEnrichmentCompleted,
    new_regular_transactions => NewRegularTransactions,
    updated_regular_transactions => UpdatedRegularTransactions,
    payment_completed => PaymentCompleted,
    payment_pending => PaymentPending,
    payment_error => PaymentError,
    affordability_report_success => AffordabilityReportSuccess,
    affordability_report_failure => AffordabilityReportFailure,
    add_first_connection => AddFirstConnection,
    balance_threshold => BalanceThreshold,
    reauth_reminder => ReauthReminder,
    refresh_reminder => RefreshReminder,
}

/// Returns a sample of [`Event::Unknown`]: an event that Moneyhub may add in the future.
#[must_use]
pub fn unknown() -> Event {
    read(r#"{"eventType":"somethingNew","payload":{"accountId":"6d0baf11-248e-4c11-9c04-97b7758b4e04"}}"#)
}

/// Returns a sample of [`Event::Malformed`]: a rejected payment whose `paymentId` is a number.
#[must_use]
pub fn malformed() -> Event {
    read(r#"{"eventType":"paymentError","payload":{"paymentId":17,"status":"rejected"}}"#)
}

fn read(body: &str) -> Event {
    serde_json::from_str(body).expect("any payload makes an event")
}
