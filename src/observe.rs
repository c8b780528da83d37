//! Reports events to the features `tracing` and `metrics`. Each event has one function here, with one caller.
//!
//! The functions report counts, times and reasons, and never any part of a body. Without the features they do nothing.
#![cfg_attr(
    not(all(feature = "tracing", feature = "metrics")),
    allow(unused_variables, reason = "the features use them")
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

/// A body was accepted or rejected as of `now`.
pub(crate) fn delivery(result: &Result<Webhook, Error>, now: DateTime<Utc>, stopwatch: &Stopwatch) {
    #[cfg(feature = "metrics")]
    series::delivery(result, now, stopwatch.parsing());
}

/// A fetch of a key set starts.
pub(crate) fn fetch_started() {
    #[cfg(feature = "tracing")]
    log::fetch_started();
}

/// A key set was fetched. `fetched_at` is its time, or `None` if it was discarded because a later fetch was claimed.
pub(crate) fn fetch_succeeded(usable: usize, ignored: usize, fetched_at: Option<DateTime<Utc>>) {
    #[cfg(feature = "tracing")]
    log::fetch_succeeded(usable, ignored);
    #[cfg(feature = "metrics")]
    series::fetch_succeeded(usable, fetched_at);
}

/// A fetch of a key set failed.
pub(crate) fn fetch_failed(error: &Error) {
    #[cfg(feature = "tracing")]
    log::fetch_failed(error);
    #[cfg(feature = "metrics")]
    series::fetch_failed();
}

/// The kind of a replay guard.
#[derive(Clone, Copy)]
pub(crate) enum Guard {
    Memory,
    #[cfg(feature = "redis")]
    Redis,
}

/// A guard was called. `None` if it returned an error.
pub(crate) fn admission(guard: Guard, admission: Option<Admission>) {
    #[cfg(feature = "metrics")]
    series::admission(guard, admission);
}
