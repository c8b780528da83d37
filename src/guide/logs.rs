//! What does the feature `tracing` log?
//!
//! Nothing at present. [`KeyStatus`](crate::KeyStatus) says why the last fetch of keys failed, and how many have
//! failed: log it where you check the health of the service.
//!
//! # How do I log webhooks?
//!
//! The crate does not log them: your handler decides what to do with an [`Error`](crate::Error). `Display` of errors, and
//! `Debug` of errors, receivers and webhooks, are safe to log. They show nothing of a body except ids, the event's name,
//! and who sent it. `Debug` of an [`Event`](crate::Event) shows its payload: don't log it.
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
