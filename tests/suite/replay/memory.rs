//! What the guard remembers, for how long, and in how much memory.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use allocation_counter::measure;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::MemoryReplayGuard;

use super::{key, now, seconds, signed, unsigned};

#[test]
fn the_first_delivery_is_fresh_and_its_copies_are_duplicates() {
    let guard = MemoryReplayGuard::new();
    let (key, until) = (signed("1").replay_key(), now() + seconds(360));
    assert!(guard.insert(&key, now(), until));
    assert!(!guard.insert(&key, now(), until));
    assert!(guard.insert(&signed("2").replay_key(), now(), until));
    assert!(guard.insert(&unsigned("1").replay_key(), now(), until));
    assert_eq!(guard.len(), 3);
    assert!(!guard.is_empty());
}

#[test]
fn clones_share_the_keys() {
    let guard = MemoryReplayGuard::default();
    assert!(
        guard
            .clone()
            .insert(&key(true, 1), now(), now() + seconds(1))
    );
    assert!(!guard.insert(&key(true, 1), now(), now() + seconds(1)));
    guard.clone().remove(&key(true, 1));
    assert!(guard.is_empty());
}

#[test]
fn a_key_is_remembered_up_to_and_including_its_end() {
    let guard = MemoryReplayGuard::new();
    let (key, until) = (key(true, 1), now() + seconds(10));
    assert!(guard.insert(&key, now(), until));
    assert!(!guard.insert(&key, until, until));
    assert!(guard.insert(&key, until + seconds(1), until + seconds(2)));
    assert!(!guard.insert(&key, until + seconds(2), until));
    assert_eq!(guard.len(), 1);
}

#[test]
fn a_duplicate_does_not_extend_the_end() {
    let guard = MemoryReplayGuard::new();
    let key = key(true, 1);
    assert!(guard.insert(&key, now(), now() + seconds(10)));
    assert!(!guard.insert(&key, now(), now() + seconds(99)));
    assert!(guard.insert(&key, now() + seconds(11), now() + seconds(99)));
}

#[test]
fn a_removed_key_is_fresh_again() {
    let guard = MemoryReplayGuard::new();
    let (key, until) = (key(true, 1), now() + seconds(10));
    guard.remove(&key);
    assert!(guard.insert(&key, now(), until));
    guard.remove(&key);
    assert!(guard.is_empty());
    assert!(guard.insert(&key, now(), until));
    assert!(!guard.insert(&key, now(), until));
}

#[test]
fn a_key_with_a_past_end_is_checked_and_not_stored() {
    let guard = MemoryReplayGuard::new();
    let past = now() - seconds(1);
    assert!(guard.insert(&key(true, 1), now(), past));
    assert!(guard.is_empty());
    assert!(guard.insert(&key(true, 1), now(), now()));
    assert!(!guard.insert(&key(true, 1), now(), past));
}

#[test]
fn a_copy_is_a_duplicate_after_the_clock_is_set_back() {
    let guard = MemoryReplayGuard::new();
    assert!(guard.insert(&key(true, 1), now(), now() + seconds(10)));
    assert!(!guard.insert(&key(true, 1), now() - seconds(3600), now()));
    assert!(guard.insert(&key(true, 2), now() - seconds(3600), now()));
    assert!(!guard.insert(&key(true, 1), now(), now()));
}

#[test]
fn times_at_both_ends_of_the_range_are_accepted() {
    let guard = MemoryReplayGuard::new();
    let times = [DateTime::<Utc>::MIN_UTC, now(), DateTime::<Utc>::MAX_UTC];
    for (number, (now, until)) in times
        .iter()
        .flat_map(|now| times.map(|until| (*now, until)))
        .enumerate()
    {
        assert!(guard.insert(&key(true, number), now, until));
        assert_eq!(
            guard.insert(&key(true, number), now, until),
            until < now,
            "{now} {until}"
        );
    }
}

#[test]
fn each_fresh_key_removes_two_expired_keys() {
    let guard = MemoryReplayGuard::with_capacity(1000);
    for number in 0..500 {
        _ = guard.insert(&key(true, number), now(), now() + seconds(10));
    }
    let later = now() + seconds(11);
    for number in 500..750 {
        _ = guard.insert(&key(true, number), later, later);
    }
    assert_eq!(guard.len(), 250, "each fresh key removes two keys");
    for number in 750..1000 {
        _ = guard.insert(&key(true, number), later, later);
    }
    assert_eq!(guard.len(), 500, "a key that ends now has not expired");
    assert!(!guard.insert(&key(true, 500), later, later));
}

