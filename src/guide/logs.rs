//! What does the feature `tracing` log?
//!
//! One event for each delivery, under the target `moneyhub_webhooks`:
//!
//! | delivery | level | message | fields |
//! |---|---|---|---|
//! | accepted | debug | `accepted webhook` | `event`, `authenticity` |
//! | accepted, with a malformed payload | warn | `malformed webhook` | `event`, `authenticity`, `path`, `reason` |
//! | accepted, with a user that is not a string, or with several events | warn | `passed over what has no place in a webhook` | `user`, `events` |
//! | rejected | warn | `rejected webhook` | `kind`, `error` |
//!
//! | field | value |
//! |---|---|
//! | `event` | the name of the event, written with `{:?}` and cut after 100 characters, because the sender chooses it |
//! | `authenticity` | `signed` or `unsigned` |
//! | `path`, `reason` | where and why the payload is [malformed](crate::MalformedEvent) |
//! | `user`, `events` | whether the user was passed over, and how many events were |
//! | `kind` | an [`ErrorKind`](crate::ErrorKind), such as `expired` |
//! | `error` | the message of the [`Error`](crate::Error) |
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
