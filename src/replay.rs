//! [`MemoryReplayGuard`]: remembers which webhooks were seen, by their [`ReplayKey`].

mod key;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

pub use key::{ParseReplayKeyError, ReplayKey};

const CAPACITY: usize = 100_000;

/// How many expired keys each fresh one removes: more than one, so that removal keeps up.
const EXPIRED: usize = 2;

/// Remembers webhooks in this process, so that a duplicate is not handled again: a token that was
/// recorded and sent again, or a webhook that was delivered twice. Clones share the keys.
///
/// It works as a `HashSet` of [`ReplayKey`]s that expire. For several machines, or for effects that
/// happen exactly once, store the keys in your database: see
/// [`guide::duplicates`](crate::guide::duplicates).
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use moneyhub_webhooks::{Error, MemoryReplayGuard, Receiver, Webhook};
///
/// type Received = Result<Option<Webhook>, Error>;
///
/// /// Returns `None` for a duplicate. Answer it as if it were fresh.
/// fn receive(receiver: &Receiver, guard: &MemoryReplayGuard, body: &[u8], now: DateTime<Utc>) -> Received {
///     let webhook = receiver.parse_at(body, now)?;
///     // A token expires, plain JSON does not. A day also covers bodies that wait for their key.
///     let day = now + TimeDelta::days(1);
///     let until = receiver.replayable_until(webhook.authenticity()).unwrap_or(day).max(day);
///     let is_fresh = guard.insert(&webhook.replay_key(), now, until);
///     Ok(is_fresh.then_some(webhook))
/// }
/// # let (receiver, guard) = (Receiver::unsigned_json(), MemoryReplayGuard::new());
/// # let body = br#"{"id":"1","eventType":"deletedAccount","payload":{"accountId":"a"}}"#;
/// # let now = "2025-01-01T00:00:00Z".parse().unwrap();
/// # assert!(receive(&receiver, &guard, body, now)?.is_some());
/// # assert!(receive(&receiver, &guard, body, now)?.is_none());
/// # Ok::<(), Error>(())
/// ```
///
/// If handling fails, [`remove`](Self::remove) the key, and the next copy is fresh again.
///
/// # Memory
///
/// The [capacity](Self::with_capacity) applies to signed and to unsigned webhooks separately, so
/// that posting plain JSON, which anyone can do, evicts no signed webhook. A full guard never
/// rejects a webhook: it evicts the key that expires first. Each fresh webhook removes up to two
/// expired keys.
///
/// A key takes at most **216 bytes**, and usually 140 to 160. With the default capacity of 100 000,
/// the guard of a receiver of signed tokens takes at most 22 MB, or twice that if the receiver also
/// accepts plain JSON. Nothing is allocated in advance.
#[derive(Clone)]
pub struct MemoryReplayGuard {
    signed: Arc<Mutex<Keys>>,
    unsigned: Arc<Mutex<Keys>>,
}

impl MemoryReplayGuard {
    /// Creates a guard that remembers up to 100 000 signed and 100 000 unsigned webhooks.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    /// Creates a guard that remembers up to `capacity` signed webhooks, and as many unsigned ones.
    /// With 0 it remembers one of each.
    ///
    /// Choose the number of webhooks that you expect in the time for which they are remembered. At
    /// one webhook per second, that is 360 in the six minutes of a [`Receiver`](crate::Receiver)
    /// with the default settings, and 86 400 in 24 hours.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        let keys = || {
            let keys = Keys {
                capacity,
                until: BTreeMap::new(),
                by_end: BTreeSet::new(),
            };
            Arc::new(Mutex::new(keys))
        };
        Self {
            signed: keys(),
            unsigned: keys(),
        }
    }

    /// Remembers a key up to and including `until`. Returns `true` if it is fresh, and `false` if it
    /// is a duplicate.
    ///
    /// Of concurrent calls with a fresh key, exactly one returns `true`. A duplicate does not extend
    /// the `until` of the first call. If `until` is before `now`, a remembered key is still a
    /// duplicate, and any other key is fresh but not remembered.
    ///
    /// Pass the time of receipt as `now`, and [`replayable_until`](crate::Receiver::replayable_until) as `until`, or a
    /// later time if bodies may wait to be verified. If you parse a body long after its receipt, that time may have
    /// passed: then pass the current time, and a later `until` of your choice.
    #[must_use = "a duplicate must not be handled"]
    pub fn insert(&self, key: &ReplayKey, now: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        self.keys(key).insert(*key, now, until)
    }

    /// Forgets a key, so that the next copy of its webhook is fresh. Does nothing if the key is not
    /// remembered.
    pub fn remove(&self, key: &ReplayKey) {
        self.keys(key).remove(key);
    }

    /// Returns the number of keys, including expired ones that are not removed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        let [signed, unsigned] = self.lens();
        signed.saturating_add(unsigned)
    }

    /// Returns `true` if there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn keys(&self, key: &ReplayKey) -> MutexGuard<'_, Keys> {
        lock(if key.is_signed() {
            &self.signed
        } else {
            &self.unsigned
        })
    }

    fn lens(&self) -> [usize; 2] {
        [&self.signed, &self.unsigned].map(|keys| lock(keys).until.len())
    }
}

/// Ignores poisoning: no change of the keys can panic half-way.
fn lock(keys: &Mutex<Keys>) -> MutexGuard<'_, Keys> {
    keys.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for MemoryReplayGuard {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [signed, unsigned] = self.lens();
        f.debug_struct("MemoryReplayGuard")
            .field("signed", &signed)
            .field("unsigned", &unsigned)
            .finish()
    }
}

/// The same keys twice: by value, and by expiry.
///
/// The nodes of a B-tree are at least half full, which bounds the memory of a key. A hash table takes
/// up to four times as much while it grows.
struct Keys {
    /// With 0, the last key is still remembered.
    capacity: usize,
    until: BTreeMap<ReplayKey, DateTime<Utc>>,
    by_end: BTreeSet<(DateTime<Utc>, ReplayKey)>,
}

impl Keys {
    fn insert(&mut self, key: ReplayKey, now: DateTime<Utc>, until: DateTime<Utc>) -> bool {
        if self.until.get(&key).is_some_and(|until| *until >= now) {
            return false;
        }
        self.remove(&key);
        for _ in 0..EXPIRED {
            if self.by_end.first().is_some_and(|(end, _)| *end < now) {
                self.remove_first();
            }
        }
        if until >= now {
            if self.until.len() >= self.capacity {
                self.remove_first();
            }
            self.until.insert(key, until);
            self.by_end.insert((until, key));
        }
        true
    }

    fn remove(&mut self, key: &ReplayKey) {
        if let Some(until) = self.until.remove(key) {
            self.by_end.remove(&(until, *key));
        }
    }

    fn remove_first(&mut self) {
        if let Some((_, key)) = self.by_end.pop_first() {
            self.until.remove(&key);
        }
    }
}
