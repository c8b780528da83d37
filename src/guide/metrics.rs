//! What does the feature `metrics` count?
//!
//! The crate records through [`metrics`](https://docs.rs/metrics), a facade like `log`. Your service installs a
//! recorder, for example [metrics-exporter-prometheus](https://docs.rs/metrics-exporter-prometheus), or an exporter for
//! OpenTelemetry. Without a recorder, nothing is recorded.
//!
//! Install the recorder, then call `moneyhub_webhooks::metrics::register` once. It describes the metrics and
//! initialises every counter to zero, so that Prometheus sees the first increase of each.
//!
//! | metric | type | labels | meaning |
//! |---|---|---|---|
//! | `moneyhub_webhooks_deliveries_total` | counter | `outcome`, `event`, `authenticity` | bodies that were accepted or rejected |
//! | `moneyhub_webhooks_malformed_total` | counter | `event` | accepted events of a known type whose payload does not have the expected form |
//! | `moneyhub_webhooks_parse_seconds` | histogram | | time to parse and verify a body; in `receive`, waiting for keys included |
//! | `moneyhub_webhooks_token_age_seconds` | histogram | | time from the `iat` of an accepted token to its receipt |
//! | `moneyhub_webhooks_replay_admissions_total` | counter | `guard`, `outcome` | results of replay guards |
//!
//! The names are constants in `moneyhub_webhooks::metrics`.
//!
//! # Which labels are there?
//!
//! Each label has a fixed set of values, and an attacker can't add any. There are at most 78 series, plus the
//! histograms.
//!
//! | label | values |
//! |---|---|
//! | `event` | the name of one of the 18 known events, malformed ones included; `unknown` for all others; `none` for a rejected body |
//! | `authenticity` | `signed`, `unsigned`; `none` for a rejected body |
//! | `outcome` of a delivery | `accepted`, or an [`ErrorKind`](crate::ErrorKind): `too_large`, `body`, `format_rejected`, `header`, `algorithm`, `key_id`, `unknown_key`, `keys_unavailable`, `signature`, `claims`, `issuer`, `audience`, `expired`, `not_yet_valid` |
//! | `guard` | `memory`, `redis` |
//! | `outcome` of a guard | `fresh`, `duplicate`; `failed` if the guard returned an error |
//!
//! # How are deliveries counted?
//!
//! - Every call of `parse`, `parse_at`, `receive` and `receive_at` counts once. A body that is parsed again
//!   counts again, for example after `keys_unavailable`, or in a worker behind a queue. A `receive` future that is
//!   dropped while it waits counts nothing.
//! - A malformed event is accepted, so both counters count it.
//! - `parse_at` takes the time as an argument, but its own duration is measured with the system clock. On
//!   `wasm32-unknown-unknown`, which has no clock, the times of parsing are missing.
//!
//! # How do I monitor the keys?
//!
//! [`KeyStatus`](crate::KeyStatus) has the number of usable keys, their age, and the numbers of fetches and failures.
//! Set gauges from it at each scrape, and alert on the age. The receivers in the repository do so.
//!
//! # Which buckets do I use?
//!
//! Sensible buckets are 25 µs to 10 ms for parsing, and 0.1 s to 5 minutes, the default
//! maximum age, for the age of tokens. Configure them in seconds. The receivers in the repository, in
//! `examples/receivers`, use those, and have alert rules and a dashboard.
//!
//! # What does it cost?
//!
//! A delivery allocates nothing for its metrics, unless the recorder does. A small token takes 0.2 % more instructions
//! without a recorder, and 0.9 % more with the one for Prometheus. `benches/README.md` has the figures.
//!
//! # Why not fields of `tracing`?
//!
//! Counters and histograms work without a subscriber, and exporters for them exist.
