//! What is remembered in this process, for how long, and in how much memory.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::Admission::{Duplicate, Fresh};
use moneyhub_webhooks::{MemoryReplayGuard, ReplayGuard, ReplayKey};

use super::{key, now, seconds, signed, unsigned};

/// What the future of a guard in memory gives, which never waits.
fn ready<T>(answer: impl Future<Output = T>) -> T {
    match pin!(answer).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn the_first_is_fresh_and_its_copies_are_duplicates() {
    let guard = MemoryReplayGuard::new();
    let (key, until) = (signed("1").replay_key(), now() + seconds(360));
    assert_eq!(guard.admit_sync(&key, now(), until), Fresh);
    assert_eq!(guard.admit_sync(&key, now(), until), Duplicate);
    assert_eq!(guard.admit_sync(&signed("2").replay_key(), now(), until), Fresh);
    assert_eq!(guard.admit_sync(&unsigned("1").replay_key(), now(), until), Fresh);
    assert_eq!(guard.len(), 3);
    assert!(!guard.is_empty());
    assert!(Fresh.is_fresh() && !Duplicate.is_fresh());
}

#[test]
fn as_a_guard_it_answers_the_same_and_clones_share_what_is_remembered() {
    async fn fresh(guard: impl ReplayGuard, key: &ReplayKey) -> bool {
        guard.admit(key, now(), now() + seconds(1)).await.unwrap().is_fresh()
    }

    let guard = MemoryReplayGuard::default();
    assert!(ready(fresh(guard.clone(), &key(true, 1))));
    assert!(!ready(fresh(Arc::new(guard.clone()), &key(true, 1))));
    ready(Arc::new(guard.clone()).release(&key(true, 1))).unwrap();
    assert!(guard.is_empty());
    assert!(ready(fresh(guard, &key(true, 1))));
}

#[test]
fn it_counts_as_seen_up_to_and_including_its_end() {
    let guard = MemoryReplayGuard::new();
    let (key, until) = (key(true, 1), now() + seconds(10));
    assert_eq!(guard.admit_sync(&key, now(), until), Fresh);
    assert_eq!(guard.admit_sync(&key, until, until), Duplicate);
    assert_eq!(guard.admit_sync(&key, until + seconds(1), until + seconds(2)), Fresh);
    assert_eq!(guard.admit_sync(&key, until + seconds(2), until), Duplicate);
    assert_eq!(guard.len(), 1);
}

#[test]
fn a_duplicate_does_not_prolong_what_is_remembered() {
    let guard = MemoryReplayGuard::new();
    let key = key(true, 1);
    assert_eq!(guard.admit_sync(&key, now(), now() + seconds(10)), Fresh);
    assert_eq!(guard.admit_sync(&key, now(), now() + seconds(99)), Duplicate);
    assert_eq!(guard.admit_sync(&key, now() + seconds(11), now() + seconds(99)), Fresh);
}

#[test]
fn what_is_released_is_fresh_again_and_the_unknown_is_no_error() {
    let guard = MemoryReplayGuard::new();
    let (key, until) = (key(true, 1), now() + seconds(10));
    guard.release_sync(&key);
    assert_eq!(guard.admit_sync(&key, now(), until), Fresh);
    guard.release_sync(&key);
    assert!(guard.is_empty());
    assert_eq!(guard.admit_sync(&key, now(), until), Fresh);
    assert_eq!(guard.admit_sync(&key, now(), until), Duplicate);
}

#[test]
fn what_has_ended_before_it_came_is_fresh_and_not_remembered_unless_it_was() {
    let guard = MemoryReplayGuard::new();
    let past = now() - seconds(1);
    assert_eq!(guard.admit_sync(&key(true, 1), now(), past), Fresh);
    assert!(guard.is_empty());
    assert_eq!(guard.admit_sync(&key(true, 1), now(), now()), Fresh);
    assert_eq!(guard.admit_sync(&key(true, 1), now(), past), Duplicate);
}

#[test]
fn with_a_clock_that_goes_backwards_a_copy_is_a_copy() {
    let guard = MemoryReplayGuard::new();
    assert_eq!(guard.admit_sync(&key(true, 1), now(), now() + seconds(10)), Fresh);
    assert_eq!(guard.admit_sync(&key(true, 1), now() - seconds(3600), now()), Duplicate);
    assert_eq!(guard.admit_sync(&key(true, 2), now() - seconds(3600), now()), Fresh);
    assert_eq!(guard.admit_sync(&key(true, 1), now(), now()), Duplicate);
}

#[test]
fn the_ends_of_the_calendar_are_times_too() {
    let guard = MemoryReplayGuard::new();
    let times = [DateTime::<Utc>::MIN_UTC, now(), DateTime::<Utc>::MAX_UTC];
    for (number, (now, until)) in times.iter().flat_map(|now| times.map(|until| (*now, until))).enumerate() {
        assert_eq!(guard.admit_sync(&key(true, number), now, until), Fresh);
        let again = if until >= now { Duplicate } else { Fresh };
        assert_eq!(guard.admit_sync(&key(true, number), now, until), again, "{now} {until}");
    }
}

#[test]
fn all_whose_time_has_passed_leave_while_others_come() {
    let guard = MemoryReplayGuard::with_capacity(1000);
    for number in 0..500 {
        _ = guard.admit_sync(&key(true, number), now(), now() + seconds(10));
    }
    let later = now() + seconds(11);
    for number in 500..750 {
        _ = guard.admit_sync(&key(true, number), later, later);
    }
    assert_eq!(guard.len(), 250, "each that comes takes two with it");
    for number in 750..1000 {
        _ = guard.admit_sync(&key(true, number), later, later);
    }
    assert_eq!(guard.len(), 500, "what ends now has not ended");
    assert_eq!(guard.admit_sync(&key(true, 500), later, later), Duplicate);
}

#[test]
fn of_a_key_that_comes_again_the_newer_end_counts() {
    let guard = MemoryReplayGuard::with_capacity(1000);
    let (released, ended) = (key(true, 8), key(true, 9));
    for number in 0..8 {
        _ = guard.admit_sync(&key(true, number), now(), now() + seconds(1));
    }
    for key in [&released, &ended] {
        assert_eq!(guard.admit_sync(key, now(), now() + seconds(2)), Fresh);
    }
    guard.release_sync(&released);
    let later = now() + seconds(3);
    for key in [&released, &ended] {
        assert_eq!(guard.admit_sync(key, later, later + seconds(100)), Fresh);
    }
    for number in 10..200 {
        _ = guard.admit_sync(&key(true, number), later, later);
    }
    for key in [&released, &ended] {
        assert_eq!(guard.admit_sync(key, later, later), Duplicate);
    }
}

#[test]
fn where_there_is_no_room_what_ends_soonest_leaves_and_nothing_is_refused() {
    let guard = MemoryReplayGuard::with_capacity(3);
    for (number, lasts) in [(1, 20), (2, 10), (3, 30), (4, 40), (5, 5)] {
        assert_eq!(guard.admit_sync(&key(true, number), now(), now() + seconds(lasts)), Fresh);
    }
    assert_eq!(guard.len(), 3);
    let held = |number| !guard.clone().admit_sync(&key(true, number), now(), now() - seconds(1)).is_fresh();
    assert_eq!([1, 2, 3, 4, 5].map(held), [false, false, true, true, true]);
}

#[test]
fn however_many_come_the_capacity_is_not_exceeded_and_all_of_it_is_used() {
    for (capacity, held) in
        [(0, 1..=1), (1, 1..=1), (64, 64..=64), (2047, 2047..=2047), (20_000, 19_000..=20_000)]
    {
        let guard = MemoryReplayGuard::with_capacity(capacity);
        for number in 0..capacity + capacity / 2 + 2 {
            _ = guard.admit_sync(&key(true, number), now(), now() + seconds(10));
            assert!(guard.len() <= capacity.max(1));
            if number == capacity {
                assert!(held.contains(&guard.len()), "{} of {capacity}", guard.len());
            }
        }
    }
}

#[test]
fn strangers_who_post_plain_json_push_no_signed_webhook_out() {
    let guard = MemoryReplayGuard::with_capacity(100);
    let until = now() + seconds(10);
    for number in 0..100 {
        _ = guard.admit_sync(&key(true, number), now(), until);
    }
    for number in 0..1000 {
        _ = guard.admit_sync(&key(false, number), now(), until + seconds(10));
    }
    for number in 0..100 {
        assert_eq!(guard.admit_sync(&key(true, number), now(), until), Duplicate);
    }
    assert_eq!(format!("{guard:?}"), "MemoryReplayGuard { signed: 100, unsigned: 100 }");
}

#[test]
fn of_threads_that_admit_one_key_at_once_one_is_told_that_it_is_fresh() {
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
                    if guard.admit_sync(key, now(), now() + seconds(10)).is_fresh() {
                        fresh.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert!(fresh.iter().all(|fresh| fresh.load(Ordering::Relaxed) == 1));
    assert_eq!(guard.len(), KEYS);
}

/// The bound that the documentation gives for an entry, in bytes.
const ENTRY: u64 = 216;

#[test]
fn an_entry_takes_no_more_memory_than_documented_in_whatever_order_ends_come() {
    type Offset = fn(usize) -> i64;

    let orders: [(&str, Offset); 4] = [
        ("the same", |_| 0),
        ("rising", |number| number as i64),
        ("falling", |number| -(number as i64)),
        ("mixed", |number| (number as i64 * 7919) % 10_007),
    ];
    let keys: Vec<_> = (0..40_000).map(|number| key(true, number)).collect();
    for (capacity, (order, offset)) in
        [1800, 20_000].into_iter().flat_map(|capacity| orders.map(|order| (capacity, order)))
    {
        let mut guard = None;
        let measured = measure(|| {
            let entries = guard.insert(MemoryReplayGuard::with_capacity(capacity));
            for (number, key) in keys[..2 * capacity].iter().enumerate() {
                _ = entries.admit_sync(key, now(), now() + seconds(100_000 + offset(number)));
            }
        });
        assert_eq!(guard.unwrap().len(), capacity, "{order}: it is full");
        let entry = measured.bytes_max / capacity as u64;
        assert!((88..=ENTRY).contains(&entry), "{order}: {entry} bytes");
    }
}
