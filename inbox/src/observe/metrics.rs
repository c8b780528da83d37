//! The names of the metrics, [`register`], which you call once a recorder is installed, and [`set_keys`], which you call
//! before each scrape.
//!
//! [`guide::metrics`](crate::guide::metrics) says what each metric counts, and its labels.

use std::time::Duration;

use ::metrics::{
    Counter, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use moneyhub_webhooks::keys::KeyStatus;
use moneyhub_webhooks::metrics::{PARSE_SECONDS, TOKEN_AGE_SECONDS};
use tokio::time::Instant;

use super::{Kept, TARGET, folder};
use crate::operate::Backlog;

/// A counter of requests, by `outcome`.
pub const RECEIVED: &str = "moneyhub_inbox_received_total";

/// A counter of what was to be kept, and was not, by `kind`. Each of the kind `signed` is a webhook that is lost.
pub const NOT_KEPT: &str = "moneyhub_inbox_not_kept_total";

/// A histogram of the number of entries in a batch.
pub const BATCH_SIZE: &str = "moneyhub_inbox_batch_size";

/// A histogram of the time from the verification of an entry until it is on a disk, in seconds.
pub const STORE_SECONDS: &str = "moneyhub_inbox_store_seconds";

/// A counter of entries that went to the spill folder, by `folder`.
pub const SPILLED: &str = "moneyhub_inbox_spilled_total";

/// A counter of attempts, by `outcome`.
pub const ATTEMPTS: &str = "moneyhub_inbox_attempts_total";

/// A histogram of the time in a handler, in seconds.
pub const HANDLER_SECONDS: &str = "moneyhub_inbox_handler_seconds";

/// A gauge: accepted webhooks that are not handled yet, without dead letters.
pub const WAITING: &str = "moneyhub_inbox_waiting";

/// A gauge: how long ago the oldest of these was received, in seconds.
pub const LAG_SECONDS: &str = "moneyhub_inbox_lag_seconds";

/// A gauge: the same, of those that Moneyhub has signed.
pub const SIGNED_LAG_SECONDS: &str = "moneyhub_inbox_signed_lag_seconds";

/// A gauge: dead letters.
pub const DEAD: &str = "moneyhub_inbox_dead";

/// A gauge: bodies that wait for keys.
pub const UNVERIFIED: &str = "moneyhub_inbox_unverified";

/// A gauge: bodies that the issuer has signed, and the receiver has rejected.
pub const REJECTED: &str = "moneyhub_inbox_rejected";

/// A gauge: the size of the spill folder of this process in bytes, by `folder`.
pub const SPILLED_BYTES: &str = "moneyhub_inbox_spilled_bytes";

/// A gauge: 1 if the store has taken the last batch of signed webhooks of this process, and could be read,
/// otherwise 0.
pub const STORE_UP: &str = "moneyhub_inbox_store_up";

/// A gauge: keys that can verify. See [`set_keys`].
pub const KEYS_USABLE: &str = "moneyhub_inbox_keys_usable";

/// A gauge: how long ago the keys were fetched, in seconds. See [`set_keys`].
pub const KEYS_AGE_SECONDS: &str = "moneyhub_inbox_keys_age_seconds";

/// Buckets for each histogram, those of `moneyhub-webhooks` included: its name, and the upper bounds.
///
/// # Examples
///
/// ```
/// use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder};
/// use moneyhub_webhooks_inbox::metrics::BUCKETS;
///
/// let mut builder = PrometheusBuilder::new();
/// for (name, bounds) in BUCKETS {
///     builder = builder.set_buckets_for_metric(Matcher::Full(name.to_string()), bounds)?;
/// }
/// # Ok::<(), BuildError>(())
/// ```
pub const BUCKETS: &[(&str, &[f64])] = &[
    // A payment takes 30 µs, and a token of 6000 ids ten times as long. Keys are waited for at most 1 second.
    (
        PARSE_SECONDS,
        &[
            25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 10e-3, 0.1, 0.5, 1.0,
        ],
    ),
    // Up to the default maximum age of a receiver.
    (
        TOKEN_AGE_SECONDS,
        &[0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 150.0, 300.0],
    ),
    (
        BATCH_SIZE,
        &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0],
    ),
    // A store has 1 second by default, and the spill folder another one.
    (
        STORE_SECONDS,
        &[
            1e-3, 2.5e-3, 5e-3, 10e-3, 25e-3, 50e-3, 0.1, 0.25, 0.5, 1.0, 2.0,
        ],
    ),
    // Up to the default time limit.
    (
        HANDLER_SECONDS,
        &[
            1e-3, 5e-3, 10e-3, 50e-3, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0,
        ],
    ),
];

