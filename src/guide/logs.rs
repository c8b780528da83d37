//! The feature `tracing`: what is logged.
//!
//! The fetching of key sets is, by [`KeyCache`](crate::KeyCache) and by `RemoteKeys`, under the target
//! `moneyhub_webhooks`; no more than one fetch in 30 seconds, unless you have chosen another
//! cooldown.
//!
//! | level | message | fields |
//! |---|---|---|
//! | debug | `fetching the key set` | |
//! | info | `fetched the key set` | `usable`, `ignored`: how many keys |
//! | warn | `could not fetch the key set` | `error` |
//!
//! The judging of webhooks is not logged: what to do with an [`Error`](crate::Error) is the handler's business.
//! `Display` of errors, and `Debug` of errors, receivers and webhooks are made for logs: they hold nothing of a body
//! but ids, the event's name, and who sent it. The `Debug` of an [`Event`](crate::Event) shows its payload.
//!
//! A name from an unsigned body may hold a line break, so log it with `{:?}`:
//!
//! ```
//! use moneyhub_webhooks::{Receiver, Webhook};
//!
//! fn log(receiver: &Receiver, body: &[u8]) {
//!     match receiver.parse(body) {
//!         Ok(webhook) => println!("accepted {webhook:?}"),
//!         Err(error) => println!("refused: {error}"),
//!     }
//! }
//! # log(&Receiver::unsigned_json(), b"{}");
//! ```
