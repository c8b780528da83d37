//! When the last clone of the keys is dropped nothing of them is left: no task, no connection, no function.

use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{Instant, sleep};

use crate::support::function::{Behavior, Function};
use crate::support::server::Server;
use crate::support::tokens::{FIRST, forged};
use crate::support::{PATIENCE, Service, keys_of};

/// Asserts that the runtime comes to rest soon. The server has a runtime of its own.
async fn assert_no_task_is_left() {
    let begin = Instant::now();
    let tasks = || Handle::current().metrics().num_alive_tasks();
    while tasks() > 0 {
        assert!(begin.elapsed() < PATIENCE, "{} tasks are left", tasks());
        sleep(Duration::from_millis(1)).await;
    }
}

/// An idle connection to the server goes too.
#[tokio::test]
async fn dropping_the_keys_ends_the_keep_fresh_task() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    service.keys.keep_fresh().unwrap();
    tokio::task::yield_now().await;
    assert!(Handle::current().metrics().num_alive_tasks() > 0);
    drop(service);
    assert_no_task_is_left().await;
}

#[tokio::test]
async fn dropping_the_keys_ends_a_fetch_that_hangs() {
    for server in [Server::http(), Server::https("127.0.0.1")] {
        server.hold();
        let service = Service::new(keys_of(&server).timeout(Duration::from_secs(3600)));
        service.keys.keep_fresh().unwrap();
        let caller = service.spawn_receive(&FIRST.token("first"));
        server.fetched(1).await;
        caller.abort();
        drop(service);
        assert_no_task_is_left().await;
        assert_eq!(server.fetches(), 1);
    }
}

#[tokio::test]
async fn dropping_the_keys_drops_a_running_fetch_function() {
    let function = Function::new(Behavior::Never);
    let service = Service::new(function.keys().timeout(Duration::from_secs(3600)));
    service.keys.keep_fresh().unwrap();
    let caller = service.spawn_receive(&forged("unknown"));
    while function.calls() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(function.is_held());
    caller.abort();
    drop(service);
    assert_no_task_is_left().await;
    assert!(!function.is_held());
}

/// One clone is as good as another: the fetch of one that is dropped goes on for the others.
#[tokio::test]
async fn a_fetch_continues_while_any_clone_exists() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    server.hold();
    let service = Service::of(&server);
    let Service {
        keys,
        receiver,
        clock: _,
    } = service.clone();
    let caller = service.spawn_receive(&FIRST.token("first"));
    server.fetched(1).await;
    caller.abort();
    drop((service, keys));
    server.release();
    assert!(caller.await.unwrap_err().is_cancelled());
    let token = FIRST.token("first");
    let now = crate::support::at(crate::support::tokens::ISSUED_AT);
    assert!(receiver.receive_at(token.as_bytes(), now).await.is_ok());
    assert_eq!(server.fetches(), 1);
}
