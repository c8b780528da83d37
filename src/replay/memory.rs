//! [`MemoryReplayGuard`]: stores replay keys in this process, in bounded memory.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::{Admission, ReplayGuard, ReplayKey};
use crate::observe::{self, Guard};

const CAPACITY: usize = 100_000;

/// With this many locks, threads seldom contend for the same one.
const SHARDS: usize = 16;

/// The minimum capacity of a shard. Smaller shards would fill too unevenly, so a small guard has fewer shards.
const SMALLEST_SHARD: usize = 1024;

/// How many expired keys to remove when one is admitted. It is more than one, so that removal keeps up.
const LEAVING: usize = 2;

/// Remembers webhooks in this process, in bounded memory. Clones share the entries.
///
/// The [capacity](Self::with_capacity) applies to signed and to unsigned webhooks separately, so that an attacker who
/// posts plain JSON can't evict signed webhooks. An entry takes at most **216 bytes**, and usually 140 to 160. With the
/// default capacity of 100 000, the guard of a receiver of signed tokens takes at most 22 MB, or twice that if the
/// receiver also accepts plain JSON. Nothing is allocated in advance.
///
/// Each fresh webhook removes some expired entries. A full guard never rejects a webhook: it evicts the entry that
/// expires first. The capacity is divided evenly among up to 16 shards, each with its own lock, and the digits of a key
/// select its shard. A full shard evicts its own entries, so eviction starts when the guard as a whole is still a few
/// per cent below its capacity. A guard with a capacity below 2048 has one shard.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use moneyhub_webhooks::{Admission, MemoryReplayGuard, Receiver};
///
/// let guard = MemoryReplayGuard::new();
/// let now: DateTime<Utc> = "2025-01-01T00:00:00Z".parse()?;
/// let until = now + TimeDelta::hours(24);
///
/// let body = br#"{"id":"1","eventType":"deletedAccount","payload":{"accountId":"a"}}"#;
/// let key = Receiver::unsigned_json().parse_at(body, now)?.replay_key();
/// assert_eq!(guard.admit_sync(&key, now, until), Admission::Fresh);
/// assert_eq!(guard.admit_sync(&key, now, until), Admission::Duplicate);
/// guard.release_sync(&key); // handling failed
/// assert_eq!(guard.admit_sync(&key, now, until), Admission::Fresh);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryReplayGuard(Arc<Rooms>);

struct Rooms {
    signed: Room,
    unsigned: Room,
}

impl MemoryReplayGuard {
    /// Creates a guard that remembers up to 100 000 signed and 100 000 unsigned webhooks.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    /// Creates a guard that remembers up to `capacity` signed webhooks, and as many unsigned ones. With 0 it remembers
    /// one of each.
    ///
    /// Choose the number of webhooks that you expect in the time for which they are remembered. At one webhook per
    /// second, that is 360 in the six minutes of a [`Receiver`](crate::Receiver) with the default settings, and 86 400
    /// in 24 hours.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(Rooms { signed: Room::new(capacity), unsigned: Room::new(capacity) }))
    }

    /// Does the same as [`ReplayGuard::admit`], synchronously.
    pub fn admit_sync(&self, key: &ReplayKey, now: DateTime<Utc>, until: DateTime<Utc>) -> Admission {
        let admission = self.shard(key).admit(*key, now, until);
        observe::admission(Guard::Memory, Some(admission));
        admission
    }

    /// Does the same as [`ReplayGuard::release`], synchronously.
    pub fn release_sync(&self, key: &ReplayKey) {
        self.shard(key).remove(key);
    }

    /// Returns the number of entries, signed and unsigned, including expired ones that are not removed yet.
    #[must_use]
    pub fn len(&self) -> usize {
        let Rooms { signed, unsigned } = &*self.0;
        signed.len().saturating_add(unsigned.len())
    }

    /// Returns `true` if there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn shard(&self, key: &ReplayKey) -> MutexGuard<'_, Shard> {
        let Rooms { signed, unsigned } = &*self.0;
        if key.is_signed() { signed.shard(key) } else { unsigned.shard(key) }
    }
}

impl Default for MemoryReplayGuard {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rooms { signed, unsigned } = &*self.0;
        f.debug_struct("MemoryReplayGuard")
            .field("signed", &signed.len())
            .field("unsigned", &unsigned.len())
            .finish()
    }
}

impl ReplayGuard for MemoryReplayGuard {
    type Error = Infallible;

    async fn admit(
        &self,
        key: &ReplayKey,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Admission, Infallible> {
        Ok(self.admit_sync(key, now, until))
    }

    async fn release(&self, key: &ReplayKey) -> Result<(), Infallible> {
        self.release_sync(key);
        Ok(())
    }
}

/// The shards for signed webhooks, or those for unsigned ones.
struct Room {
    last: Mutex<Shard>,
    others: Box<[Mutex<Shard>]>,
}

impl Room {
    fn new(capacity: usize) -> Self {
        let shards = (capacity / SMALLEST_SHARD).clamp(1, SHARDS);
        let share = capacity.checked_div(shards).unwrap_or(capacity);
        let shard =
            |capacity| Mutex::new(Shard { capacity, until: BTreeMap::new(), by_end: BTreeSet::new() });
        Self { last: shard(share), others: (1..shards).map(|_| shard(share)).collect() }
    }

    fn shard(&self, key: &ReplayKey) -> MutexGuard<'_, Shard> {
        let shards = self.others.len().saturating_add(1);
        let place = key.spread().checked_rem(shards).unwrap_or_default();
        lock(self.others.get(place).unwrap_or(&self.last))
    }

    fn len(&self) -> usize {
        let shards = self.others.iter().chain([&self.last]);
        shards.map(|shard| lock(shard).until.len()).fold(0, usize::saturating_add)
    }
}

/// Locks a shard. Ignores poisoning: no change of a shard can panic half-way.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Entries by key, and by expiry.
///
/// The nodes of a B-tree are at least half full, which bounds the memory of an entry. A hash table is up to four
/// times as large while it grows.
struct Shard {
    /// A shard with a capacity of 0 still remembers one key, the last one admitted.
    capacity: usize,
    until: BTreeMap<ReplayKey, DateTime<Utc>>,
    by_end: BTreeSet<(DateTime<Utc>, ReplayKey)>,
}

impl Shard {
    fn admit(&mut self, key: ReplayKey, now: DateTime<Utc>, until: DateTime<Utc>) -> Admission {
        if self.until.get(&key).is_some_and(|until| *until >= now) {
            return Admission::Duplicate;
        }
        self.remove(&key);
        for _ in 0..LEAVING {
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
        Admission::Fresh
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
