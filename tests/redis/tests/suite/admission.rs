//! What is fresh and what is a duplicate, whoever asks, and for how long.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use moneyhub_webhooks::Admission::{Duplicate, Fresh};
use moneyhub_webhooks::{RedisReplayGuard, ReplayGuard};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::support::{Server, guard, key, now, soon};

#[tokio::test]
async fn what_one_machine_has_seen_is_a_duplicate_on_another() {
    let Some(server) = Server::start() else { return };
    let (one, other) = (guard(&server), guard(&server));
    assert_eq!(one.admit(&key(1), now(), soon()).await, Ok(Fresh));
    assert_eq!(other.admit(&key(1), now(), soon()).await, Ok(Duplicate));
    assert_eq!(one.admit(&key(1), now(), soon()).await, Ok(Duplicate));
    assert_eq!(other.admit(&key(2), now(), soon()).await, Ok(Fresh));
    assert_eq!(one.clone().admit(&key(2), now(), soon()).await, Ok(Duplicate));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_thousand_that_ask_at_once_for_a_hundred_keys_a_hundred_are_fresh() {
    let Some(server) = Server::start() else { return };
    let clients = [(); 4].map(|()| guard(&server));
    let start = Arc::new(Barrier::new(1000));
    let mut questions = JoinSet::new();
    for number in 0..1000 {
        let (guard, start) = (clients[number % clients.len()].clone(), Arc::clone(&start));
        questions.spawn(async move {
            start.wait().await;
            let number = number as u32 / 4 % 100;
            (
                number,
                guard.time_limit(Duration::from_secs(10)).admit(&key(number), now(), soon()).await.unwrap(),
            )
        });
    }
    let answers = questions.join_all().await;
    let mut fresh: Vec<_> =
        answers.iter().filter(|(_, admission)| admission.is_fresh()).map(|(number, _)| *number).collect();
    fresh.sort_unstable();
    assert_eq!(answers.len(), 1000);
    assert_eq!(fresh, (0..100).collect::<Vec<_>>());
    assert_eq!(server.command("DBSIZE"), ":100");
}

#[tokio::test]
async fn the_server_expires_a_key_at_its_end() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
    let left = server.command(&format!("PTTL moneyhub-webhooks:replay:{}", key(1)));
    let left: i64 = left.trim_start_matches(':').parse().unwrap();
    assert!((350_000..=360_001).contains(&left), "{left} milliseconds");

    assert_eq!(guard.admit(&key(2), now(), now() + TimeDelta::milliseconds(50)).await, Ok(Fresh));
    while server.command(&format!("EXISTS moneyhub-webhooks:replay:{}", key(2))) == ":1" {
        tokio::task::yield_now().await;
    }
    assert_eq!(guard.admit(&key(2), now(), soon()).await, Ok(Fresh));
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Duplicate));
}

#[tokio::test]
async fn what_has_ended_before_it_came_is_fresh_and_soon_forgotten_unless_it_was_remembered() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    let past = now() - TimeDelta::hours(1);
    assert_eq!(guard.admit(&key(1), now(), past).await, Ok(Fresh));
    while server.command("DBSIZE") != ":0" {
        tokio::task::yield_now().await;
    }
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
    assert_eq!(guard.admit(&key(1), now(), past).await, Ok(Duplicate));
}

#[tokio::test]
async fn the_ends_of_the_calendar_are_times_too() {
    use chrono::{DateTime, Utc};

    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    let (first, last) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
    assert_eq!(guard.admit(&key(1), first, last).await, Ok(Fresh));
    assert_eq!(guard.admit(&key(1), last, first).await, Ok(Duplicate));
    assert_eq!(guard.admit(&key(2), last, first).await, Ok(Fresh));
    assert_eq!(guard.admit(&key(3), last, last).await, Ok(Fresh));
}

#[tokio::test]
async fn a_duplicate_does_not_prolong_what_is_remembered() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
    assert_eq!(guard.admit(&key(1), now(), soon() + TimeDelta::hours(1)).await, Ok(Duplicate));
    let left = server.command(&format!("PTTL moneyhub-webhooks:replay:{}", key(1)));
    assert!(left.trim_start_matches(':').parse::<i64>().unwrap() <= 360_001, "{left}");
}

#[tokio::test]
async fn what_is_released_is_fresh_again_and_the_unknown_is_no_error() {
    let Some(server) = Server::start() else { return };
    let (one, other) = (guard(&server), guard(&server));
    assert_eq!(one.release(&key(1)).await, Ok(()));
    assert_eq!(one.admit(&key(1), now(), soon()).await, Ok(Fresh));
    assert_eq!(other.release(&key(1)).await, Ok(()));
    assert_eq!(server.command("DBSIZE"), ":0");
    assert_eq!(one.admit(&key(1), now(), soon()).await, Ok(Fresh));
}

#[tokio::test]
async fn services_with_prefixes_of_their_own_handle_a_webhook_each() {
    let Some(server) = Server::start() else { return };
    let service = |name: &str| RedisReplayGuard::new(&server.url()).unwrap().prefix(name);
    assert_eq!(service("a:").admit(&key(1), now(), soon()).await, Ok(Fresh));
    assert_eq!(service("b:").admit(&key(1), now(), soon()).await, Ok(Fresh));
    assert_eq!(service("a:").admit(&key(1), now(), soon()).await, Ok(Duplicate));
    assert_eq!(server.command(&format!("EXISTS a:{}", key(1))), ":1");
}
