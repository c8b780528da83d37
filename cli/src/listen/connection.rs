//! The place of a connection among those that bring deliveries. They are limited in number: one that has not sent a
//! complete request makes room for a new one.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::unfinished::{Turn, Unfinished};

pub(super) struct Connections {
    places: Arc<Semaphore>,
    unfinished: Unfinished,
}

impl Connections {
    pub(super) fn new(most: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(most)),
            unfinished: Unfinished::new(Duration::ZERO),
        }
    }

    pub(super) fn oldest_leaves(&self) {
        self.unfinished.oldest_leaves();
    }

    /// A place for one more.
    pub(super) async fn enter(&self) -> Arc<Connection> {
        if self.places.available_permits() == 0 {
            self.oldest_leaves();
        }
        let place = self.unfinished.make_room(&self.places, 1).await;
        let connection = Connection {
            unfinished: self.unfinished.clone(),
            leave: Arc::default(),
            place: Mutex::new(place),
            turn: Mutex::default(),
        };
        connection.waits();
        Arc::new(connection)
    }
}

pub(super) struct Connection {
    unfinished: Unfinished,
    leave: Arc<Notify>,
    place: Mutex<Option<OwnedSemaphorePermit>>,
    turn: Mutex<Option<Turn>>,
}

impl Connection {
    /// It waits for its next request, and has to leave if another needs the place.
    pub(super) fn waits(&self) {
        if lock(&self.place).is_some() {
            *lock(&self.turn) = Some(self.unfinished.enter(Arc::clone(&self.leave)));
        }
    }

    /// Its request is complete: it stays until that is answered.
    pub(super) fn is_complete(&self) {
        *lock(&self.turn) = None;
    }

    /// It brings no delivery, and gives its place to one that does.
    pub(super) fn is_a_page(&self) {
        self.is_complete();
        *lock(&self.place) = None;
    }

    pub(super) async fn has_to_leave(&self) {
        self.leave.notified().await;
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
