//! From a handler written by hand to this crate.
//!
//! Most handlers take the request as JSON, decode the token with a JWT library, and match on a string:
//!
//! ```text
//! async fn webhook(Json(body): Json<Value>) -> StatusCode {
//!     match body["eventType"].as_str() {
//!         Some("newTransactions") => { … StatusCode::OK }
//!         _ => StatusCode::BAD_REQUEST,
//!     }
//! }
//! ```
//!
//! Here it takes the raw bytes and matches on a type:
//!
//! ```
//! use moneyhub_webhooks::{Event, Receiver};
//!
//! fn webhook(receiver: &Receiver, body: &[u8]) -> u16 {
//!     let webhook = match receiver.parse(body) {
//!         Ok(webhook) => webhook,
//!         Err(error) => return error.http_status(),
//!     };
//!     match webhook.event() {
//!         Event::NewTransactions(new) => println!("{} accounts", new.accounts.len()),
//!         other => println!("nothing to do for {:?}", other.name()),
//!     }
//!     202
//! }
//! # assert_eq!(webhook(&Receiver::unsigned_json(), br#"{"id":"1","eventType":"x","payload":{}}"#), 202);
//! ```
//!
//! | there | here |
//! |---|---|
//! | the framework's JSON extractor | its raw bytes: what is verified has to be what was sent, and a token is no JSON |
//! | a token library with its usual checks | [`Receiver::signed`]. Moneyhub's tokens have no `exp`, which such libraries ask for: age is told by `iat`. They take a missing `iss` or `aud`, and `crit`, as good, unless told otherwise |
//! | the format told by the content type, or by the body | [`Receiver`]: the receiver's choice, or an attacker sends plain JSON |
//! | the key set, fetched at start-up | `RemoteKeys` (feature `remote-keys`) or [`KeyCache`]: keys change |
//! | an unknown event is an error | [`Event::Unknown`]: acknowledge it, Moneyhub adds events without notice |
//! | a body that does not decode is an error | [`Event::Malformed`]: acknowledge it and keep its payload, it is not sent again |
//! | `match event_type.as_str()` | `match webhook.event()`; or, by string, [`Event::name`] |
//! | structs of your own | the payload types; or yours, by [`Event::decode`] |
//! | ids as `String` | [`TransactionId`] and the others: `id.text()` is the text, `id == "…"` compares |
//! | amounts as `f64` | [`Amount`] in major units and [`MinorUnits`], which can't be mixed up |
//! | stored envelopes read by serde | [`Event`] reads `{"eventType", "payload"}` out of them |
//! | verification switched off in tests | `testing::TestIssuer` (feature `testing`): tests sign, and the handler verifies |
//!
//! **Step by step.** Put the crate in the way of the handler and leave the rest as it is: parse the raw body, answer
//! [`http_status`](crate::Error::http_status) to an error, and hand on `serde_json::to_vec(&webhook)`, which is the
//! documented JSON envelope, whichever way the webhook came. Then switch to signed tokens in Moneyhub's admin portal,
//! with [`and_unsigned_json`](crate::Receiver::and_unsigned_json) until the last plain one has come. Then replace one
//! `match` after the other.
//!
//! [`Receiver`]: crate::Receiver
//! [`Receiver::signed`]: crate::Receiver::signed
//! [`KeyCache`]: crate::KeyCache
//! [`Event`]: crate::Event
//! [`Event::Unknown`]: crate::Event::Unknown
//! [`Event::Malformed`]: crate::Event::Malformed
//! [`Event::name`]: crate::Event::name
//! [`Event::decode`]: crate::Event::decode
//! [`TransactionId`]: crate::TransactionId
//! [`Amount`]: crate::Amount
//! [`MinorUnits`]: crate::MinorUnits
