//! The deliveries that the page shows: the last few hundred, within a bound of bytes. Each page reads on from
//! where it was, at its own pace; what has left in the meantime, it has missed.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::counts::Counts;
use super::delivery::Delivery;

const MOST: usize = 500;
const MOST_BYTES: usize = 16 * 1024 * 1024;

#[derive(Default)]
pub(super) struct Log {
    inner: Mutex<Inner>,
    /// Bears the number of deliveries so far.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    deliveries: VecDeque<Arc<Delivery>>,
    bytes: usize,
    added: u64,
    counts: Counts,
}

/// What a page has not seen yet.
pub(super) struct News {
    pub(super) counts: Counts,
    pub(super) deliveries: Vec<Arc<Delivery>>,
    pub(super) missed: u64,
    /// Where to read on.
    pub(super) next: u64,
}

impl Log {
    pub(super) fn add(&self, delivery: Delivery) {
        let mut inner = self.lock();
        inner.counts.add(&delivery.result);
        inner.bytes += delivery.body.len();
        inner.deliveries.push_back(Arc::new(delivery));
        while inner.deliveries.len() > MOST || inner.bytes > MOST_BYTES {
            let Some(oldest) = inner.deliveries.pop_front() else { break };
            inner.bytes -= oldest.body.len();
        }
        inner.added += 1;
        self.changed.send_replace(inner.added);
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// The newest of what came after the first `seen`.
    pub(super) fn after(&self, seen: u64, most: usize) -> News {
        let inner = self.lock();
        let new = inner.added.saturating_sub(seen);
        let shown = usize::try_from(new).unwrap_or(usize::MAX).min(inner.deliveries.len()).min(most);
        let deliveries = inner.deliveries.range(inner.deliveries.len() - shown..).cloned().collect();
        News { counts: inner.counts.clone(), deliveries, missed: new - shown as u64, next: inner.added }
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
