//! Bodies that could not be judged, with the time of their receipt, under a cap of bytes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// A body, and when it was received.
type Kept = (Box<[u8]>, DateTime<Utc>);

pub(super) struct Unjudged {
    cap: usize,
    bodies: Mutex<VecDeque<Kept>>,
}

impl Unjudged {
    pub(super) fn new(cap: usize) -> Self {
        Self { cap, bodies: Mutex::default() }
    }

    /// `false`: there is no room. The oldest don't make room for the newest, or strangers could push out what is
    /// genuine.
    pub(super) fn keep(&self, body: &[u8], received_at: DateTime<Utc>) -> bool {
        let mut bodies = self.lock();
        let held: usize = bodies.iter().map(|(body, _)| cost(body)).sum();
        let fits = held + cost(body) <= self.cap;
        if fits {
            // A copy: the framework's bytes may be a corner of a much larger buffer.
            bodies.push_back((body.into(), received_at));
        }
        fits
    }

    pub(super) fn take(&self) -> Option<Kept> {
        self.lock().pop_front()
    }

    /// Puts back what was taken, whatever has come meanwhile.
    pub(super) fn put_back(&self, body: Box<[u8]>, received_at: DateTime<Utc>) {
        self.lock().push_front((body, received_at));
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        self.bodies.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body and what it takes to hold it, so that many small ones count too.
fn cost(body: &[u8]) -> usize {
    body.len() + 64
}
