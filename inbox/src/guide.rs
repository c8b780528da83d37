//! Guide: one page for each question. These modules hold documentation only.
//!
//! | page | question |
//! |---|---|
//! | [`receiving`] | How do requests reach the inbox, and what goes wrong on the way? |
//! | [`health`] | What do `/healthz` and `/metrics` answer? |
//! | [`metrics`] | What does the feature `metrics` count? |
//! | [`logs`] | What does the feature `tracing` log? |
//! | [`runbook`] | An alert has fired: what do I do? |
//!
//! The guide of [`moneyhub_webhooks`](https://docs.rs/moneyhub-webhooks/latest/moneyhub_webhooks/guide/index.html) has the pages about keys, formats and events.

pub mod health;
pub mod logs;
pub mod metrics;
pub mod receiving;
pub mod runbook;
