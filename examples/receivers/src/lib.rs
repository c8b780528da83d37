//! Receivers of Moneyhub's webhooks, to copy: the lines around [`moneyhub_webhooks`], each with its reason.
//!
//! ```text
//! axum ─┐                                    ┌─ channel   one process: a guard, a channel, a worker
//! actix ├─ intake: raw body → judged → ──────┤
//! lambda┘          answer                    ├─ queue     a Redis stream → worker, any number of them
//!                                            └─ postgres  tables in PostgreSQL → worker, any number of them
//! ```
//!
//! Take one of the left, [`intake`], [`answer`] and [`encoding`], and one of the right. [`watch`] shows how they are.

pub mod actix;
pub mod answer;
pub mod axum;
pub mod channel;
pub mod encoding;
mod fallback;
pub mod gateway;
pub mod intake;
pub mod lambda;
pub mod postgres;
pub mod queue;
pub mod settings;
mod verdict;
pub mod watch;
pub mod worker;
