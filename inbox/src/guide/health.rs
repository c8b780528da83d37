//! What do `/healthz` and `/metrics` answer?
//!
//! Serve both on a listener of their own that only Prometheus and your orchestrator can reach. With axum:
//!
#![cfg_attr(
    all(feature = "axum", feature = "metrics", feature = "sqlite"),
    doc = "```no_run"
)]
#![cfg_attr(
    not(all(feature = "axum", feature = "metrics", feature = "sqlite")),
    doc = "```ignore"
)]
#![doc = include_str!("../../examples/watched.rs")]
//! ```
//!
//! # What does `/healthz` say?
//!
//! Whether the process works. Answer 200 while the store is down, too: webhooks go to the spill folder meanwhile.
//!
//! - **Never restart a process because its store or its keys are down.** That restores neither. [Alert](super::runbook)
//!   instead.
//! - **Don't take it off the balancer either**, unless another process can store. Without a spill folder, and with
//!   several machines, answer 503 while [`is_store_up`](crate::Health::is_store_up) is false: the balancer then asks a
//!   machine that reaches the store.
//! - **Say nothing of what was sent.** [`Inbox::health`](crate::Inbox::health) has numbers only. It asks nobody, so a
//!   probe is never slow.
//!
//! # What does `/metrics` say?
//!
//! See [`metrics`](super::metrics). The folder `watch` of the package has alert rules with tests, and a dashboard for
//! Grafana.
