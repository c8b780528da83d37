//! A test issuer that stands in for Moneyhub in the tests of your own handlers (feature `testing`).
//!
//! **Use it in tests only.** The private key of [`TestIssuer`] is in every copy of this crate: a receiver that trusts
//! its key set accepts tokens from anyone. Enable the feature under `[dev-dependencies]`, which release builds ignore.
//!
//! ```toml
//! [dev-dependencies]
//! moneyhub-webhooks = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```
//! use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
//! use moneyhub_webhooks::{Event, EventType, Receiver};
//!
//! /// The handler under test. Returns the status of its response.
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
//! let body = moneyhub.sign(&samples::of(EventType::PaymentError));
//! assert_eq!(handle(&receiver, body.as_bytes()), 202);
//!
//! for fault in Fault::ALL {
//!     let body = moneyhub.delivery(&samples::of(EventType::PaymentError)).faulty(*fault);
//!     assert_eq!(handle(&receiver, &body), fault.error_kind().http_status(), "{fault}");
//! }
//! ```
//!
//! | | |
//! |---|---|
//! | [`TestIssuer`] | the issuer: its keys, a [`receiver`](TestIssuer::receiver) of its tokens, and the bodies that it sends |
//! | [`Delivery`] | a body to adjust before it is sent: time, ids, issuer, audience, any claim, any header |
//! | [`Fault`] | named faults, for bodies that a receiver has to reject |
//! | [`samples`] | a realistic event of each type, an unknown event and a malformed one |
//!
//! # How do I run the whole service against it?
//!
//! Let the service fetch the keys of the test issuer instead of Moneyhub's, and accept its tokens. The command line
//! serves those keys, and sends what they sign:
//!
//! ```console
//! $ moneyhub-webhooks listen &
//! $ moneyhub-webhooks send --all http://127.0.0.1:8080/webhooks
//! ```
//!
#![cfg_attr(feature = "remote-keys", doc = "```")]
#![cfg_attr(not(feature = "remote-keys"), doc = "```ignore")]
//! # fn main() -> Result<(), moneyhub_webhooks::keys::KeysError> {
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # let _guard = runtime.enter();
//! use moneyhub_webhooks::{Receiver, RemoteKeys};
//!
//! // Read these from the settings of the service, and never in production.
//! let (url, issuer) = ("http://127.0.0.1:9101/jwks.json", "https://test-issuer.invalid");
//! let keys = RemoteKeys::from_url(url, [issuer]).build()?;
//! let receiver = Receiver::signed(keys, "test-client").issuers([issuer]);
//! # Ok(())
//! # }
//! ```

#![allow(
    clippy::expect_used,
    reason = "a panic is acceptable in a test, and none of these is reachable"
)]

mod delivery;
mod fault;
mod key;
pub mod samples;

pub use delivery::Delivery;
pub use fault::{Fault, ParseFaultError};

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::event::Event;
use crate::keys::{ALGORITHM, KeySet};
use crate::receiver::Receiver;
use crate::webhook::Webhook;

/// A stand-in for Moneyhub that signs any event, with an issuer, a client and a key set of its own.
///
/// **Use it in tests only**: its private key is public. Each of its names says so:
///
/// | | |
/// |---|---|
/// | [`issuer`](Self::issuer) | `https://test-issuer.invalid` |
/// | [`client_id`](Self::client_id) | `test-client` |
/// | [`key_id`](Self::key_id) | `test-key-known-to-everyone` |
///
/// It generates no key and fetches nothing. Clones share the counter that gives each delivery its id.
#[derive(Debug, Clone)]
pub struct TestIssuer {
    issuer: String,
    client_id: String,
    key_id: String,
    /// `None` stands for the system clock.
    time: Option<DateTime<Utc>>,
    /// The first half of each delivery's id.
    run: u64,
    deliveries: Arc<AtomicU64>,
}

impl TestIssuer {
    /// Creates an issuer whose tokens are issued now, for handlers that call [`Receiver::parse`].
    #[cfg(not(all(target_arch = "wasm32", target_os = "unknown")))]
    #[must_use]
    #[expect(clippy::new_without_default, reason = "it reads the clock")]
    pub fn new() -> Self {
        Self::with_time(None)
    }

