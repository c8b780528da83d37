//! Those who have not finished, oldest first. When there is no room for another, the oldest leaves.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How long one that has to leave may take, before the next one has to.
const INTERVAL: Duration = Duration::from_millis(10);

#[derive(Clone)]
pub(super) struct Unfinished {
    /// None has to leave before it is so old.
    age: Duration,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    next: u64,
    waiting: BTreeMap<u64, (Instant, Arc<Notify>)>,
}

/// The place of one in the order, until it is dropped.
pub(super) struct Turn {
    unfinished: Unfinished,
    number: u64,
}

impl Unfinished {
    pub(super) fn new(age: Duration) -> Self {
        let inner = Arc::default();
        Self { age, inner }
    }

    /// Enters as the youngest. `leave` is notified when it has to leave.
    pub(super) fn enter(&self, leave: Arc<Notify>) -> Turn {
        let mut inner = self.lock();
        let number = inner.next;
        inner.next += 1;
        inner.waiting.insert(number, (Instant::now(), leave));
        Turn {
            unfinished: self.clone(),
            number,
        }
    }

    pub(super) fn oldest_leaves(&self) {
        let mut inner = self.lock();
        let Some(oldest) = inner.waiting.first_entry() else {
            return;
        };
        let (entered, leave) = oldest.get();
        if entered.elapsed() >= self.age {
            leave.notify_one();
            oldest.remove();
        }
    }

    /// Takes so much of `room`. As long as there is not enough, one after the other leaves.
    pub(super) async fn make_room(
        &self,
        room: &Arc<Semaphore>,
        amount: u32,
    ) -> Option<OwnedSemaphorePermit> {
        let mut free = pin!(Arc::clone(room).acquire_many_owned(amount));
        loop {
            tokio::select! {
                biased;
                permit = &mut free => return permit.ok(),
                () = tokio::time::sleep(INTERVAL) => self.oldest_leaves(),
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.unfinished.lock().waiting.remove(&self.number);
    }
}
