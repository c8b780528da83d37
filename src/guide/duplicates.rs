//! How do I handle a webhook only once?
//!
//! A token can be recorded and sent again until it expires, and Moneyhub does not promise that each webhook arrives only
//! once. The crate [`moneyhub-webhooks-inbox`](https://docs.rs/moneyhub-webhooks-inbox), in the folder `inbox` of the
//! repository, stores each webhook once, before the answer, in SQLite or PostgreSQL. Afterwards it passes the webhook to
//! your handler: exactly once in a transaction of PostgreSQL, at least once otherwise. What fails is retried.
//!
//! ```console
//! $ cargo add moneyhub-webhooks-inbox --features axum
//! $ cargo add axum && cargo add tokio --features full
//! ```
//!
//! ```ignore
//! let inbox = Inbox::sqlite("inbox.db", receiver).await?;
//! let _workers = inbox.work(4, Mailer); // your `Handler`, until this is dropped
//! let listener = TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, inbox.router("/webhooks")).await?;
//! ```
//!
//! The rest of this page is for services that deduplicate themselves, by [`Webhook::replay_key`].
//!
//! # What is a replay key?
//!
//! All copies of a webhook have the same [`ReplayKey`]. It is derived from the id of the webhook *and* from who vouches
//! for it. So plain JSON with the id of a signed webhook, which anyone can post, has another key and does not suppress
//! the signed one. Don't deduplicate by [`Webhook::id`] alone. (Plain JSON can suppress plain JSON: another reason to
//! use signed tokens.)
//!
//! # How long do I remember them?
//!
//! As long as a copy may be accepted, and as a body may wait in your store to be verified as of its time of receipt:
//!
//! ```
//! use chrono::{DateTime, TimeDelta, Utc};
//! use moneyhub_webhooks::{Authenticity, Receiver};
//!
//! /// For plain JSON, which does not expire, it is a day too.
//! fn remember_until(receiver: &Receiver, authenticity: &Authenticity, now: DateTime<Utc>) -> DateTime<Utc> {
//!     let day = now + TimeDelta::days(1);
//!     receiver.replayable_until(authenticity).unwrap_or(day).max(day)
//! }
//! # assert!(remember_until(&Receiver::unsigned_json(), &Authenticity::Unsigned, Utc::now()) > Utc::now());
//! ```
//!
//! # Where do I store the keys?
//!
//! | store | deduplicates | if the process crashes before the effect |
//! |---|---|---|
//! | [`MemoryReplayGuard`](crate::MemoryReplayGuard) | within one process, in bounded memory | the key is lost too: a redelivery is fresh |
//! | a [table](#how-do-i-get-exactly-once-effects-with-sql) in the database of the effect | across all machines that share the database | neither is stored: effects happen exactly once |
//! | [Redis](#what-if-i-have-only-redis) | across all machines that share the Redis | the key stays: a redelivery is a duplicate |
//!
//! # How do I use the guard?
//!
//! ```
//! # use moneyhub_webhooks::Authenticity;
//! use chrono::{DateTime, Utc};
//! use moneyhub_webhooks::{MemoryReplayGuard, Receiver, Webhook};
//!
//! /// Whether to handle the webhook. Answer a duplicate as if it were fresh: its sender has done nothing wrong.
//! fn is_fresh(guard: &MemoryReplayGuard, receiver: &Receiver, webhook: &Webhook, now: DateTime<Utc>) -> bool {
//!     let until = remember_until(receiver, webhook.authenticity(), now);
//!     guard.insert(&webhook.replay_key(), now, until)
//! }
//! # fn remember_until(_: &Receiver, _: &Authenticity, now: DateTime<Utc>) -> DateTime<Utc> { now }
//! ```
//!
//! If handling fails, call [`remove`](crate::MemoryReplayGuard::remove): the next copy is fresh again.
//!
//! Don't use a guard where a queue redelivers after a crash, and the guard survives the crash. It stores the key before
//! the effect, so the redelivery is a duplicate and the event is lost. Store the key in the transaction of the effect.
//!
//! # How do I get exactly-once effects with SQL?
//!
//! With a PostgreSQL of your own, make the replay key a primary key:
//!
//! ```sql
//! CREATE TABLE moneyhub_webhook (
//!     replay_key bytea PRIMARY KEY,
//!     remember_until timestamptz NOT NULL
//! );
//! ```
//!
//! Begin the transaction of the effect with the key (`$1`, as text) and the time until which it is
//! [remembered](#how-long-do-i-remember-them) (`$2`):
//!
//! ```sql
//! INSERT INTO moneyhub_webhook (replay_key, remember_until)
//! VALUES (decode($1, 'hex'), $2)
//! ON CONFLICT (replay_key) DO NOTHING
//! ```
//!
//! - If it inserts no row, the webhook is a duplicate: roll back, and answer as if it were fresh.
//! - If anything fails, roll back and store the body: neither the key nor the effect is stored.
//! - Delete rows whose `remember_until` is over.
//!
//! # What if I have only Redis?
//!
//! Send two commands with your own client, where `KEY` is the [`ReplayKey`] as a string and `MS` how many milliseconds
//! from now it is [remembered](#how-long-do-i-remember-them): `(until - now).num_milliseconds()`.
//!
//! ```text
//! SET moneyhub:KEY 1 NX PX MS    OK: fresh, handle it.  nil: a duplicate, answer as if it were fresh
//!                                no answer: handle it anyway, and don't ask again
//! DEL moneyhub:KEY               if handling failed: the next copy is fresh again
//! ```
//!
//! - Without an answer, the key may or may not be stored, so a second `SET` may take the webhook for its own duplicate.
//!   Moneyhub sends it once: handling it twice is better than losing it.
//! - Limit the time of a command to a fraction of the 5 seconds that Moneyhub waits.
//! - Redis can lose keys: in a restart without persistence, in a failover, or when `maxmemory` evicts them.
//! - The key is stored before the effect. If the process crashes in between, a queue's redelivery is a duplicate, and the
//!   event is lost.
//!
//! [`ReplayKey`]: crate::ReplayKey
//! [`Webhook::id`]: crate::Webhook::id
//! [`Webhook::replay_key`]: crate::Webhook::replay_key
