//! May I accept a token that comes late? What do I do with tokens that are rejected?
//!
//! # Which tokens are late?
//!
//! A token is accepted until it is older than [`Receiver::max_age`](crate::Receiver::max_age): 5 minutes by default,
//! counted from its `iat`. The limit bounds how long a recorded token can be replayed. It also rejects a genuine token
//! that waited longer in a queue of its sender. Moneyhub does not say whether that happens. Other providers report
//! queues of hours.
//!
//! A body that waited in a queue of *yours* is not late: pass its time of receipt to
//! [`receive_at`](crate::Receiver::receive_at).
//!
//! # May I accept a token of any age?
//!
//! Yes, if your deduplication survives restarts, and only a token **that your store has remembered without a gap since
//! before its `iat`**. Then a replay is a duplicate, whatever its age.
//!
//! - Choose how long the store remembers, for example 30 days, and make it the maximum age.
//! - Keep each [replay key](super::duplicates) until [`Receiver::replayable_until`](crate::Receiver::replayable_until):
//!   `iat`, plus the maximum age, plus the clock skew. Keys that are deleted by their time of receipt are gone too early
//!   for tokens whose `iat` was ahead.
//! - Note since when the store has remembered everything: since the table was created, restored from a backup, or
//!   emptied, or since the first receiver wrote to it, whichever is the latest. A second store has a time of its own.
//!
//! ```
//! use chrono::{DateTime, TimeDelta, Utc};
//! use moneyhub_webhooks::{Authenticity, Receiver, Webhook};
//!
//! /// How long the store remembers.
//! const REMEMBERED: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);
//!
//! /// A receiver whose webhooks must pass [`is_recent_or_remembered`]. Reject the others as `Expired`.
//! fn accepting_late_tokens(receiver: Receiver) -> Receiver {
//!     receiver.max_age(REMEMBERED)
//! }
//!
//! fn is_recent_or_remembered(webhook: &Webhook, remembers_since: DateTime<Utc>, now: DateTime<Utc>) -> bool {
//!     match webhook.authenticity() {
//!         Authenticity::Signed { issued_at, .. } => {
//!             let default = TimeDelta::from_std(Receiver::DEFAULT_MAX_AGE).unwrap_or_default();
//!             // A copy may have come before the time that it states.
//!             *issued_at - Receiver::DEFAULT_CLOCK_SKEW > remembers_since || now - issued_at <= default
//!         }
//!         _ => true, // plain JSON has no age
//!     }
//! }
//! # let webhook = Receiver::unsigned_json().parse(br#"{"id":"1","eventType":"x"}"#)?;
//! # assert!(is_recent_or_remembered(&webhook, Utc::now(), Utc::now()));
//! # _ = accepting_late_tokens(Receiver::unsigned_json());
//! # Ok::<(), moneyhub_webhooks::Error>(())
//! ```
//!
//! What you give up: somebody who holds a token back, so that it never reaches you, can present it within the 30 days
//! instead of within 5 minutes. It is genuine, and handled once, but late. Act on the current state of the API, not on
//! what the event says.
//!
//! # What do I do with signed tokens that are rejected?
//!
//! [`Error::is_signed`](crate::Error::is_signed) says that the issuer of your keys has signed a token that was
//! rejected. Moneyhub will not send it again. (An error that [is transient](crate::Error::is_transient) is no
//! rejection: [store the body](super::keys#what-do-i-do-on-keysunavailable) and verify it later.)
//!
//! | error | `is_signed()` | what to do |
//! |---|---|---|
//! | `Expired`, `NotYetValid` | true | keep it for a person to look at: a clock is wrong, it came late, or it is a replay |
//! | `Claims` | true | keep it: Moneyhub may have changed its tokens. Report it to this project |
//! | `Issuer`, `Audience` | true | it may be meant for another client of Moneyhub: keep it apart |
//! | any other, when the body arrives, unless it is transient | false | never keep it: it is not authenticated, or it is another kind of token, such as an ID token, with which somebody can log in |
//!
//! Any client of Moneyhub has genuine tokens and can post them to you. So limit what you keep:
//!
//! - once for each body, by the SHA-256 of what is signed, the token up to its last dot: for example 1000 rows and 64 MiB;
//! - in a store of its own, so that no real dead letter is pushed out;
//! - counted, but without paging anybody.
//!
//! To try one again, for example after you have corrected a client id, call
//! [`receive_at`](crate::Receiver::receive_at) with its time of receipt. Never handle it without that.
