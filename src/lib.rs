//! Receives Moneyhub webhooks: verifies the raw body of a request and parses it into a typed event.
//!
//! ```
//! use moneyhub_webhooks::{Event, KeySet, Receiver};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let jwks = include_bytes!("../fixtures/keys/jwks.json");
//! # let body = include_bytes!("../fixtures/tokens/balanceThreshold.jwt");
//! let keys = KeySet::from_jwks(jwks)?;
//! // Your client id:
//! let receiver = Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d");
//! # let receiver = receiver.max_age(None);
//!
//! // The raw body of the request:
//! let webhook = receiver.parse(body)?;
//! match webhook.event() {
//!     Event::BalanceThreshold(crossed) => println!("{}", crossed.account_uid),
//!     Event::Malformed(bad) => println!("{} at {}", bad.reason(), bad.path()),
//!     other => println!("nothing to do for {:?}", other.name()),
//! }
//! # assert_eq!(webhook.event().name(), "balanceThreshold");
//! # Ok(())
//! # }
//! ```
//!
//! This key set is static, as in a test. A service fetches its keys: see [`guide::keys`].
//!
//! # Guide
//!
//! | page | question |
//! |---|---|
//! | [`guide::answers`] | Which status do I answer with, and when? |
//! | [`guide::formats`] | Signed tokens or plain JSON? |
//! | [`guide::events`] | Which events are there, and how certain is their form? |
//! | [`guide::keys`] | How do my keys stay up to date? |
//! | [`guide::duplicates`] | How do I handle a webhook only once? |
//! | [`guide::limits`] | Which body limits do I need to raise? |
//! | [`guide::troubleshooting`] | Why was a webhook rejected, and what do I do? |
//! | [`guide::migration`] | How do I replace a handler that I wrote by hand? |
//! | [`guide::backends`] | Which of `aws-lc` and `rust-crypto` do I choose? |
//! | [`guide::logs`] | What does the feature `tracing` log? |
//! | [`guide::metrics`] | What does the feature `metrics` count? |
//! | [`guide::security`] | What is proven, what is not, and what is left to me? |
//! | [`guide::changelog`] | What has changed? |
//!
//! # Design
//!
//! **`Ok` means acknowledge it. `Err` means do not act on it.** Moneyhub sends each webhook once, so rejecting a good one
//! loses it, and it adds event types and fields without notice. An event that this version does not know is
//! [`Event::Unknown`]. A known event whose payload has changed its form is [`Event::Malformed`]. Both are `Ok` and hold
//! the sender's exact text. Only [`Authenticity::Signed`] means that Moneyhub sent it. One kind of `Err`,
//! [`ErrorKind::KeysUnavailable`], is your side's fault: store the body and parse it later.
//!
//! **The receiver decides, not the body.** [`Receiver::parse`] detects the format, but which format is accepted was
//! fixed when the [`Receiver`] was built. Nothing fails open: an empty client id or an empty set of issuers matches
//! nothing.
//!
//! **Trust is a type with a private constructor.** Only a receiver makes a [`Webhook`], and the webhook says how sure the
//! receiver is of its sender.
//!
//! **Time, keys and limits are arguments.** There is no global state. Only the features `remote-keys` and `redis` do
//! I/O. Only [`Receiver::parse`] and [`Receiver::receive`] read the clock to verify a body.
//!
//! # Scope
//!
//! The crate parses, verifies and models webhooks. It has no HTTP server, no web framework, and no client of Moneyhub's
//! API.
//!
//! # Which API do I need?
//!
//! | you have | use |
//! |---|---|
//! | a service on tokio | [`RemoteKeys`] (feature `remote-keys`) and [`Receiver::receive`]: keys are fetched for you |
//! | another HTTP client, or blocking threads | [`KeyCache`], which says when to fetch, and [`Receiver::parse`] |
//! | a tool, or a static key set | [`KeySet`] and [`Receiver::parse`] |
//! | a worker that takes bodies from a queue | [`Receiver::parse_at`], with the time of receipt |
//! | plain JSON | [`Receiver::unsigned_json`]; ask the API whether it is true |
//! | a switch from plain JSON to tokens | [`Receiver::and_unsigned_json`] and [`Webhook::authenticity`] |
//! | webhooks to handle only once | [`Webhook::replay_key`], and a [`ReplayGuard`] or a table of yours |
//! | stored events | [`Event`], with serde, as `{"eventType", "payload"}` |
//! | the ids of transactions, 50 for each request to the API | [`Event::transactions`], [`Transactions::batches`] |
//! | an event that this version does not know | [`Event::decode`], into a type of yours |
//! | readers in other languages, or a gateway that validates | [`schema`] (feature `schema`) |
//! | tests of a handler | [`testing`] (feature `testing`) |
//! | dashboards and alerts | [`metrics`] (feature `metrics`), and [`guide::metrics`] |
//! | the status to answer with | [`Error::http_status`] |
//! | an error | [`Error::kind`] |
//!
//! # Serde
//!
//! [`Event`] and the payload types serialise and deserialise, and [`Webhook`] serialises, as **JSON text**, with
//! serde_json. Raw payloads and exact numbers are stored as their text. Other formats can't hold that text, and neither
//! can the values that serde buffers for `flatten` and for internally tagged and untagged enums. A `serde_json::Value`
//! converts numbers to `f64`. Objects are never deserialised from arrays by position.
//!
//! # Features
//!
//! | feature | | page |
//! |---|---|---|
//! | `aws-lc` (default) | verifies signatures with AWS-LC; needs a C compiler; wins if both are enabled | [`guide::backends`] |
//! | `rust-crypto` | verifies signatures in pure Rust | [`guide::backends`] |
//! | `remote-keys` | fetches keys from their issuer, and again when they rotate; on tokio | [`RemoteKeys`] |
//! | `redis` | deduplicates across all machines that share a Redis; on tokio | [`RedisReplayGuard`] |
//! | `schema` | the JSON Schema of webhooks and payloads | [`schema`] |
//! | `tracing` | for logs with `tracing`; there are none at present | [`guide::logs`] |
//! | `metrics` | counts and times deliveries and duplicates, through the facade `metrics` | [`guide::metrics`] |
//! | `testing` | a test issuer for your own tests | [`testing`] |
//!
//! One of the first two is required. Both behave the same.
//!
#![cfg_attr(feature = "metrics", doc = "[`metrics`]: crate::metrics")]
#![cfg_attr(not(feature = "metrics"), doc = "[`metrics`]: #features")]
#![cfg_attr(feature = "remote-keys", doc = "[`RemoteKeys`]: crate::RemoteKeys")]
#![cfg_attr(not(feature = "remote-keys"), doc = "[`RemoteKeys`]: #features")]
#![cfg_attr(feature = "redis", doc = "[`RedisReplayGuard`]: crate::RedisReplayGuard")]
#![cfg_attr(not(feature = "redis"), doc = "[`RedisReplayGuard`]: #features")]
#![cfg_attr(feature = "schema", doc = "[`schema`]: crate::schema")]
#![cfg_attr(not(feature = "schema"), doc = "[`schema`]: #features")]
#![cfg_attr(feature = "testing", doc = "[`testing`]: crate::testing")]
#![cfg_attr(not(feature = "testing"), doc = "[`testing`]: #features")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
compile_error!(
    "moneyhub-webhooks verifies signatures with a backend: enable its feature `aws-lc` (the default) or `rust-crypto`"
);

