//! Guide: one page for each question. These modules hold documentation only.
//!
//! | page | question |
//! |---|---|
//! | [`metrics`] | What does the feature `metrics` count? |
//! | [`logs`] | What does the feature `tracing` log? |
//!
//! The guide of [`moneyhub_webhooks`](https://docs.rs/moneyhub-webhooks/latest/moneyhub_webhooks/guide/index.html) has the pages about keys, formats and events.

pub mod logs;
pub mod metrics;
