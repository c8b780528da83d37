//! A realistic event of each type, from the examples of Moneyhub's documentation.
//!
//! Payload types can't be constructed field by field outside this crate, because Moneyhub adds fields. Start from a
//! sample and change a field, or write the payload as JSON:
//!
//! ```
//! use moneyhub_webhooks::testing::samples;
//! use moneyhub_webhooks::{Event, EventType};
//! use serde_json::json;
//!
//! let mut event = samples::of(EventType::PaymentError);
//! if let Event::PaymentError(payment) = &mut event {
//!     payment.reference = None;
//! }
//!
//! let failed = json!({"paymentId": "p-1", "status": "rejected", "failureReason": "no funds"});
//! let event = samples::with_payload(EventType::PaymentError, failed);
//! ```

use serde::Serialize;
use serde_json::value::to_raw_value;

use crate::event::{Event, EventName, EventType};

/// Returns a sample of an event of this type.
#[must_use]
pub fn of(event_type: EventType) -> Event {
    read(event_type.fixture())
}

/// Returns a sample of each known event, in the order of [`EventType::ALL`].
pub fn all() -> impl Iterator<Item = Event> {
    EventType::ALL.iter().copied().map(of)
}

/// Returns an event of this type with any payload. It is [`Event::Malformed`] if the payload does not fit the type.
///
/// # Panics
///
/// Panics if the payload does not serialize as JSON.
#[must_use]
pub fn with_payload(event_type: EventType, payload: impl Serialize) -> Event {
    let payload = to_raw_value(&payload).expect("the payload is JSON");
    Event::new(EventName::Known(event_type), Some(&payload))
}

/// Returns a sample of [`Event::Unknown`]: an event that Moneyhub may add in the future.
#[must_use]
pub fn unknown() -> Event {
    read(
        r#"{"eventType":"somethingNew","payload":{"accountId":"6d0baf11-248e-4c11-9c04-97b7758b4e04"}}"#,
    )
}

/// Returns a sample of [`Event::Malformed`]: a rejected payment whose `paymentId` is a number.
#[must_use]
pub fn malformed() -> Event {
    read(r#"{"eventType":"paymentError","payload":{"paymentId":17,"status":"rejected"}}"#)
}

fn read(body: &str) -> Event {
    serde_json::from_str(body).expect("any payload makes an event")
}
