//! Reports events to the feature `metrics`. Each event has one function here, with one caller.
//!
//! The functions report counts and times, and never any part of a body. Without the feature they do nothing.
#![cfg_attr(not(feature = "metrics"), allow(unused_variables, reason = "the feature uses them"))]

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
