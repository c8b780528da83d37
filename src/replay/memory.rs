//! [`MemoryReplayGuard`]: what was seen, remembered in this process and within bounds.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

use super::{Admission, ReplayGuard, ReplayKey};
use crate::observe::{self, Guard};

const CAPACITY: usize = 100_000;

/// Receivers on different threads seldom meet on one of so many locks.
const SHARDS: usize = 16;

/// The room of smaller shards would be shared out too unevenly: a smaller guard has fewer of them.
const SMALLEST_SHARD: usize = 1024;

/// How many keys whose time has passed leave when one is admitted: more than come, so that they all leave.
const LEAVING: usize = 2;

/// Remembers webhooks in this process, in bounded memory. Clones share what is remembered.
///
/// Signed and unsigned webhooks have room apart, so that strangers who post plain JSON can't push signed webhooks
/// out: [the capacity](Self::with_capacity) is that of each. An entry takes **216 bytes** at most, and 140 to
/// 160 as a rule: of a receiver of signed tokens 22 MB at most with the default of 100 000, twice that if plain JSON
/// is accepted too. Nothing is allocated in advance.
///
/// Entries leave when their time has passed, some with each webhook that comes. Where there is no room, the entry
/// that ends soonest leaves before its time: a webhook is never refused. The room is shared out evenly among up to
/// 16 shards, by the digits of the key, and each has a lock of its own. A shard that is full pushes out entries of
/// its own, and one of them is full a few per cent before all are; a guard of fewer than 2048 has one shard.
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
/// guard.release_sync(&key); // handling it has failed
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
    /// A guard that remembers 100 000 signed webhooks and as many unsigned ones.
    #[must_use]
    pub fn new() -> Self {
        Self::with_capacity(CAPACITY)
    }

    /// A guard that remembers so many signed webhooks, and as many unsigned ones: at least one of each.
    ///
    /// Take what comes within the time that webhooks are remembered: at a webhook a second that is 360 in the six
    /// minutes of a [`Receiver`](crate::Receiver) with the default ages, and 86 400 in 24 hours.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Arc::new(Rooms { signed: Room::new(capacity), unsigned: Room::new(capacity) }))
    }

    /// [`ReplayGuard::admit`] without a future.
    pub fn admit_sync(&self, key: &ReplayKey, now: DateTime<Utc>, until: DateTime<Utc>) -> Admission {
        let admission = self.shard(key).admit(*key, now, until);
        observe::admission(Guard::Memory, Some(admission));
        admission
    }

    /// [`ReplayGuard::release`] without a future.
    pub fn release_sync(&self, key: &ReplayKey) {
        self.shard(key).remove(key);
    }

    /// How many webhooks it remembers, signed and unsigned. Those count whose time has passed and that have not
    /// left yet.
    #[must_use]
    pub fn len(&self) -> usize {
        let Rooms { signed, unsigned } = &*self.0;
        signed.len().saturating_add(unsigned.len())
    }

    /// Whether it remembers nothing.
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

/// The shards of the signed webhooks, or of the unsigned ones.
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

/// A panic elsewhere leaves a shard whole: nothing in here panics half-way.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Two search trees, whose nodes are half full at least, so that the memory of an entry has a bound; a hash table
/// is up to four times as large while it grows.
struct Shard {
    /// With 0 there is room for one still: who comes is remembered.
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
