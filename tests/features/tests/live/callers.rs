//! Many callers at once, and callers that go away: all that wait, wait for one fetch.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moneyhub_webhooks::ErrorKind;
use tokio::sync::Barrier;
use tokio::task::{JoinHandle, JoinSet};

use crate::support::server::Server;
use crate::support::tokens::{FIRST, SECOND};
use crate::support::{PATIENCE, Service, keys_of};

const CALLERS: usize = 100;

/// Verifies a token by a hundred tasks that start together.
async fn receive_on_all_tasks(service: &Service, token: &str) -> JoinSet<Result<(), ErrorKind>> {
    let start = Arc::new(Barrier::new(CALLERS + 1));
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let (service, token, start) = (service.clone(), token.to_owned(), Arc::clone(&start));
        callers.spawn(async move {
            start.wait().await;
            service.receive(&token).await
        });
    }
    start.wait().await;
    callers
}

async fn all_wait_for_one_fetch_and_are_accepted() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("first", &FIRST), ("second", &SECOND)]);
    service.clock.set(30);
    server.hold();
    let callers = receive_on_all_tasks(&service, &SECOND.token("second")).await;
    server.fetched(2).await;
    server.release();
    assert_eq!(callers.join_all().await, [Ok(()); CALLERS]);
    assert_eq!(server.fetches(), 2);
}

/// Row 48.
#[tokio::test]
async fn a_hundred_callers_on_one_thread_wait_for_one_fetch_and_are_accepted() {
    all_wait_for_one_fetch_and_are_accepted().await;
}

/// Row 48.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_callers_on_four_threads_wait_for_one_fetch_and_are_accepted() {
    all_wait_for_one_fetch_and_are_accepted().await;
}

/// Row 48.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_first_callers_wait_for_the_first_fetch() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    let callers = receive_on_all_tasks(&service, &FIRST.token("first")).await;
    assert_eq!(callers.join_all().await, [Ok(()); CALLERS]);
    assert_eq!(server.fetches(), 1);
}

/// Row 48. The deadline is real, since time can't be paused on several threads: long enough for the request to arrive.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hundred_callers_of_a_hanging_server_are_all_answered_at_the_timeout() {
    const DEADLINE: Duration = Duration::from_secs(3);
    let server = Server::http();
    server.hold();
    let service = Service::new(keys_of(&server).timeout(DEADLINE));
    let token = FIRST.token("first");
    let begin = Instant::now();
    let callers = receive_on_all_tasks(&service, &token).await;
    assert_eq!(
        callers.join_all().await,
        [Err(ErrorKind::KeysUnavailable); CALLERS]
    );
    let waited = begin.elapsed();
    println!(
        "{CALLERS} callers of a hanging server waited {waited:?}, with a deadline of {DEADLINE:?}"
    );
    // In turn they would wait five minutes.
    assert!(waited >= DEADLINE && waited < PATIENCE, "{waited:?}");
    service.fetch_ended().await;
    // None is queued: the next is answered at once.
    assert_eq!(
        service.receive_at_once(&token),
        Err(ErrorKind::KeysUnavailable)
    );
    assert_eq!(server.fetches(), 1);
}

/// Row 48. A fetch may take longer than the cooldown: still there is no second one beside it.
#[tokio::test]
async fn a_caller_after_the_cooldown_joins_the_running_fetch() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    server.hold();
    let service = Service::of(&server);
    let token = FIRST.token("first");
    let first = service.spawn_receive(&token);
    server.fetched(1).await;
    service.clock.set(31);
    let second = service.spawn_receive(&token);
    tokio::task::yield_now().await;
    assert!(!second.is_finished());
    assert_eq!(service.keys.status().fetches, 1);
    server.release();
    assert_eq!(
        (first.await.unwrap(), second.await.unwrap()),
        (Ok(()), Ok(()))
    );
    assert_eq!(server.fetches(), 1);
}

/// A caller with a token of a new key, in the middle of the fetch that it causes.
async fn in_mid_fetch() -> (Server, Service, String, JoinHandle<Result<(), ErrorKind>>) {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("second", &SECOND)]);
    service.clock.set(30);
    server.hold();
    let token = SECOND.token("second");
    let caller = service.spawn_receive(&token);
    server.fetched(2).await;
    (server, service, token, caller)
}

/// Row 48. The fetch is not the caller's that caused it.
#[tokio::test]
async fn a_cancelled_caller_does_not_cancel_the_fetch_of_the_others() {
    let (server, service, token, first) = in_mid_fetch().await;
    let others: JoinSet<_> = (0..10)
        .map(|_| {
            let (service, token) = (service.clone(), token.clone());
            async move { service.receive(&token).await }
        })
        .collect();
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert!(service.keys.status().is_fetching);
    server.release();
    assert_eq!(others.join_all().await, [Ok(()); 10]);
    assert_eq!(server.fetches(), 2);
}

/// Row 48. Nor does it end when all who wait for it have gone.
#[tokio::test]
async fn a_fetch_completes_even_if_every_caller_is_cancelled() {
    let (server, service, token, only) = in_mid_fetch().await;
    only.abort();
    assert!(only.await.unwrap_err().is_cancelled());
    server.release();
    service.fetch_ended().await;
    assert_eq!(service.receive_at_once(&token), Ok(()));
    assert_eq!(server.fetches(), 2);
}
