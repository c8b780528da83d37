//! [`Deferrals`]: how many tokens of unknown keys are kept for a later judgement rather than rejected.

use std::sync::{Mutex, PoisonError};

/// Counts deferred tokens, and starts again with each fetch of the key set.
pub(super) struct Deferrals {
    most: u32,
    /// After how many fetches, and how many tokens since then.
    since: Mutex<(u64, u32)>,
}

impl Deferrals {
    /// At most `most` tokens between two fetches.
    pub(super) fn new(most: u32) -> Self {
        Self { most, since: Mutex::default() }
    }

    /// Whether one more token may be deferred, which is then counted, after so many fetches.
    pub(super) fn take(&self, fetches: u64) -> bool {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let (counted_after, taken) = *since;
        let taken = if counted_after == fetches { taken } else { 0 };
        *since = (fetches, taken.saturating_add(1).min(self.most));
        taken < self.most
    }
}
