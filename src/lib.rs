//! Receives Moneyhub webhooks: verifies the raw body of a request and parses it into a typed event.
//!
//! ```console
//! $ cargo add moneyhub-webhooks --features remote-keys
//! ```
//!
//! A handler, here with axum (`cargo add axum`). It works the same with any web framework, or with none:
//!
//! ```
//! use axum::{body::Bytes, extract::State, http::StatusCode};
//! use moneyhub_webhooks::{Event, Receiver};
//!
//! async fn handle(State(receiver): State<Receiver>, body: Bytes) -> StatusCode {
//!     let webhook = match receiver.receive(&body).await {
//!         Ok(webhook) => webhook,
//!         Err(error) => return StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
//!     };
//!     match webhook.event() {
//!         Event::PaymentError(payment) => println!("{} was rejected", payment.payment_id),
//!         other => println!("nothing to do for {:?}", other.name()),
//!     }
//!     StatusCode::ACCEPTED
//! }
//! ```
//!
//! It stores nothing: a crash, or a moment without keys, loses the webhook. In production, store each one before the
//! answer, as the crate [`moneyhub-webhooks-inbox`](https://docs.rs/moneyhub-webhooks-inbox) does, in SQLite or PostgreSQL.
//!
//! The receiver is made once, at start-up, with Moneyhub's keys and your client id:
//!
#![cfg_attr(feature = "remote-keys", doc = "```no_run")]
#![cfg_attr(not(feature = "remote-keys"), doc = "```ignore")]
//! use moneyhub_webhooks::{Receiver, RemoteKeys};
//!
//! # fn start() -> Result<(), Box<dyn std::error::Error>> {
//! let keys = RemoteKeys::moneyhub().build()?;
//! keys.keep_fresh()?; // fetches in the background
//! let receiver = Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d");
//! # Ok(())
//! # }
//! ```
//!
//! The [`guide`] answers what comes next: which status to answer with, how to keep a webhook from being lost or handled
//! twice, how the keys stay up to date, why a webhook was rejected.
//!
//! # Design
//!
//! **`Ok` means acknowledge it. `Err` means do not act on it.** Moneyhub sends each webhook once, so rejecting a good
//! one loses it, and it adds event types and fields without notice. An event that this version does not know is
//! [`Event::Unknown`]. A known event whose payload no longer matches its type is [`Event::Malformed`]. Both are `Ok`.
//! If an error [is transient](Error::is_transient), the key can't be had at the moment: store the body with its time of
//! receipt, and call [`Receiver::receive_at`] later. If it [is signed](Error::is_signed), keep the body: your settings
//! may be wrong.
//!
//! **The receiver decides, not the body.** Which format is accepted was fixed when the [`Receiver`] was built. Nothing
//! fails open: an empty client id or an empty set of issuers matches nothing.
//!
//! **Trust is a type with a private constructor.** Only a receiver makes a [`Webhook`], and its [`Authenticity`] says
//! how sure the receiver is of the sender.
//!
//! **Time, keys and limits are arguments.** There is no global state. Only the feature `remote-keys` does I/O. Only
//! [`Receiver::parse`] and [`Receiver::receive`] read the clock to verify a body.
//!
//! **What was sent is kept.** [`Webhook::payload`] is the sender's exact text, for every event, and a type is a view of
//! it: [`Webhook::decode`] reads what the type does not have.
//!
//! # Which API do I need?
//!
//! | you have | use |
//! |---|---|
//! | a service that must lose nothing | the crate [`moneyhub-webhooks-inbox`](https://docs.rs/moneyhub-webhooks-inbox) |
//! | a service on tokio | [`RemoteKeys`] and [`Receiver::receive`] |
//! | another HTTP client, or blocking threads | [`KeyCache`] and [`Receiver::parse`] |
//! | a tool, or a static key set | [`KeySet`] and [`Receiver::parse`] |
//! | a worker that takes bodies from a queue | [`Receiver::receive_at`], with the time of receipt |
//! | accepted webhooks to store | [`StoredWebhook`] |
//! | plain JSON | [`Receiver::unsigned_json`] |
//! | several API clients on one address | [`Receiver::and_client_id`] |
//! | webhooks to handle only once | [`Webhook::replay_key`], and [`MemoryReplayGuard`] or a table of yours |
//! | the ids of transactions | [`Event::transactions`] |
//! | a field or an event that this version does not know | [`Webhook::decode`] |
//! | the status to answer with | [`Error::http_status`] |
//! | tests of a handler | [`testing`] |
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `aws-lc` (default) | verifies signatures with AWS-LC; needs a C compiler; wins if both are enabled |
//! | `rust-crypto` | verifies signatures in pure Rust; see [`guide::backends`] |
//! | `remote-keys` | [`RemoteKeys`]: fetches keys, and again when they rotate; on tokio |
//! | `tracing` | logs each delivery; see [`guide::logs`] |
//! | `metrics` | counts and times deliveries; see [`guide::metrics`] |
//! | `rust_decimal` | converts [`money::Amount`] from and into `rust_decimal::Decimal` |
//! | `testing` | a test issuer for your own tests: [`testing`] |
//!
//! One of the first two is required. Both behave the same.
//!
#![cfg_attr(not(feature = "remote-keys"), doc = "[`RemoteKeys`]: #features")]
#![cfg_attr(not(feature = "testing"), doc = "[`testing`]: #features")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
compile_error!(
    "moneyhub-webhooks verifies signatures with a backend: enable its feature `aws-lc` (the default) or `rust-crypto`"
);

mod receiver;
pub use receiver::Receiver;

mod webhook;
pub use webhook::{StoredWebhook, Webhook};

mod authenticity;
pub use authenticity::Authenticity;

pub mod event;
#[doc(inline)]
pub use event::{Event, EventType, MalformedEvent, UnknownEvent};

mod error;
pub use error::{Error, ErrorKind};

pub mod keys;
#[cfg(feature = "remote-keys")]
#[doc(inline)]
pub use keys::RemoteKeys;
#[doc(inline)]
pub use keys::{KeyCache, KeySet};

mod replay;
pub use replay::{MemoryReplayGuard, ParseReplayKeyError, ReplayKey};

pub mod id;
pub mod money;

mod body;
mod envelope;
mod json;
mod observe;
mod token;
mod tools;

#[cfg(feature = "metrics")]
pub use observe::metrics;

#[cfg(feature = "testing")]
pub mod testing;

#[cfg(any(doc, doctest))]
pub mod guide;
