//! What does the feature `metrics` count?
//!
//! The crate records through [`metrics`](https://docs.rs/metrics), a facade like `log`. Your service installs a
//! recorder, for example [metrics-exporter-prometheus](https://docs.rs/metrics-exporter-prometheus), or an exporter for
//! OpenTelemetry. Without a recorder, nothing is recorded.
//!
//! Install the recorder, then call `moneyhub_webhooks::metrics::register` once. It describes the metrics and
//! initializes every counter to zero, so that Prometheus sees the first increase of each.
//!
//! | metric | type | labels | meaning |
//! |---|---|---|---|
//! | `moneyhub_webhooks_deliveries_total` | counter | `outcome`, `event`, `authenticity` | bodies that were accepted or rejected |
//! | `moneyhub_webhooks_malformed_total` | counter | `event` | accepted events of a known type whose payload does not have the expected form |
//! | `moneyhub_webhooks_passed_over_total` | counter | `member` | accepted deliveries with a user that is not a string, or with events besides the one that was read |
//! | `moneyhub_webhooks_parse_seconds` | histogram | | time to parse and verify a body, including a wait for keys |
//! | `moneyhub_webhooks_token_age_seconds` | histogram | | time from the `iat` of an accepted token to its receipt |
//!
//! The names are constants in `moneyhub_webhooks::metrics`.
//!
//! # Which labels are there?
//!
//! Each label has a fixed set of values, and an attacker can't add any. There are at most 72 series, plus
//! the histograms.
//!
//! | label | values |
//! |---|---|
//! | `event` | the name of one of the 18 known events, malformed ones included; `unknown` for all others; `none` for a rejected body |
//! | `authenticity` | `signed`, `unsigned`; `none` for a rejected body |
//! | `outcome` | `accepted`, or an [`ErrorKind`](crate::ErrorKind): `too_large`, `body`, `format_rejected`, `header`, `algorithm`, `key_id`, `unknown_key`, `keys_unavailable`, `signature`, `claims`, `issuer`, `audience`, `expired`, `not_yet_valid` |
//! | `member` | `user`, `events` |
//!
//! # How are deliveries counted?
//!
//! - Every call of `parse`, `parse_at`, `receive` and `receive_at` counts once. A body that is parsed again
//!   counts again, for example after `keys_unavailable`, or in a worker behind a queue. A `receive` future that is
//!   dropped while it waits counts nothing.
//! - A malformed event is accepted, so both counters count it.
//! - `parse_at` takes the time as an argument, but its own duration is measured with the system clock. On
//!   `wasm32-unknown-unknown`, which has no clock, the time of parsing is missing.
//!
//! # How do I monitor the keys?
//!
//! Read `RemoteKeys::status` at each scrape, and set gauges of your own. A gauge that is set only when a fetch ends
//! stops changing when fetches stop.
//!
#![cfg_attr(all(feature = "metrics", feature = "remote-keys"), doc = "```")]
#![cfg_attr(
    not(all(feature = "metrics", feature = "remote-keys")),
    doc = "```ignore"
)]
//! use metrics::gauge;
//! use moneyhub_webhooks::RemoteKeys;
//!
//! /// Call it before you render the page that Prometheus scrapes.
//! fn before_each_scrape(keys: &RemoteKeys) {
//!     let status = keys.status();
//!     gauge!("service_moneyhub_keys_usable").set(status.usable as f64);
//!     let age = status.age.map_or(f64::INFINITY, |age| age.as_secs_f64());
//!     gauge!("service_moneyhub_keys_age_seconds").set(age);
//! }
//! ```
//!
//! Alert if no key is usable, since then no token can be verified, and if the age is over an hour: with
//! `keep_fresh`, fetches fail then. The reason is in `status.last_error`. For [`KeyCache`](crate::KeyCache) use
//! [`status_at`](crate::KeyCache::status_at).
//!
//! # Which buckets do I use?
//!
//! Sensible buckets are 25 µs to 2.5 s for parsing, and 0.1 s to 5 minutes, the default maximum age, for the age of
//! tokens. Configure them in seconds.
//!
//! # What does it cost?
//!
//! A small token takes 0.4 % more instructions without a recorder, and 1.5 % more with the one for Prometheus.
//! `benches/README.md` has the figures.
//!
//! # Why not fields of `tracing`?
//!
//! Counters and histograms work without a subscriber, and exporters for them exist.
