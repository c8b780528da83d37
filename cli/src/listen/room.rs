//! Room for so many bytes that wait to be printed, recorded or forwarded. What is slow delays deliveries a little. What is
//! stuck delays none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long to wait for room. Once that was in vain, nobody waits until there is room again.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Room {
    bytes: Arc<Semaphore>,
    most: u32,
    is_stuck: AtomicBool,
}

impl Room {
    pub(super) fn new(most: u32) -> Self {
        Self {
            bytes: Arc::new(Semaphore::new(most as usize)),
            most,
            is_stuck: AtomicBool::new(false),
        }
    }

    /// Room until the permit is dropped. More than there is in all takes all of it.
    pub(super) async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(self.most);
        let free = Arc::clone(&self.bytes).acquire_many_owned(bytes);
        let patience = if self.is_stuck.load(Ordering::Relaxed) {
            Duration::ZERO
        } else {
            PATIENCE
        };
        let taken = tokio::time::timeout(patience, free).await;
        self.is_stuck.store(taken.is_err(), Ordering::Relaxed);
        taken.ok()?.ok()
    }

    /// Waits until all of it is free.
    pub(super) async fn is_empty(&self) {
        _ = self.bytes.acquire_many(self.most).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::{PATIENCE, Room};

    /// The paused clock advances when every task is idle.
    #[tokio::test(start_paused = true)]
    async fn only_the_first_waits_for_room_until_there_is_some_again() {
        let room = Room::new(10);
        let begun = Instant::now();
        let first = room.take(11).await;
        assert!(first.is_some());
        assert!(room.take(1).await.is_none());
        assert_eq!(begun.elapsed(), PATIENCE);
        assert!(room.take(1).await.is_none());
        assert_eq!(begun.elapsed(), PATIENCE);
        drop(first);
        let second = room.take(10).await;
        assert!(second.is_some());
        assert!(room.take(1).await.is_none());
        assert_eq!(begun.elapsed(), PATIENCE * 2);
    }
}
