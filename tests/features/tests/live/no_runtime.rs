//! Where there is no tokio, and where nobody has to wait: each future here is polled once.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::thread;

use moneyhub_webhooks::{Error, ErrorKind, KeySet, Receiver};
use tokio::runtime::{Builder, Runtime};

use crate::support::function::{Behavior, Function};
use crate::support::server::Server;
use crate::support::tokens::{CLIENT_ID, FIRST, ISSUED_AT, SECOND, forged, jwks};
use crate::support::{PATIENCE, Service, at, poll_once};

/// Asserts that `receive` answers at once, with the same error as `parse`.
#[track_caller]
fn assert_receive_answers_as_parse(service: &Service, token: &str) -> Error {
    let now = at(ISSUED_AT);
    let parsed = service
        .receiver
        .parse_at(token.as_bytes(), now)
        .unwrap_err();
    let received = match poll_once(service.receiver.receive_at(token.as_bytes(), now)) {
        Poll::Ready(result) => result.unwrap_err(),
        Poll::Pending => panic!("it waits"),
    };
    assert_eq!(received, parsed);
    received
}

const NEVER_FETCHED: &str = "keys unavailable: no key set has been fetched yet: call `RemoteKeys::warm_up` first, or \
    `Receiver::receive`, on a tokio runtime";

#[test]
fn the_error_for_keys_that_were_never_fetched_says_what_to_call() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    let error = assert_receive_answers_as_parse(&service, &FIRST.token("first"));
    assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    assert_eq!(error.to_string(), NEVER_FETCHED);
    // Nothing was claimed, so that others can fetch.
    assert_eq!(service.keys.status().fetches, 0);
}

#[test]
fn keys_are_neither_warmed_up_nor_kept_fresh_outside_a_runtime() {
    let service = Service::new(Function::new(Behavior::Keys).keys());
    for result in [
        poll_once(service.keys.warm_up()),
        Poll::Ready(service.keys.keep_fresh()),
    ] {
        let Poll::Ready(Err(error)) = result else {
            panic!("{result:?}")
        };
        assert_eq!(error.to_string(), "there is no tokio runtime");
    }
    assert_eq!(service.keys.status().fetches, 0);
}

/// An unknown key may be newer than the cached ones.
#[test]
fn receive_outside_a_runtime_answers_as_parse() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::http();
    let service = runtime.block_on(Service::warm(&server));
    for (second, reason) in [
        (0, "key set has no usable key"),
        (601, "key set has no usable key"),
        (24 * 3600 + 1, "key set is older than its hard limit"),
    ] {
        service.clock.set(second);
        let error = assert_receive_answers_as_parse(&service, &forged("unknown"));
        assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert_eq!(service.keys.status().fetches, 1);
}

#[test]
fn receive_outside_a_runtime_does_not_wait_for_a_fetch_on_another_runtime() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::http();
    server.hold();
    let service = Service::of(&server);
    let elsewhere = service.clone();
    runtime.block_on(async {
        elsewhere.spawn_receive(&FIRST.token("first"));
        server.fetched(1).await;
    });
    assert!(service.keys.status().is_fetching);
    let error = assert_receive_answers_as_parse(&service, &FIRST.token("first"));
    assert_eq!(
        error.to_string(),
        "keys unavailable: the first fetch of the key set has not finished"
    );
}

/// The connections of the first runtime are gone with it.
#[test]
fn keys_are_fetched_on_a_second_runtime_after_the_first_has_ended() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    for (hour, fetches) in [(0, 1), (1, 2), (2, 3)] {
        service.clock.set(hour * 3600);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(
            runtime.block_on(service.receive(&FIRST.token("first"))),
            Ok(())
        );
        assert_eq!(service.last_error(), "");
        assert_eq!(server.fetches(), fetches);
    }
}

/// Starts a fetch that hangs, on a runtime of its own.
fn runtime_in_mid_fetch(service: &Service, function: &Function) -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let calls = function.calls();
    runtime.block_on(async {
        let caller = service.spawn_receive(&FIRST.token("first"));
        while function.calls() == calls {
            assert!(!caller.is_finished(), "there is no fetch");
            tokio::task::yield_now().await;
        }
    });
    assert!(service.keys.status().is_fetching);
    runtime
}

/// <https://github.com/seanmonstar/reqwest/issues/1148>, <https://github.com/rust-lang/rustup/issues/3852>,
/// <https://github.com/spiceai/spiceai/issues/13575>
#[test]
fn a_fetch_whose_runtime_ends_is_repeated_at_once_by_the_next_caller() {
    let function = Function::new(Behavior::Never);
    let service = Service::new(function.keys());
    for lost in 1..=3 {
        drop(runtime_in_mid_fetch(&service, &function));
        let status = service.keys.status();
        assert!(!status.is_fetching);
        assert_eq!((status.fetches, status.failures), (lost, lost));
        assert_eq!(
            service.last_error(),
            "the fetch of the key set was abandoned"
        );
    }
    function.set(Behavior::Keys);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(
        runtime.block_on(service.receive(&FIRST.token("first"))),
        Ok(())
    );
    assert_eq!(function.calls(), 4);
}

