//! The deliveries that the page shows: the latest ones, limited in number and bytes. Each open page reads at its own
//! pace, and misses deliveries that are dropped before it reads them.

use std::collections::VecDeque;
use std::ops::Range;
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

impl Log {
    pub(super) fn add(&self, delivery: Delivery) {
        let mut inner = self.lock();
        inner.counts.add(&delivery.outcome.verdict);
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

    /// The number of deliveries so far.
    pub(super) fn added(&self) -> u64 {
        self.lock().added
    }

    /// Those at these positions that are still here, and the position of the first.
    pub(super) fn read(&self, positions: Range<u64>) -> (u64, Vec<Arc<Delivery>>) {
        let inner = self.lock();
        let oldest = inner.added - inner.deliveries.len() as u64;
        let first = positions.start.max(oldest).min(positions.end);
        let place = |position: u64| {
            let place = usize::try_from(position.saturating_sub(oldest)).unwrap_or(usize::MAX);
            place.min(inner.deliveries.len())
        };
        let found = inner.deliveries.range(place(first)..place(positions.end));
        (first, found.cloned().collect())
    }

    /// The delivery with this number, if it is still here.
    pub(super) fn find(&self, number: u64) -> Option<Arc<Delivery>> {
        let inner = self.lock();
        let mut deliveries = inner.deliveries.iter();
        deliveries
            .find(|delivery| delivery.number == number)
            .cloned()
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
    use clap::Parser as _;

    use super::super::delivery::Names;
    use super::{Delivery, Log, MOST_BYTES};
    use crate::policy::{Fetching, PolicyArgs};
    use crate::report::Outcome;

    #[derive(clap::Parser)]
    struct Args {
        #[command(flatten)]
        policy: PolicyArgs,
    }

    async fn delivery(number: u64, body: usize, path: usize) -> Option<Delivery> {
        let args = Args::parse_from(["listen", "--unsigned"]);
        let policy = args.policy.policy(Fetching::Once).await.ok()?;
        let received_at = DateTime::UNIX_EPOCH;
        let result = policy.receiver.parse_at(b"x", received_at);
        Some(Delivery {
            number,
            received_at,
            path: "x".repeat(path),
            content_type: None,
            body: Bytes::from(vec![b'x'; body]),
            outcome: Outcome::new(&policy, &result),
            names: Names::default(),
            status: 400,
            forwarded: None,
        })
    }

    #[tokio::test]
    async fn bodies_and_paths_together_stay_within_the_limit() -> Result<(), &'static str> {
        let log = Log::default();
        let most = MOST_BYTES / 5;
        for (number, body, path) in [(1, most, 0), (2, 0, most), (3, most, most)] {
            log.add(delivery(number, body, path).await.ok_or("no policy")?);
        }
        let numbers = |log: &Log| {
            let (first, found) = log.read(0..log.added());
            let numbers: Vec<_> = found.iter().map(|delivery| delivery.number).collect();
            (first, numbers)
        };
        assert_eq!(numbers(&log), (0, vec![1, 2, 3]));
        log.add(delivery(4, most, 0).await.ok_or("no policy")?);
        assert_eq!(numbers(&log), (1, vec![2, 3, 4]));
        assert_eq!((log.read(2..4).0, log.read(2..4).1.len()), (2, 2));
        assert_eq!((log.read(4..4).0, log.read(4..4).1.len()), (4, 0));
        assert!(log.find(1).is_none() && log.find(2).is_some());
        Ok(())
    }
}
