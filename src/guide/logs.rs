//! What does the feature `tracing` log?
//!
//! One event for each delivery, under the target `moneyhub_webhooks`:
//!
//! | delivery | level | message | fields |
//! |---|---|---|---|
//! | accepted | debug | `accepted webhook` | `outcome`, `event`, `authenticity`, `unknown_members` |
//! | accepted, but the event is unknown | info | `accepted webhook` | the same |
//! | accepted, but something is malformed or passed over | warn | `accepted webhook` | also `malformed_at` and `reason`, `passed_over_user`, `passed_over_events` |
//! | rejected | warn | `rejected webhook` | `outcome`, `is_signed`, `error` |
//!
//! | field | value |
//! |---|---|
//! | `outcome` | `accepted`, or the [`ErrorKind`](crate::ErrorKind), such as `expired` |
//! | `event` | the name of the event, an unknown one as it was sent, written with `{:?}` and cut after 100 characters, because the sender chooses it |
//! | `authenticity` | `signed` or `unsigned` |
//! | `unknown_members` | how many members of the payload, at any depth, its type does not have; absent if none. The payload is decoded again for it, if a subscriber takes the event |
//! | `malformed_at`, `reason` | where and why the payload is [malformed](crate::MalformedEvent) |
//! | `passed_over_user` | there is a user that is not a string |
//! | `passed_over_events` | how many events a token has besides the one that was read |
//! | `is_signed` | whether the issuer of the keys has signed what was rejected: see [`Error::is_signed`](crate::Error::is_signed) |
//! | `error` | the message of the [`Error`](crate::Error) |
//!
//! A field is absent where it says nothing.
//!
//! No field holds an id or a value of a payload. Anyone who can reach your endpoint can cause `rejected webhook`, so
//! alert on their number, with the [metrics](super::metrics), and not on each.
//!
//! Fetches of keys are not logged: read [`RemoteKeys::status`], which has the last error, in your health check.
//!
//! # How do I log more?
//!
//! In your handler. `Display` of errors, and `Debug` of errors, receivers and webhooks, are safe to log. They show
//! nothing of a body except ids, the event's name, and who sent it. `Debug` of an [`Event`](crate::Event) shows its
//! payload: don't log it.
//!
//! The name of an event in an unsigned body may contain a line break, so log it with `{:?}`:
//!
//! ```
//! use moneyhub_webhooks::{Receiver, Webhook};
//!
//! fn log(receiver: &Receiver, body: &[u8]) {
//!     match receiver.parse(body) {
//!         Ok(webhook) => println!("accepted {webhook:?}"),
//!         Err(error) => println!("rejected: {error}"),
//!     }
//! }
//! # log(&Receiver::unsigned_json(), b"{}");
//! ```
//!
#![cfg_attr(
    feature = "remote-keys",
    doc = "[`RemoteKeys::status`]: crate::RemoteKeys::status"
)]
#![cfg_attr(
    not(feature = "remote-keys"),
    doc = "[`RemoteKeys::status`]: crate#features"
)]
