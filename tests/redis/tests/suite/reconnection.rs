//! A connection that has ended is opened anew, and nobody notices where the server is there.

use moneyhub_webhooks::Admission::{Duplicate, Fresh};
use moneyhub_webhooks::{RedisReplayGuard, ReplayGuard};

use crate::support::{Server, guard, key, now, proxy_that_loses_an_answer, soon};

#[tokio::test]
async fn a_restart_between_two_questions_is_not_noticed() {
    let Some(mut server) = Server::start() else { return };
    let guard = guard(&server);
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
    server.stop();
    server.start_again();
    assert_eq!(guard.admit(&key(2), now(), soon()).await, Ok(Fresh));
    assert_eq!(guard.admit(&key(2), now(), soon()).await, Ok(Duplicate));
}

#[tokio::test]
async fn a_connection_that_the_server_has_closed_is_not_noticed() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
    for number in 2..10 {
        server.command("CLIENT KILL TYPE normal SKIPME yes");
        assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Duplicate));
        server.command("CLIENT KILL TYPE normal SKIPME yes");
        assert_eq!(guard.admit(&key(number), now(), soon()).await, Ok(Fresh));
    }
}

#[tokio::test]
async fn after_a_failure_the_next_question_finds_the_server_that_is_back() {
    let Some(mut server) = Server::start() else { return };
    let guard = guard(&server);
    for number in 0..3 {
        assert_eq!(guard.admit(&key(number), now(), soon()).await, Ok(Fresh));
        server.stop();
        assert!(guard.admit(&key(number), now(), soon()).await.is_err());
        server.start_again();
        assert_eq!(guard.admit(&key(number), now(), soon()).await, Ok(Fresh), "it forgets when it restarts");
        assert_eq!(guard.admit(&key(number), now(), soon()).await, Ok(Duplicate));
    }
}

#[tokio::test]
async fn a_question_whose_answer_was_lost_is_no_duplicate_of_itself() {
    let Some(server) = Server::start() else { return };
    let port = proxy_that_loses_an_answer(server.port()).await;
    let guard = RedisReplayGuard::new(&format!("redis://127.0.0.1:{port}")).unwrap();
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
    assert_eq!(server.command("DBSIZE"), ":1");
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Duplicate));
}

#[tokio::test]
async fn a_duplicate_whose_answer_was_lost_is_a_duplicate() {
    let Some(server) = Server::start() else { return };
    assert_eq!(guard(&server).admit(&key(1), now(), soon()).await, Ok(Fresh));
    let port = proxy_that_loses_an_answer(server.port()).await;
    let behind = RedisReplayGuard::new(&format!("redis://127.0.0.1:{port}")).unwrap();
    assert_eq!(behind.admit(&key(1), now(), soon()).await, Ok(Duplicate));
}

#[tokio::test]
async fn a_server_that_refuses_is_used_again_when_it_takes_questions() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    for (refuse, code, take) in [
        ("REPLICAOF 127.0.0.1 1", "READONLY", "REPLICAOF NO ONE"),
        ("CONFIG SET maxmemory 1", "OOM", "CONFIG SET maxmemory 0"),
    ] {
        assert_eq!(server.command(refuse), "+OK");
        let error = guard.admit(&key(1), now(), soon()).await.unwrap_err();
        assert_eq!(error.to_string(), format!("redis says {code}"));
        assert_eq!(server.command(take), "+OK");
        assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
        assert_eq!(guard.release(&key(1)).await, Ok(()));
    }
}

/// A runtime that ends takes the connection with it.
#[test]
fn a_guard_outlives_the_runtime_that_it_was_first_used_on() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    for admission in [Fresh, Duplicate, Duplicate] {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(guard.admit(&key(1), now(), soon())), Ok(admission));
    }
}
