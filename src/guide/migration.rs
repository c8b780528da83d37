//! How do I replace a handler that I wrote by hand?
//!
//! Most handlers read the request as JSON, decode the token with a JWT library, and match on a string:
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
//! With this crate the handler takes the raw bytes and matches on a type:
//!
//! ```
//! use moneyhub_webhooks::{Event, Receiver};
//!
//! async fn webhook(receiver: &Receiver, body: &[u8]) -> u16 {
//!     let webhook = match receiver.receive(body).await {
//!         Ok(webhook) => webhook,
//!         Err(error) => return error.http_status(), // store the body if the error `is_transient()`
//!     };
//!     match webhook.event() {
//!         Event::NewTransactions(new) => println!("{} accounts", new.accounts.len()),
//!         other => println!("nothing to do for {:?}", other.name()),
//!     }
//!     202
//! }
//! ```
//!
//! | before | with this crate |
//! |---|---|
//! | the framework's JSON extractor | the framework's raw bytes: verify what was sent; a token is not JSON |
//! | a JWT library with its default checks | [`Receiver::signed`]. Moneyhub's tokens have no `exp`, which such libraries require: age is measured by `iat`. Unless configured otherwise, such libraries accept a missing `iss` or `aud`, and `crit` |
//! | the format chosen by content type, or by the body | [`Receiver`]: the receiver chooses, or an attacker sends plain JSON |
//! | the key set, fetched at start-up | `RemoteKeys` (feature `remote-keys`) or [`KeyCache`]: keys rotate |
//! | an unknown event is an error | [`Event::Unknown`]: acknowledge it; Moneyhub adds events without notice |
//! | a payload that does not decode is an error | [`Event::Malformed`]: acknowledge it and store its payload; it is not sent again |
//! | `match event_type.as_str()` | `match webhook.event()`, or [`Event::name`] for a string |
//! | your own structs | the payload types, or yours with [`Webhook::decode`] |
//! | ids as `String` | [`TransactionId`] and the others: each is a string: `id.as_str()`, `id == "…"` |
//! | amounts as `f64` | [`Amount`] in major units and [`MinorUnits`]: the compiler keeps them apart |
//! | stored envelopes, read with serde | [`Event`] deserializes from their `{"eventType", "payload"}`; store new webhooks as [`StoredWebhook`] |
//! | verification turned off in tests | `testing::TestIssuer` (feature `testing`): tests sign, and the handler verifies |
//!
//! # Can I migrate step by step?
//!
//! 1. Put the crate in front of the handler and leave the rest unchanged. Call `RemoteKeys::keep_fresh` at start-up.
//!    [Receive](crate::Receiver::receive) the raw body, and pass on `serde_json::to_vec(&webhook)`: the documented JSON
//!    envelope, for tokens too, with the payload exactly as it was sent. If an error
//!    [is transient](crate::Error::is_transient), [store the body](super::keys#what-do-i-do-on-keysunavailable) and
//!    answer 202. Answer others with their [`http_status`](crate::Error::http_status).
//! 2. Switch to signed tokens: see [`formats`](super::formats).
//! 3. Replace one `match` after the other.
//!
//! [`Receiver`]: crate::Receiver
//! [`Receiver::signed`]: crate::Receiver::signed
//! [`KeyCache`]: crate::KeyCache
//! [`Event`]: crate::Event
//! [`Event::Unknown`]: crate::Event::Unknown
//! [`Event::Malformed`]: crate::Event::Malformed
//! [`Event::name`]: crate::Event::name
//! [`Webhook::decode`]: crate::Webhook::decode
//! [`StoredWebhook`]: crate::StoredWebhook
//! [`TransactionId`]: crate::id::TransactionId
//! [`Amount`]: crate::money::Amount
//! [`MinorUnits`]: crate::money::MinorUnits