#[test]
fn a_caller_that_waits_for_a_fetch_repeats_it_if_its_runtime_ends() {
    let function = Function::new(Behavior::Never);
    let service = Service::new(function.keys().timeout(PATIENCE));
    let first = runtime_in_mid_fetch(&service, &function);
    function.set(Behavior::Keys);
    let second = Builder::new_current_thread().enable_all().build().unwrap();
    second.block_on(async {
        let token = FIRST.token("first");
        let mut waiting = pin!(service.receive(&token));
        let is_pending =
            poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context).is_pending()));
        assert!(is_pending.await);
        assert_eq!(function.calls(), 1);
        thread::spawn(move || drop(first)).join().unwrap();
        assert_eq!(waiting.await, Ok(()));
    });
    assert_eq!(function.calls(), 2);
}

/// Whoever ends its runtimes again and again must not cause any number of requests.
#[test]
fn fetches_that_are_lost_again_and_again_obey_the_cooldown() {
    let function = Function::new(Behavior::Never);
    let service = Service::new(function.keys());
    for _ in 0..9 {
        drop(runtime_in_mid_fetch(&service, &function));
    }
    let token = FIRST.token("first");
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let unavailable = Err(ErrorKind::KeysUnavailable);
    assert_eq!(runtime.block_on(service.receive(&token)), unavailable);
    assert_eq!(function.calls(), 9);
    service.clock.set(30);
    function.set(Behavior::Keys);
    assert_eq!(runtime.block_on(service.receive(&token)), Ok(()));
    assert_eq!(function.calls(), 10);
}

#[test]
fn forty_runtimes_at_once_share_one_fetch() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    let threads: Vec<_> = (0..40)
        .map(|_| {
            let service = service.clone();
            thread::spawn(move || {
                let runtime = Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(service.receive(&FIRST.token("first")))
            })
        })
        .collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), Ok(()));
    }
    assert_eq!(server.fetches(), 1);
}

/// `parse` never fetches, however old the keys are.
#[tokio::test]
async fn parse_verifies_with_the_cached_keys() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    let (known, unknown) = (FIRST.token("first"), SECOND.token("second"));
    assert_eq!(service.parse(&known), Err(ErrorKind::KeysUnavailable));
    assert_eq!(server.fetches(), 0);
    service.keys.warm_up().await.unwrap();
    server.publish(&[("second", &SECOND)]);
    for second in [0, 601, 24 * 3600] {
        service.clock.set(second);
        assert_eq!(service.parse(&known), Ok(()));
        assert_eq!(service.parse(&unknown), Err(ErrorKind::KeysUnavailable));
    }
    service.clock.set(24 * 3600 + 1);
    assert_eq!(service.parse(&known), Err(ErrorKind::KeysUnavailable));
    assert!(!service.keys.status().is_fetching);
    assert_eq!(service.keys.status().fetches, 1);
    assert_eq!(server.fetches(), 1);
}

/// Before the first fetch, and while one is due, each body that needs no key is answered at once.
#[tokio::test]
async fn a_body_that_needs_no_key_causes_no_fetch() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    for (body, kind) in [
        (forged("first").as_str(), ErrorKind::Signature),
        (FIRST.token("").as_str(), ErrorKind::KeyId),
        ("a.b", ErrorKind::Body),
        (
            r#"{"id":"1","eventType":"x","payload":{}}"#,
            ErrorKind::FormatRejected,
        ),
    ] {
        assert_eq!(service.receive_at_once(body), Err(kind));
    }
    assert_eq!(service.keys.status().fetches, 1);
}

#[test]
fn a_static_key_set_never_waits() {
    let keys = KeySet::from_jwks(&jwks(&[("first", &FIRST)])).unwrap();
    let service = Service {
        receiver: Receiver::signed(keys, CLIENT_ID),
        ..Service::new(Function::new(Behavior::Never).keys())
    };
    assert_eq!(service.receive_at_once(&FIRST.token("first")), Ok(()));
    assert_eq!(
        service.receive_at_once(&forged("unknown")),
        Err(ErrorKind::UnknownKey)
    );
}

#[test]
fn the_futures_can_be_sent_to_other_threads() {
    fn assert_send(_: &impl Send) {}
    let service = Service::new(Function::new(Behavior::Keys).keys());
    assert_send(&service.receiver.receive(b""));
    assert_send(
        &service
            .receiver
            .receive_at(b"", chrono::DateTime::UNIX_EPOCH),
    );
    assert_send(&service.keys.warm_up());
}
