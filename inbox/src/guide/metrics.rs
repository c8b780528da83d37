//! What does the feature `metrics` count?
//!
//! The crate records through [`metrics`](https://docs.rs/metrics), a facade like `log`. Your service installs a
//! recorder, for example [metrics-exporter-prometheus](https://docs.rs/metrics-exporter-prometheus). Install it first,
//! then call `moneyhub_webhooks_inbox::metrics::register`, and then open the inbox. The names are constants in that
//! module, and so are sensible buckets.
//!
//! | metric | type | labels | meaning |
//! |---|---|---|---|
//! | `moneyhub_inbox_received_total` | counter | `outcome` | requests; [`Received`](crate::Received) has the outcomes |
//! | `moneyhub_inbox_not_kept_total` | counter | `kind` | what was to be kept and was not: nothing took it, or its quota is used up. Each `signed` one is a webhook that is lost |
//! | `moneyhub_inbox_batch_size` | histogram | | entries that were stored together |
//! | `moneyhub_inbox_store_seconds` | histogram | | time from the verification of an entry until it is on a disk, that of the spill folder included |
//! | `moneyhub_inbox_spilled_total` | counter | `folder` | entries that went to the spill folder |
//! | `moneyhub_inbox_attempts_total` | counter | `outcome` | attempts of workers, by how they ended |
//! | `moneyhub_inbox_handler_seconds` | histogram | | time in a handler |
//! | `moneyhub_inbox_waiting` | gauge | | accepted webhooks that are not handled yet, without dead letters |
//! | `moneyhub_inbox_lag_seconds` | gauge | | how long ago the oldest of these was received; 0 if there is none |
//! | `moneyhub_inbox_signed_lag_seconds` | gauge | | the same, of those that Moneyhub has signed |
//! | `moneyhub_inbox_dead` | gauge | | dead letters |
//! | `moneyhub_inbox_unverified` | gauge | | bodies that wait for keys |
//! | `moneyhub_inbox_rejected` | gauge | | bodies that the issuer has signed, and the receiver has rejected, and those that could not be verified |
//! | `moneyhub_inbox_spilled_bytes` | gauge | `folder` | size of the spill folder of this process |
//! | `moneyhub_inbox_store_up` | gauge | | 1 if the store has taken the last batch of signed webhooks of this process and could be read, otherwise 0 |
//! | `moneyhub_inbox_keys_usable` | gauge | | keys that can verify: see below |
//! | `moneyhub_inbox_keys_age_seconds` | gauge | | how long ago they were fetched: see below |
//!
//! [Those of `moneyhub-webhooks`](https://docs.rs/moneyhub-webhooks/latest/moneyhub_webhooks/guide/metrics/index.html) are recorded too: what was accepted and rejected, and
//! why.
//!
//! # Which labels are there?
//!
//! Each label has a fixed set of values, and a sender can't add any: there are 18 series of counters.
//!
//! | label | values |
//! |---|---|
//! | `outcome` of requests | `stored`, `duplicate`, `unverified`, `rejected`, `too_large`, `encoded`, `too_slow`, `cut_off`, `unavailable` |
//! | `outcome` of attempts | `done`, `failed` (it is tried again), `dead` (it became a dead letter) |
//! | `kind` | `signed`, `unsigned` (plain JSON), `unverified`, `rejected` |
//! | `folder` | `signed`, `others` (what anyone can send) |
//!
//! # Who sets the gauges?
//!
//! Each call of [`Inbox::backlog`](crate::Inbox::backlog) does, and a task of the inbox calls it every 10 seconds. So they
//! are up to date without your help. What can't be read becomes `NaN`, and `moneyhub_inbox_store_up` becomes 0.
//!
//! Several machines that share a store each report the same backlog: take the maximum, not the sum. The size of the spill
//! folder and `moneyhub_inbox_store_up` belong to the process. Two inboxes in one process would overwrite each other's
//! gauges.
//!
//! The gauges of the keys are yours to set: call `metrics::set_keys(&keys.status())` before each scrape.
//!
//! # How are requests and attempts counted?
//!
//! - Every request counts once, also if its sender hangs up after the body. One that hangs up earlier is not counted.
//! - An attempt in a transaction counts once it is committed.
//! - A body that is verified later counts again in the metrics of `moneyhub-webhooks`, and not in
//!   `moneyhub_inbox_received_total`.
