//! [`Deferrals`]: limits how many tokens are deferred instead of rejected.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// Counts deferred tokens. A token that is parsed again counts once, so that a stored one is not rejected because it was
/// tried too often.
pub(super) struct Deferrals {
    most: u32,
    hasher: RandomState,
    /// The period in which they were deferred, and their hashes.
    deferred: Mutex<(u64, HashSet<u64>)>,
}

impl Deferrals {
    /// Allows at most `most` tokens in each period.
    pub(super) fn new(most: u32) -> Self {
        Self {
            most,
            hasher: RandomState::new(),
            deferred: Mutex::default(),
        }
    }

    /// Counts a token in this period, and returns whether it may be deferred.
    pub(super) fn take(&self, period: u64, token: &str) -> bool {
        let hash = self.hasher.hash_one(token);
        let mut deferred = self.deferred.lock().unwrap_or_else(PoisonError::into_inner);
        let (counted_in, hashes) = &mut *deferred;
        // A caller that has read the period before another one counts in the newer one.
        if *counted_in < period {
            *counted_in = period;
            *hashes = HashSet::new();
        }
        let is_full = u64::try_from(hashes.len()).is_ok_and(|count| count >= self.most.into());
        if is_full {
            hashes.contains(&hash)
        } else {
            hashes.insert(hash);
            true
        }
    }
}
