//! The time between two instants.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// Returns the time from `earlier` to `later`, or zero if `earlier` is not before `later`.
pub(crate) fn elapsed(earlier: DateTime<Utc>, later: DateTime<Utc>) -> Duration {
    later
        .signed_duration_since(earlier)
        .to_std()
        .unwrap_or_default()
}
