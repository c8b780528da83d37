//! The feature `metrics`: what is counted and timed.
//!
//! The crate records through [`metrics`](https://docs.rs/metrics), a facade like `log`. Your service installs the recorder:
//! [metrics-exporter-prometheus](https://docs.rs/metrics-exporter-prometheus), for example, or an exporter to
//! OpenTelemetry. Without a recorder nothing is kept.
//!
//! Why not fields of `tracing`: counters and histograms work without a subscriber, and their exporters exist.
//!
//! Install the recorder, then call `moneyhub_webhooks::metrics::register` once. It describes the metrics and starts every
//! counter at zero, so that Prometheus sees the first increase of each.
//!
//! | metric | type | labels | |
//! |---|---|---|---|
//! | `moneyhub_webhooks_deliveries_total` | counter | `outcome`, `event`, `authenticity` | bodies that were judged |
//! | `moneyhub_webhooks_malformed_total` | counter | `event` | accepted events of a known type whose payload has another form |
//! | `moneyhub_webhooks_parse_seconds` | histogram | | how long a body was judged, without the waiting for keys |
//! | `moneyhub_webhooks_key_wait_seconds` | histogram | | how long `parse_live` waited for keys, where it did |
//! | `moneyhub_webhooks_token_age_seconds` | histogram | | from `iat` of an accepted token to its receipt |
//! | `moneyhub_webhooks_key_fetches_total` | counter | `outcome` | fetches of a key set that have ended |
//! | `moneyhub_webhooks_keys_fetched_timestamp_seconds` | gauge | | when the key set that is held was fetched, since 1970 |
//! | `moneyhub_webhooks_keys_usable` | gauge | | usable keys of that key set |
//! | `moneyhub_webhooks_replay_admissions_total` | counter | `guard`, `outcome` | what replay guards have said |
//!
//! The names are constants in `moneyhub_webhooks::metrics`.
//!
//! # Labels
//!
//! Each label has a fixed set of values, and strangers can add none: there are at most 80 series, and the histograms.
//!
//! | label | values |
//! |---|---|
//! | `event` | the name of one of the 18 known events, also of a malformed one; `unknown` for all others; `none` for what was refused |
//! | `authenticity` | `signed`, `unsigned`; `none` for what was refused |
//! | `outcome` of a delivery | `accepted`, or one of the [kinds of error](crate::ErrorKind): `too_large`, `body`, `format_refused`, `header`, `algorithm`, `key_id`, `unknown_key`, `keys_unavailable`, `signature`, `claims`, `issuer`, `audience`, `expired`, `not_yet_valid` |
//! | `outcome` of a fetch | `succeeded`, `failed` |
//! | `guard` | `memory`, `redis` |
//! | `outcome` of a guard | `fresh`, `duplicate`; `failed` if the guard can't say |
//!
//! # What to know
//!
//! - Every call of `parse`, `parse_at`, `parse_live` and `parse_live_at` counts once. A body that is judged again, after
//!   `keys_unavailable` or by a worker behind a queue, counts again. The future of a `parse_live` that is dropped while it
//!   waits counts nothing.
//! - Malformed events are counted among the accepted ones too.
//! - The age of the keys is `time() - moneyhub_webhooks_keys_fetched_timestamp_seconds`, computed when it is read: a
//!   gauge of the age would stand still as soon as fetches stop. It is set by [`KeyCache`](crate::KeyCache) and
//!   `RemoteKeys`, once a fetch has succeeded. Several caches in one process share it: the last fetch is shown.
//! - `moneyhub_webhooks_keys_usable` is set by a fetch too. A key set past its hard limit verifies nothing, and the gauge does
//!   not show it: alert on the age.
//! - `parse_at` takes its time as an argument, but how long it takes is measured by the clock of the system. On
//!   `wasm32-unknown-unknown`, which has none, the times of judging and waiting are missing.
//! - A delivery allocates nothing for its metrics, unless the recorder does. A small token takes 0.2 % more instructions
//!   without a recorder, and 0.9 % more with that of Prometheus: `benches/README.md` has the figures.
//!
//! Sensible buckets, in seconds: 25 µs to 10 ms for judging, 10 ms to 2.5 s for waiting, and 0.1 s to 5 minutes, the default
//! maximum, for the age of tokens. The receivers in the repository, `examples/receivers`, use those, and have alert rules
//! and a dashboard.
