//! [`Deferrals`]: limits how many tokens with an unknown key are deferred instead of rejected.

use std::sync::{Mutex, PoisonError};

/// Counts deferred tokens. The count restarts with each fetch of the key set.
pub(super) struct Deferrals {
    most: u32,
    /// The number of fetches when the count started, and the number of tokens since.
    since: Mutex<(u64, u32)>,
}

impl Deferrals {
    /// Allows at most `most` tokens between two fetches.
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            since: Mutex::default(),
        }
    }

    /// Counts a token after this number of fetches, and returns whether it may be deferred.
    pub(super) fn take(&self, fetches: u64) -> bool {
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let (counted_after, taken) = *since;
        let taken = if counted_after == fetches { taken } else { 0 };
        *since = (fetches, taken.saturating_add(1).min(self.most));
        taken < self.most
    }
}
