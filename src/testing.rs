//! The feature `testing`: a pretend Moneyhub for the tests of your own handlers.
//!
//! **For tests alone.** The private key of [`TestIssuer`] is in every copy of this crate: a receiver that trusts
//! its key set lets everybody in. Enable the feature under `[dev-dependencies]`, where no release build sees it.
//!
//! ```toml
//! [dev-dependencies]
//! moneyhub-webhooks = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```
//! use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
//! use moneyhub_webhooks::{Event, Receiver};
//!
//! /// The handler under test: the status that it answers with.
//! fn handle(receiver: &Receiver, body: &[u8]) -> u16 {
//!     match receiver.parse(body) {
//!         Ok(webhook) if matches!(webhook.event(), Event::PaymentError(_)) => 202,
//!         Ok(_) => 204,
//!         Err(error) => error.http_status(),
//!     }
//! }
//!
//! let moneyhub = TestIssuer::new();
//! let receiver = moneyhub.receiver();
//!
//! let body = moneyhub.sign(&samples::payment_error());
//! assert_eq!(handle(&receiver, body.as_bytes()), 202);
//!
//! for fault in Fault::ALL {
//!     let body = moneyhub.delivery(&samples::payment_error()).faulty(*fault);
//!     assert_eq!(handle(&receiver, &body), fault.error_kind().http_status(), "{fault}");
//! }
//! ```
//!
//! | | |
//! |---|---|
//! | [`TestIssuer`] | its keys, its [`receiver`](TestIssuer::receiver), and bodies as it would send them |
//! | [`Delivery`] | one of these, to be adjusted first: time, ids, issuer, audience, any claim, any header |
//! | [`Fault`] | bodies that have to be refused, by name |
//! | [`samples`] | a realistic event of each type, an unknown and a malformed one |

#![allow(
    clippy::expect_used,
    reason = "in a test a panic is the right answer, and none of these is reachable"
)]

mod delivery;
mod fault;
mod key;
pub mod samples;

pub use delivery::Delivery;
pub use fault::{Fault, ParseFaultError};

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::event::Event;
use crate::keys::{ALGORITHM, KeySet};
use crate::webhook::Receiver;

/// A pretend Moneyhub, with a key set, an issuer and a client of its own, that signs whatever it is told to.
///
/// **For tests alone**: its private key is public. That can be told from each of its names:
///
/// | | |
/// |---|---|
/// | [`issuer`](Self::issuer) | `https://test-issuer.invalid` |
/// | [`client_id`](Self::client_id) | `test-client` |
/// | [`key_id`](Self::key_id) | `test-key-known-to-everyone` |
///
/// No key is generated, and nothing fetched. Clones share the counter from which deliveries have their ids.
#[derive(Debug, Clone)]
pub struct TestIssuer {
    issuer: String,
    client_id: String,
    key_id: String,
    /// `None`: the clock of the system.
    time: Option<DateTime<Utc>>,
    deliveries: Arc<AtomicU64>,
}

impl TestIssuer {
    /// Issues tokens as of now, for handlers that call [`Receiver::parse`].
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it reads the clock")]
    pub fn new() -> Self {
        Self::with_time(None)
    }

    /// Issues tokens as of this time, for handlers that call [`Receiver::parse_at`].
    #[must_use]
    pub fn at(time: DateTime<Utc>) -> Self {
        Self::with_time(Some(time))
    }

    fn with_time(time: Option<DateTime<Utc>>) -> Self {
        Self {
            issuer: "https://test-issuer.invalid".to_owned(),
            client_id: "test-client".to_owned(),
            key_id: "test-key-known-to-everyone".to_owned(),
            time,
            deliveries: Arc::default(),
        }
    }

    /// Has another issuer, say Moneyhub's own where the receiver under test has the default ones.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Sends to another client.
    #[must_use]
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = client_id.into();
        self
    }

    /// Has the same key under another id: to a receiver a different key, as after a rotation.
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = key_id.into();
        self
    }

    /// The claim `iss` of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The claim `aud` of its tokens.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The `kid` of its tokens, and of the key in its key set.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Its key set as it would publish it: a JWKS (RFC 7517), the JSON text of one RSA key of 2048 bits.
    #[must_use]
    pub fn jwks(&self) -> String {
        let key = json!({
            "kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": self.key_id, "n": key::modulus(), "e": key::EXPONENT,
        });
        json!({ "keys": [key] }).to_string()
    }

    /// Its key set, ready to verify.
    #[must_use]
    pub fn key_set(&self) -> KeySet {
        KeySet::from_jwks(self.jwks().as_bytes()).expect("a key set")
    }

    /// A receiver of its tokens, with the default limits: of its key set, its client and its issuer.
    #[must_use]
    pub fn receiver(&self) -> Receiver {
        Receiver::signed(self.key_set(), self.client_id()).issuers([self.issuer()])
    }

    /// The body in which it would send an event: a signed token, with an id that none before had.
    #[must_use]
    pub fn sign(&self, event: &Event) -> String {
        self.delivery(event).token()
    }

    /// The body in which it would send an event as plain JSON, with an id that none before had.
    #[must_use]
    pub fn json(&self, event: &Event) -> String {
        self.delivery(event).json()
    }

    /// An event on its way, to be adjusted before it is signed.
    #[must_use]
    pub fn delivery(&self, event: &Event) -> Delivery {
        let number = self.deliveries.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let id = format!("00000000-0000-4000-8000-{number:012x}");
        Delivery::new(self, event, id, self.time.unwrap_or_else(Utc::now))
    }
}
