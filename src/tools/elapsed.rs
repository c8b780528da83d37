//! How much time lies between two instants.

use std::time::Duration;

use chrono::{DateTime, Utc};

/// How long before `later` the instant `earlier` was; zero if it was not before.
pub(crate) fn elapsed(earlier: DateTime<Utc>, later: DateTime<Utc>) -> Duration {
    later.signed_duration_since(earlier).to_std().unwrap_or_default()
}