mod webhook;
pub use webhook::{Authenticity, Receiver, Webhook};

mod keys;
pub use keys::{
    IgnoredKey, KeyCache, KeyFetch, KeySet, KeyStatus, Keys, KeysError, MONEYHUB_ISSUERS,
    MONEYHUB_KEY_SET_URL,
};
#[cfg(feature = "remote-keys")]
pub use keys::{RemoteKeys, RemoteKeysBuilder};

mod replay;
pub use replay::{Admission, MemoryReplayGuard, ParseReplayKeyError, ReplayGuard, ReplayKey};
#[cfg(feature = "redis")]
pub use replay::{RedisReplayError, RedisReplayGuard};

mod body;
mod claims;
mod envelope;

mod event;
pub use event::{
    AccountTransactions, AddFirstConnection, Balance, BalanceThreshold, DecodeError, DeletedAccount, Event,
    EventFamily, EventType, MalformedEvent, ParseEventTypeError, Payment, PaymentStatus,
    PostConnectionEnrichment, ProcessingStatus, ReauthReminder, RefreshReminder, RegularTransactions,
    ReportFailure, ReportStatus, ReportSuccess, SyncCompleted, Threshold, ThresholdType, TransactionBatch,
    Transactions, UnknownEvent,
};

mod ids;
pub use ids::{
    AccountId, ConnectionId, IdText, PaymentId, PaymentSubmissionId, ReportId, SeriesId, SyncId,
    TransactionId, UserId, WebhookId,
};

mod money;
pub use money::{Amount, Currency, MinorUnits, ParseAmountError};

mod error;
pub use error::{Error, ErrorKind};

#[cfg(feature = "metrics")]
pub mod metrics;

#[cfg(feature = "schema")]
pub mod schema;

#[cfg(feature = "testing")]
pub mod testing;

mod observe;
mod tools;

#[cfg(any(doc, doctest))]
pub mod guide;

#[cfg(all(doctest, feature = "remote-keys", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