    /// Creates an issuer whose tokens are issued at `time`, for handlers that call [`Receiver::parse_at`].
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
            run: RandomState::new().hash_one("run"),
            deliveries: Arc::default(),
        }
    }

    /// Makes the ids of the deliveries the same in every run. Without it they are random, so that two runs of a test
    /// against one database don't take each other's webhooks for duplicates.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.run = seed;
        self
    }

    /// Sets the issuer, for example to Moneyhub's own if the receiver under test has the default issuers.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = issuer.into();
        self
    }

    /// Sets the client id that the tokens are for.
    #[must_use]
    pub fn with_client_id(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = client_id.into();
        self
    }

    /// Sets the id of the key. To a receiver, the same key under another id is a different key, as after a rotation.
    #[must_use]
    pub fn with_key_id(mut self, key_id: impl Into<String>) -> Self {
        self.key_id = key_id.into();
        self
    }

    /// Returns the `iss` claim of its tokens.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the `aud` claim of its tokens.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns the `kid` of its tokens and of the key in its key set.
    #[must_use]
    pub fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Returns its key set as an issuer publishes it: a JWKS (RFC 7517) in JSON, with one RSA key of 2048 bits.
    #[must_use]
    pub fn jwks(&self) -> String {
        let key = json!({
            "kty": "RSA", "use": "sig", "alg": ALGORITHM, "kid": self.key_id, "n": key::modulus(), "e": key::EXPONENT,
        });
        json!({ "keys": [key] }).to_string()
    }

    /// Returns its key set, ready to verify signatures.
    #[must_use]
    pub fn key_set(&self) -> KeySet {
        KeySet::from_jwks(self.jwks().as_bytes()).expect("a key set")
    }

    /// Returns a receiver that accepts its tokens: with its key set, its client id, its issuer and the default limits.
    #[must_use]
    pub fn receiver(&self) -> Receiver {
        Receiver::signed(self.key_set(), self.client_id()).issuers([self.issuer()])
    }

    /// Returns the body of an event as a signed token, with a new id.
    #[must_use]
    pub fn sign(&self, event: &Event) -> String {
        self.delivery(event).token()
    }

    /// Returns the webhook that a receiver makes of an event: signed, with a new id. For a function that takes a
    /// [`Webhook`] and sees no body.
    ///
    /// # Examples
    ///
    /// ```
    /// use moneyhub_webhooks::testing::{TestIssuer, samples};
    /// use moneyhub_webhooks::{EventType, Webhook};
    ///
    /// /// The function under test.
    /// fn is_urgent(webhook: &Webhook) -> bool {
    ///     webhook.event().event_type() == Some(EventType::PaymentError)
    /// }
    ///
    /// let webhook = TestIssuer::new().webhook(&samples::of(EventType::PaymentError));
    /// assert!(is_urgent(&webhook));
    /// ```
    #[must_use]
    pub fn webhook(&self, event: &Event) -> Webhook {
        let time = self.now();
        let body = Delivery::new(self, event, self.next_id(), time).token();
        self.receiver()
            .parse_at(body.as_bytes(), time)
            .expect("a receiver of the issuer accepts its tokens")
    }

    /// Returns the body of an event as plain JSON, with a new id.
    #[must_use]
    pub fn json(&self, event: &Event) -> String {
        self.delivery(event).json()
    }

    /// Returns a delivery of an event, with a new id, to adjust before it is sent.
    #[must_use]
    pub fn delivery(&self, event: &Event) -> Delivery {
        Delivery::new(self, event, self.next_id(), self.now())
    }

    fn now(&self) -> DateTime<Utc> {
        self.time.unwrap_or_else(Utc::now)
    }

    /// Returns an id in the form of a random UUID (RFC 9562, section 5.4).
    fn next_id(&self) -> String {
        let number = self
            .deliveries
            .fetch_add(1, Ordering::Relaxed)
            .saturating_add(1);
        let run = self.run;
        let (first, second, third) = (run >> 32, run >> 16 & 0xffff, run & 0xfff);
        format!("{first:08x}-{second:04x}-4{third:03x}-8000-{number:012x}")
    }
}
