//! What does the feature `tracing` log?
//!
//! It logs each fetch of a key set by [`KeyCache`](crate::KeyCache) or `RemoteKeys`, under the target
//! `moneyhub_webhooks`. With the default cooldown that is at most one fetch in 30 seconds.
//!
//! | level | message | fields |
//! |---|---|---|
//! | debug | `fetching the key set` | |
//! | info | `fetched the key set` | `usable`, `ignored`: numbers of keys |
//! | warn | `could not fetch the key set` | `error` |
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
