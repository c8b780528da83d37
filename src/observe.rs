//! What the crate tells the features `tracing` and `metrics`: each event has one function here, and one place that
//! calls it. Counts, times and reasons, and never anything of a body. Without the features they do nothing.
#![cfg_attr(
    not(all(feature = "tracing", feature = "metrics")),
    allow(unused_variables, reason = "nobody may be listening")
)]

#[cfg(feature = "tracing")]
mod log;
#[cfg(feature = "metrics")]
pub(crate) mod series;
mod stopwatch;

use chrono::{DateTime, Utc};

use crate::error::Error;
use crate::replay::Admission;
use crate::webhook::Webhook;
pub(crate) use stopwatch::Stopwatch;

/// A body was judged as of `now`.
pub(crate) fn delivery(result: &Result<Webhook, Error>, now: DateTime<Utc>, stopwatch: &Stopwatch) {
    #[cfg(feature = "metrics")]
    series::delivery(result, now, stopwatch.judging());
}

/// The fetch of a key set begins.
pub(crate) fn fetch_started() {
    #[cfg(feature = "tracing")]
    log::fetch_started();
}

/// A key set was fetched. `held_since` is its time if it is held now, and not given up for a later one.
pub(crate) fn fetch_succeeded(usable: usize, ignored: usize, held_since: Option<DateTime<Utc>>) {
    #[cfg(feature = "tracing")]
    log::fetch_succeeded(usable, ignored);
    #[cfg(feature = "metrics")]
    series::fetch_succeeded(usable, held_since);
}

/// The fetch of a key set has failed.
pub(crate) fn fetch_failed(error: &Error) {
    #[cfg(feature = "tracing")]
    log::fetch_failed(error);
    #[cfg(feature = "metrics")]
    series::fetch_failed();
}

/// Which guard was asked.
#[derive(Clone, Copy)]
pub(crate) enum Guard {
    Memory,
    #[cfg(feature = "redis")]
    Redis,
}

/// A guard was asked whether a webhook was seen; `None` if it can't say.
pub(crate) fn admission(guard: Guard, admission: Option<Admission>) {
    #[cfg(feature = "metrics")]
    series::admission(guard, admission);
}