#[test]
fn a_key_inserted_again_lasts_until_its_new_end() {
    let guard = MemoryReplayGuard::with_capacity(1000);
    let (removed, expired) = (key(true, 8), key(true, 9));
    for number in 0..8 {
        _ = guard.insert(&key(true, number), now(), now() + seconds(1));
    }
    for key in [&removed, &expired] {
        assert!(guard.insert(key, now(), now() + seconds(2)));
    }
    guard.remove(&removed);
    let later = now() + seconds(3);
    for key in [&removed, &expired] {
        assert!(guard.insert(key, later, later + seconds(100)));
    }
    for number in 10..200 {
        _ = guard.insert(&key(true, number), later, later);
    }
    for key in [&removed, &expired] {
        assert!(!guard.insert(key, later, later));
    }
}

#[test]
fn a_full_guard_evicts_the_key_that_expires_first() {
    let guard = MemoryReplayGuard::with_capacity(3);
    for (number, lasts) in [(1, 20), (2, 10), (3, 30), (4, 40), (5, 5)] {
        assert!(guard.insert(&key(true, number), now(), now() + seconds(lasts)));
    }
    assert_eq!(guard.len(), 3);
    let is_remembered = |number| !guard.insert(&key(true, number), now(), now() - seconds(1));
    assert_eq!(
        [1, 2, 3, 4, 5].map(is_remembered),
        [false, false, true, true, true]
    );
}

#[test]
fn the_capacity_is_used_and_never_exceeded() {
    for capacity in [0, 1, 64, 2047] {
        let guard = MemoryReplayGuard::with_capacity(capacity);
        for number in 0..capacity + capacity / 2 + 2 {
            _ = guard.insert(&key(true, number), now(), now() + seconds(10));
            assert_eq!(guard.len(), (number + 1).min(capacity.max(1)));
        }
    }
}

#[test]
fn plain_json_evicts_no_signed_webhook() {
    let guard = MemoryReplayGuard::with_capacity(100);
    let until = now() + seconds(10);
    for number in 0..100 {
        _ = guard.insert(&key(true, number), now(), until);
    }
    for number in 0..1000 {
        _ = guard.insert(&key(false, number), now(), until + seconds(10));
    }
    for number in 0..100 {
        assert!(!guard.insert(&key(true, number), now(), until));
    }
    assert_eq!(
        format!("{guard:?}"),
        "MemoryReplayGuard { signed: 100, unsigned: 100 }"
    );
}

#[test]
fn a_key_is_fresh_for_exactly_one_of_several_threads() {
    const THREADS: usize = 8;
    const KEYS: usize = 500;

    let guard = MemoryReplayGuard::new();
    let keys: Vec<_> = (0..KEYS).map(|number| key(true, number)).collect();
    let fresh: Vec<_> = keys.iter().map(|_| AtomicUsize::new(0)).collect();
    let start = Barrier::new(THREADS);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                start.wait();
                for (key, fresh) in keys.iter().zip(&fresh) {
                    if guard.insert(key, now(), now() + seconds(10)) {
                        fresh.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(fresh.iter().all(|fresh| fresh.load(Ordering::Relaxed) == 1));
    assert_eq!(guard.len(), KEYS);
}

/// The documented maximum memory of a key, in bytes.
const KEY: u64 = 216;

#[test]
fn keys_in_any_order_take_no_more_memory_than_documented() {
    type Offset = fn(usize) -> i64;

    let orders: [(&str, Offset); 4] = [
        ("the same", |_| 0),
        ("rising", |number| number as i64),
        ("falling", |number| -(number as i64)),
        ("mixed", |number| (number as i64 * 7919) % 10_007),
    ];
    let keys: Vec<_> = (0..40_000).map(|number| key(true, number)).collect();
    let capacity = keys.len() / 2;
    for (order, offset) in orders {
        let mut guard = None;
        let measured = measure(|| {
            let guard = guard.insert(MemoryReplayGuard::with_capacity(capacity));
            for (number, key) in keys.iter().enumerate() {
                _ = guard.insert(key, now(), now() + seconds(100_000 + offset(number)));
            }
        });
        assert_eq!(guard.unwrap().len(), capacity, "{order}: it is full");
        let each = measured.bytes_max / capacity as u64;
        assert!((88..=KEY).contains(&each), "{order}: {each} bytes");
    }
}
