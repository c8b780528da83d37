//! Bodies that could not be judged, with the time of their receipt, under a cap of bytes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// A body, and when it was received.
type Kept = (Box<[u8]>, DateTime<Utc>);

pub(super) struct Unjudged {
    cap: usize,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    bodies: VecDeque<Kept>,
    /// What the bodies cost: strangers decide how many they are, so that they are not summed up for each.
    cost: usize,
}

impl Unjudged {
    pub(super) fn new(cap: usize) -> Self {
        Self {
            cap,
            held: Mutex::default(),
        }
    }

    /// `false`: there is no room. The oldest don't make room for the newest, or strangers could push out what is
    /// genuine.
    pub(super) fn keep(&self, body: &[u8], received_at: DateTime<Utc>) -> bool {
        let mut held = self.lock();
        let fits = held.cost + cost(body) <= self.cap;
        if fits {
            // A copy: the framework's bytes may be a corner of a much larger buffer.
            held.bodies.push_back((body.into(), received_at));
            held.cost += cost(body);
        }
        fits
    }

    pub(super) fn take(&self) -> Option<Kept> {
        let mut held = self.lock();
        let kept = held.bodies.pop_front();
        held.cost -= kept.as_ref().map_or(0, |(body, _)| cost(body));
        kept
    }

    /// Puts back what was taken, whatever has come meanwhile.
    pub(super) fn put_back(&self, body: Box<[u8]>, received_at: DateTime<Utc>) {
        let mut held = self.lock();
        held.cost += cost(&body);
        held.bodies.push_front((body, received_at));
    }

    pub(super) fn len(&self) -> usize {
        self.lock().bodies.len()
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A body and what it takes to hold it, so that many small ones count too.
fn cost(body: &[u8]) -> usize {
    body.len() + 64
}
