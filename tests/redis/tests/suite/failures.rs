//! A Redis that is not there, hangs, or refuses: an error within the time limit, and what it says.

use std::net::TcpListener;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use moneyhub_webhooks::Admission::{Duplicate, Fresh};
use moneyhub_webhooks::{Admission, RedisReplayError, RedisReplayGuard, ReplayGuard};

use crate::support::{LIMIT, Server, guard, key, now, soon};

/// What it says that it can't say, and within the limit.
async fn error(guard: &RedisReplayGuard, number: u32) -> String {
    let start = Instant::now();
    let admission: Result<Admission, RedisReplayError> = guard.admit(&key(number), now(), soon()).await;
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
    admission.unwrap_err().to_string()
}

#[tokio::test]
async fn a_redis_that_is_not_there_is_an_error_and_not_a_wait() {
    let Some(mut server) = Server::start() else { return };
    server.stop();
    let guard = guard(&server);
    assert_eq!(error(&guard, 1).await, "redis refuses the connection");
    assert_eq!(guard.release(&key(1)).await.unwrap_err().to_string(), "redis refuses the connection");
    server.start_again();
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
}

#[tokio::test]
async fn a_redis_that_hangs_is_an_error_within_the_time_limit_and_used_again_when_it_goes_on() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Fresh));
    server.hang();
    assert_eq!(error(&guard, 1).await, "redis did not answer within 500ms");
    assert_eq!(error(&guard, 2).await, "redis did not answer within 500ms");
    server.go_on();
    assert_eq!(guard.admit(&key(1), now(), soon()).await, Ok(Duplicate));
    assert_eq!(guard.admit(&key(3), now(), soon()).await, Ok(Fresh));
}

#[tokio::test]
async fn all_who_ask_a_redis_that_hangs_are_answered_within_the_time_limit() {
    let Some(server) = Server::start() else { return };
    let guard = guard(&server);
    server.hang();
    let questions: Vec<_> = (0..200)
        .map(|number| {
            let guard = guard.clone();
            tokio::spawn(async move { error(&guard, number).await })
        })
        .collect();
    for question in questions {
        assert_eq!(question.await.unwrap(), "redis did not answer within 500ms");
    }
    server.go_on();
    assert_eq!(guard.admit(&key(999), now(), soon()).await, Ok(Fresh));
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_is_an_error_within_a_limit_of_ones_own() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", silent.local_addr().unwrap());
    let guard = RedisReplayGuard::new(&url).unwrap().time_limit(Duration::from_millis(40));
    assert_eq!(error(&guard, 1).await, "redis did not answer within 40ms");
}

#[tokio::test]
async fn a_server_that_is_no_redis_is_an_error() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("redis://{}", other.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((mut connection, _)) = other.accept() {
            let _ = std::io::Write::write_all(&mut connection, b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let says = error(&RedisReplayGuard::new(&url).unwrap(), 1).await;
    assert!(
        ["redis sent an unexpected answer", "the connection to redis has failed"].contains(&&*says),
        "{says}"
    );
}

#[tokio::test]
async fn a_redis_without_room_says_so() {
    let Some(server) = Server::start_with(&["--maxmemory", "1"]) else { return };
    assert_eq!(error(&guard(&server), 1).await, "redis says OOM");
}

#[test]
fn without_a_tokio_runtime_it_is_an_error_and_no_panic() {
    let guard = RedisReplayGuard::new("redis://127.0.0.1:1").unwrap();
    let key = key(1);
    let answer = pin!(guard.admit(&key, now(), soon()));
    let Poll::Ready(answer) = answer.poll(&mut Context::from_waker(Waker::noop())) else {
        panic!("it waits")
    };
    assert_eq!(answer.unwrap_err().to_string(), "there is no tokio runtime");
}

#[test]
fn what_is_no_url_of_a_redis_is_refused_at_once() {
    for url in ["", "x", "http://127.0.0.1", "redis://h:p:x", "rediss://127.0.0.1"] {
        assert_eq!(
            RedisReplayGuard::new(url).unwrap_err().to_string(),
            "not a Redis URL (`rediss` needs a TLS feature of the redis crate)",
            "{url}"
        );
    }
}
