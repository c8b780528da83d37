//! Moneyhub webhooks for Rust services: the raw body of a request in, one typed event out, of a verified sender
//! where it came signed.
//!
//! ```
//! use moneyhub_webhooks::{Event, KeySet, Receiver};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let jwks = include_bytes!("../fixtures/keys/jwks.json");
//! # let body = include_bytes!("../fixtures/tokens/balanceThreshold.jwt");
//! let keys = KeySet::from_jwks(jwks)?;
//! let receiver = Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d");
//! # let receiver = receiver.max_age(None);
//!
//! let webhook = receiver.parse(body)?;
//! match webhook.event() {
//!     Event::BalanceThreshold(crossed) => println!("{}", crossed.balance_at_time_generation.amount),
//!     Event::Malformed(bad) => println!("{} has changed: {:?}", bad.event_type(), bad.path()),
//!     other => println!("{:?}", other.name()),
//! }
//! # assert_eq!(webhook.event().name(), "balanceThreshold");
//! # Ok(())
//! # }
//! ```
//!
//! # Design
//!
//! **`Ok` means acceptable, acknowledge it; `Err` means do not act on it.** Moneyhub sends each webhook once, so
//! a wrong refusal loses it for good, and adds event types and fields without notice. An event nobody has heard
//! of is [`Event::Unknown`], a known one whose payload has changed shape is [`Event::Malformed`]; both are `Ok`
//! and hold the sender's exact text. Only [`Authenticity::Signed`] means that Moneyhub sent it. One kind of
//! `Err`, [`ErrorKind::KeysUnavailable`], is our own fault: keep the body and judge it later.
//!
//! **The receiver's policy decides, the bytes only label.** [`Receiver::parse`] tells the two formats apart, but
//! which of them is accepted was said when the [`Receiver`] was built. Nothing fails open: an empty client id or
//! an empty set of issuers matches nothing.
//!
//! **Trust is a type with a private constructor.** A [`Webhook`] exists because a receiver made it, and says how
//! sure it is of its sender.
//!
//! **Time, keys and limits are arguments.** Nothing is global, nothing but the features `remote-keys` and `redis`
//! does I/O, and [`Receiver::parse`] and [`Receiver::parse_live`] alone read the clock to judge a body by.
//!
//! # Scope
//!
//! Reading, verifying and modelling webhooks. No HTTP server, no web framework, no client of Moneyhub's API.
//!
//! # Which API do I need
//!
//! | you have | take |
//! |---|---|
//! | a service on tokio | [`RemoteKeys`] (feature `remote-keys`) and [`Receiver::parse_live`]: keys fetch themselves |
//! | another HTTP client, or threads that block | [`KeyCache`], which says when to fetch, and [`Receiver::parse`] |
//! | a tool, or a key set that you hold | [`KeySet`] and [`Receiver::parse`] |
//! | a worker that takes bodies from a queue | [`Receiver::parse_at`], with the time of receipt |
//! | plain JSON | [`Receiver::unsigned_json`], and the API to ask whether it is true |
//! | a change from plain JSON to tokens | [`Receiver::and_unsigned_json`], and [`Webhook::authenticity`] |
//! | webhooks that must not be handled twice | [`Webhook::replay_key`], and a [`ReplayGuard`] or a table of yours |
//! | stored events | [`Event`], by serde, as `{"eventType", "payload"}` |
//! | the ids of transactions, 50 a request to the API | [`Event::transactions`], [`Transactions::batches`] |
//! | an event that this version does not know | [`Event::decode`], into a type of yours |
//! | readers in other languages, or a gateway that validates | [`schema`] (feature `schema`) |
//! | tests of a handler | [`testing`] (feature `testing`) |
//! | dashboards and alerts | [`metrics`] (feature `metrics`), and [`guide::metrics`] |
//! | the status to answer with | [`Error::http_status`], and [`guide::answers`] |
//! | an error | [`Error::kind`], and [`guide::troubleshooting`] |
//! | a handler to be replaced | [`guide::migration`] |
//! | doubts about an event | [`guide::events`] |
//!
//! # Replays
//!
//! A token can be recorded and sent again while it is young, and deliveries are not promised to be without
//! duplicates. [`Webhook::replay_key`] says of two webhooks whether they are copies of one, and a [`ReplayGuard`]
//! remembers which were seen: [`MemoryReplayGuard`] in this process, [`RedisReplayGuard`] (feature `redis`) for
//! all machines that share a Redis.
//!
//! # Serde
//!
//! [`Event`], the payload types and [`Webhook`] are written to and events and payloads read from **JSON text**, by
//! serde_json. Raw payloads and exact numbers are kept by their text, which other formats can't hold, nor can what
//! serde keeps aside for `flatten`, internally tagged and untagged enums; and a `serde_json::Value` turns numbers
//! into `f64`. Objects are never read from arrays by position.
//!
//! # Features
//!
//! | feature | | page |
//! |---|---|---|
//! | `aws-lc` (default) | signatures verified by AWS-LC; needs a C compiler; wins where both are on | [`guide::backends`] |
//! | `rust-crypto` | signatures verified in pure Rust | [`guide::backends`] |
//! | `remote-keys` | keys fetched from their issuer, and again when they change; on tokio | [`RemoteKeys`] |
//! | `redis` | duplicates noticed by all machines that share a Redis; on tokio | [`RedisReplayGuard`] |
//! | `schema` | the JSON Schema of webhooks and payloads | [`schema`] |
//! | `tracing` | the fetching of keys tells `tracing` what it does | [`guide::logs`] |
//! | `metrics` | deliveries, keys and duplicates counted and timed, through the facade `metrics` | [`guide::metrics`] |
//! | `testing` | a pretend Moneyhub for tests of your own | [`testing`] |
//!
//! One of the first two is needed, and both behave the same.
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
    IgnoredKey, KeyCache, KeyFetch, KeySet, KeyStatus, Keys, MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL,
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

#[cfg(all(doctest, feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
