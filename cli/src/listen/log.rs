//! The deliveries that the page shows: the latest ones, limited in number and bytes. Each open page reads at its own
//! pace, and misses deliveries that are dropped before it reads them.

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
    /// The number of deliveries so far.
    changed: watch::Sender<u64>,
}

#[derive(Default)]
struct Inner {
    deliveries: VecDeque<Arc<Delivery>>,
    bytes: usize,
    added: u64,
    counts: Counts,
}

/// What a page has not read yet.
pub(super) struct News {
    pub(super) counts: Counts,
    pub(super) deliveries: Vec<Arc<Delivery>>,
    pub(super) missed: u64,
    /// The `seen` of the next read.
    pub(super) next: u64,
}

impl Log {
    pub(super) fn add(&self, delivery: Delivery) {
        let mut inner = self.lock();
        inner.counts.add(&delivery.result);
        inner.bytes = inner.bytes.saturating_add(delivery.size());
        inner.deliveries.push_back(Arc::new(delivery));
        while inner.deliveries.len() > MOST || inner.bytes > MOST_BYTES {
            let Some(oldest) = inner.deliveries.pop_front() else {
                break;
            };
            inner.bytes = inner.bytes.saturating_sub(oldest.size());
        }
        inner.added += 1;
        self.changed.send_replace(inner.added);
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().counts.clone()
    }

    /// At most `most` of the deliveries after the first `seen`, the latest ones.
    pub(super) fn after(&self, seen: u64, most: usize) -> News {
        let inner = self.lock();
        let new = inner.added.saturating_sub(seen);
        let shown = usize::try_from(new)
            .unwrap_or(usize::MAX)
            .min(inner.deliveries.len())
            .min(most);
        let deliveries = inner
            .deliveries
            .range(inner.deliveries.len() - shown..)
            .cloned()
            .collect();
        News {
            counts: inner.counts.clone(),
            deliveries,
            missed: new - shown as u64,
            next: inner.added,
        }
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Bytes;
    use chrono::DateTime;
    use moneyhub_webhooks::Receiver;

    use super::{Delivery, Log, MOST_BYTES};

    fn delivery(body: usize, path: usize) -> Delivery {
        let received_at = DateTime::UNIX_EPOCH;
        Delivery {
            number: 1,
            received_at,
            path: "x".repeat(path),
            content_type: None,
            body: Bytes::from(vec![b'x'; body]),
            result: Receiver::unsigned_json().parse_at(b"x", received_at),
            status: 400,
            forwarded: None,
        }
    }

    #[test]
    fn bodies_and_paths_together_stay_within_the_limit() {
        let log = Log::default();
        let quarter = MOST_BYTES / 4;
        for (body, path) in [(quarter, 0), (0, quarter), (quarter, quarter)] {
            log.add(delivery(body, path));
        }
        assert_eq!(log.after(0, usize::MAX).missed, 0);
        log.add(delivery(0, 1));
        let news = log.after(0, usize::MAX);
        assert_eq!((news.deliveries.len(), news.missed, news.next), (3, 1, 4));
    }
}
