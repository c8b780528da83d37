//! Receives Moneyhub webhooks without losing one: each is stored before it is answered, and then passed to your
//! handler, at least once, or with PostgreSQL exactly once.
//!
//! ```console
//! $ cargo add moneyhub-webhooks --features remote-keys
//! $ cargo add moneyhub-webhooks-inbox --features axum
//! $ cargo add axum && cargo add tokio --features full
//! ```
//!
//! A service, here with axum and SQLite:
//!
#![cfg_attr(all(feature = "axum", feature = "sqlite"), doc = "```no_run")]
#![cfg_attr(not(all(feature = "axum", feature = "sqlite")), doc = "```ignore")]
//! use moneyhub_webhooks::{Event, Receiver, StoredWebhook};
//! use moneyhub_webhooks_inbox::{Handled, Handler, Inbox};
//!
//! struct Mailer;
//!
//! impl Handler for Mailer {
//!     async fn handle(&self, webhook: &StoredWebhook) -> Handled {
//!         match webhook.event() {
//!             Event::PaymentError(payment) => println!("{} was rejected", payment.payment_id),
//!             Event::Malformed(event) => {
//!                 // A known event in a new form. `Done` would throw it away.
//!                 return Handled::Dead(format!("{}: {}", event.path(), event.reason()));
//!             }
//!             other => println!("nothing to do for {:?}", other.name()), // unknown events too
//!         }
//!         Handled::Done
//!     }
//! }
//!
//! # async fn serve(receiver: Receiver) -> Result<(), Box<dyn std::error::Error>> {
//! let inbox = Inbox::sqlite("inbox.db", receiver).await?;
//! let _workers = inbox.work(4, Mailer); // until this is dropped
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
//! axum::serve(listener, inbox.router("/webhooks")).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Elsewhere, call [`Inbox::receive`] with the raw body, and answer with its [`status`](Received::status).
//!
//! # Design
//!
//! **202 means: it is on a disk.** Moneyhub sends each webhook once and waits 5 seconds. A webhook is verified, stored
//! together with its replay key, and then answered. What the store does not take within a second goes to the spill
//! folder, and from there to the store. SQLite has such a folder by default; with PostgreSQL, choose one with
//! [`InboxBuilder::spill`]. Webhooks that arrive together share one sync to disk.
//!
//! **At least once, or exactly once.** A [`Handler`] is called at least once for each webhook. With PostgreSQL, a
//! `TransactionHandler` is called in the transaction that removes the webhook: its effects happen exactly once. What
//! fails is tried again for three days, and is then a [`DeadLetter`].
//!
//! **Untrusted input is kept apart.** What anyone can send (plain JSON, and bodies that can't be verified yet) has a queue,
//! a spill folder and [`Quotas`] of its own. However much of it arrives, it displaces no webhook that Moneyhub has signed.
//!
//! **Nothing that Moneyhub has signed is thrown away silently.** A body that arrives while its key is not available is
//! verified later. One that is rejected though it is signed is kept, for [`Inbox::reverify`]. A token older than the
//! receiver's maximum age is accepted if the store has remembered every webhook since before it was issued.
//!
//! # Features
//!
//! | feature | |
//! |---|---|
//! | `sqlite` (default) | `Inbox::sqlite` and `Inbox::in_memory` |
//! | `postgres` | `InboxBuilder::postgres`, with sqlx |
//! | `axum` | `Inbox::router` |
//! | `tracing` | logs what fails |
//! | `metrics` | counts and times what happens, and what waits; see [`guide::metrics`] |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!(
    "moneyhub-webhooks-inbox keeps webhooks in a store: enable its feature `sqlite` (the default) or `postgres`"
);

mod inbox;
pub use inbox::Inbox;

mod builder;
pub use builder::InboxBuilder;

mod receive;
mod received;
pub use received::Received;

mod handler;
pub use handler::{Handled, Handler};

mod work;
pub use work::Workers;

mod operate;
pub use operate::{Backlog, DeadLetter, Health};

mod store;
pub use store::{Quota, Quotas, Store, StoreError};

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "postgres")]
pub use postgres::Postgres;
#[cfg(feature = "postgres")]
pub use postgres::transaction::TransactionHandler;

#[cfg(feature = "sqlite")]
mod sqlite;
#[cfg(feature = "sqlite")]
pub use sqlite::Sqlite;

#[cfg(feature = "axum")]
mod axum;

#[cfg(feature = "metrics")]
pub use observe::metrics;

mod body;
mod commit;
mod core;
mod entry;
mod late;
mod observe;
mod quota;
mod retry;
mod spill;
mod token;
mod upkeep;

#[cfg(any(doc, doctest))]
pub mod guide;

#[cfg(all(doctest, feature = "axum", feature = "sqlite"))]
#[doc = include_str!("../README.md")]
struct Readme;
