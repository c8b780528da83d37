//! What do I do when Moneyhub changes something?
//!
//! Moneyhub adds events and fields without notice. Nothing that it changes in an event is rejected, and
//! [`Webhook::payload`](crate::Webhook::payload) holds what was sent. So there is time to react, if you notice.
//!
//! | change | what you get | how you notice |
//! |---|---|---|
//! | a new event | [`Event::Unknown`](crate::Event::Unknown) | [metric](super::metrics) `deliveries_total` with the event `unknown`; [log](super::logs) at level info |
//! | a new field | the typed event | field `unknown_members` of the log at level debug |
//! | a new status | the typed event, with another word: `other => other.as_str()` | in your `match` |
//! | a field that is missing or has another type | [`Event::Malformed`](crate::Event::Malformed) | metric `malformed_total`; log at level warn, with path and reason |
//! | a user that is not a string, or several events in a token | the webhook without a user, or with one of the events | metric `passed_over_total`; log at level warn |
//! | a new kind of token | an error with [`is_signed`](crate::Error::is_signed) | field `is_signed` of the log; [keep the body](super::late#what-do-i-do-with-signed-tokens-that-are-rejected) |
//!
//! # How do I read a new field today?
//!
//! Decode the payload into a type of your own. No new version of this crate is needed:
//!
//! ```
//! use moneyhub_webhooks::{Event, Webhook};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! #[serde(rename_all = "camelCase")]
//! struct Failure {
//!     failure_reason: Option<String>,
//! }
//!
//! fn why(webhook: &Webhook) -> Option<String> {
//!     match webhook.event() {
//!         Event::PaymentError(_) => webhook.decode::<Failure>().ok()?.failure_reason,
//!         _ => None,
//!     }
//! }
//! # let body = br#"{"id":"1","eventType":"paymentError","payload":{"paymentId":"p","status":"rejected","failureReason":"no funds"}}"#;
//! # let webhook = moneyhub_webhooks::Receiver::unsigned_json().parse(body)?;
//! # assert_eq!(why(&webhook).as_deref(), Some("no funds"));
//! # Ok::<(), moneyhub_webhooks::Error>(())
//! ```
//!
//! # What do I do with an event that is unknown or malformed?
//!
//! Answer 202, and keep it as a [`StoredWebhook`](crate::StoredWebhook). It reads the event from the text again, so an
//! unknown event becomes typed once your version of this crate knows it. To handle it now, match on its
//! [name](crate::Event::name) and [decode](crate::Webhook::decode) its payload.
//!
//! # Which event is the newer one?
//!
//! Webhooks arrive in any order. [`Event::occurred_at`](crate::Event::occurred_at) is the time that the payload states,
//! if it states one. A pending payment must not replace a final one, whatever its time:
//!
//! ```
//! use moneyhub_webhooks::event::PaymentStatus;
//!
//! fn replaces(new: &PaymentStatus, stored: &PaymentStatus) -> bool {
//!     let is_final = |status: &PaymentStatus| matches!(status, PaymentStatus::Completed | PaymentStatus::Rejected);
//!     is_final(new) || !is_final(stored)
//! }
//! assert!(!replaces(&PaymentStatus::Pending, &PaymentStatus::Completed));
//! ```
//!
//! If the stored status is final and the new one is another final one, fetch the payment from the API.
//!
//! # How do I report a change to this project?
//!
//! Run `moneyhub-webhooks inspect --shape` on the body. It prints names and types, with every value replaced. Look it
//! over, and paste it into the issue form *Unknown or malformed event*.