/// Describes every metric to the recorder, and initializes every counter to zero, those of `moneyhub-webhooks` included.
///
/// Call it once, after you install the recorder, and before you open the inbox. Without it everything is still counted,
/// but each counter first appears with the value 1, and `increase` and `rate` in Prometheus miss that event.
///
/// # Examples
///
/// ```
/// // After, for example, `PrometheusBuilder::new().install_recorder()?` of metrics-exporter-prometheus:
/// moneyhub_webhooks_inbox::metrics::register();
/// ```
pub fn register() {
    moneyhub_webhooks::metrics::register();
    let counters = [
        (RECEIVED, "Requests."),
        (NOT_KEPT, "What was to be kept, and was not."),
        (SPILLED, "Entries that went to the spill folder."),
        (ATTEMPTS, "Attempts to handle a webhook."),
    ];
    for (name, description) in counters {
        describe_counter!(name, Unit::Count, description);
    }
    let histograms = [
        (BATCH_SIZE, Unit::Count, "Entries in a batch."),
        (
            STORE_SECONDS,
            Unit::Seconds,
            "Time until an entry is on a disk.",
        ),
        (HANDLER_SECONDS, Unit::Seconds, "Time in a handler."),
    ];
    for (name, unit, description) in histograms {
        describe_histogram!(name, unit, description);
    }
    let gauges = [
        (WAITING, Unit::Count, "Accepted webhooks that wait."),
        (LAG_SECONDS, Unit::Seconds, "Age of the oldest of them."),
        (
            SIGNED_LAG_SECONDS,
            Unit::Seconds,
            "Age of the oldest of them that Moneyhub has signed.",
        ),
        (DEAD, Unit::Count, "Dead letters."),
        (UNVERIFIED, Unit::Count, "Bodies that wait for keys."),
        (REJECTED, Unit::Count, "Signed bodies that were rejected."),
        (SPILLED_BYTES, Unit::Bytes, "Size of the spill folder."),
        (STORE_UP, Unit::Count, "Whether the store works."),
        (KEYS_USABLE, Unit::Count, "Keys that can verify."),
        (KEYS_AGE_SECONDS, Unit::Seconds, "Age of the keys."),
    ];
    for (name, unit, description) in gauges {
        describe_gauge!(name, unit, description);
    }

    let kinds = [
        Kept::Signed,
        Kept::Unsigned,
        Kept::Unverified,
        Kept::Rejected,
    ];
    let zeros = OUTCOMES.map(received).into_iter();
    zeros
        .chain(kinds.map(not_kept))
        .chain([true, false].map(spilled))
        .chain(["done", "failed", "dead"].map(attempt))
        .for_each(|counter| counter.increment(0));
}

/// Sets the gauges of the keys. Call it before each scrape with the status of your `RemoteKeys` or `KeyCache`: a gauge
/// that is set only when a fetch ends stops changing when fetches stop.
///
/// Without keys their age is infinite.
pub fn set_keys(status: &KeyStatus) {
    gauge!(target: TARGET, KEYS_USABLE).set(status.usable as f64);
    let age = status.age.map_or(f64::INFINITY, |age| age.as_secs_f64());
    gauge!(target: TARGET, KEYS_AGE_SECONDS).set(age);
}

/// The values of [`Received::as_str`](crate::Received::as_str).
const OUTCOMES: [&str; 9] = [
    "stored",
    "duplicate",
    "unverified",
    "rejected",
    "too_large",
    "encoded",
    "too_slow",
    "cut_off",
    "unavailable",
];

pub(super) fn received(outcome: &'static str) -> Counter {
    counter!(target: TARGET, RECEIVED, "outcome" => outcome)
}

pub(super) fn not_kept(kind: Kept) -> Counter {
    counter!(target: TARGET, NOT_KEPT, "kind" => kind.as_str())
}

pub(super) fn spilled(is_trusted: bool) -> Counter {
    counter!(target: TARGET, SPILLED, "folder" => folder(is_trusted))
}

pub(super) fn attempt(outcome: &'static str) -> Counter {
    counter!(target: TARGET, ATTEMPTS, "outcome" => outcome)
}

pub(super) fn batch(entries: usize) {
    histogram!(target: TARGET, BATCH_SIZE).record(entries as f64);
}

pub(super) fn seconds(name: &'static str, since: Instant) {
    histogram!(target: TARGET, name).record(since.elapsed());
}

/// What can't be read becomes NaN, which is neither above nor below a threshold: a gauge can't be taken back, and its
/// last value is not true any more.
pub(super) fn gauges(backlog: Option<&Backlog>, is_store_up: bool, spilled: [(bool, u64); 2]) {
    let count = |name, count: fn(&Backlog) -> u64| {
        let count = backlog.map_or(f64::NAN, |backlog| count(backlog) as f64);
        gauge!(target: TARGET, name).set(count);
    };
    count(WAITING, |backlog| backlog.waiting);
    count(DEAD, |backlog| backlog.dead);
    count(UNVERIFIED, |backlog| backlog.unverified);
    count(REJECTED, |backlog| backlog.rejected);
    let seconds = |name, lag: fn(&Backlog) -> Option<Duration>| {
        // Without a webhook that waits there is no lag.
        let lag = backlog.map(|backlog| lag(backlog).unwrap_or_default());
        gauge!(target: TARGET, name).set(lag.map_or(f64::NAN, |lag| lag.as_secs_f64()));
    };
    seconds(LAG_SECONDS, |backlog| backlog.lag);
    seconds(SIGNED_LAG_SECONDS, |backlog| backlog.signed_lag);
    for (is_trusted, bytes) in spilled {
        gauge!(target: TARGET, SPILLED_BYTES, "folder" => folder(is_trusted)).set(bytes as f64);
    }
    let is_up = is_store_up && backlog.is_some();
    gauge!(target: TARGET, STORE_UP).set(if is_up { 1.0 } else { 0.0 });
}
