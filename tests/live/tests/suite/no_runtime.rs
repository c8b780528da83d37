//! Where there is no tokio, and where nobody has to wait: each future here is polled once.

use std::task::Poll;

use moneyhub_webhooks::{Error, ErrorKind, KeySet, Receiver};
use tokio::runtime::Builder;

use crate::support::function::{Behavior, Function};
use crate::support::server::Server;
use crate::support::tokens::{CLIENT_ID, FIRST, ISSUED_AT, SECOND, forged, jwks};
use crate::support::{Service, at, poll_once};

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

/// Within the cooldown too: only a receiver that can fetch later defers an unknown key.
#[test]
fn receive_outside_a_runtime_answers_as_parse() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::http();
    let service = runtime.block_on(Service::warm(&server));
    for (second, kind) in [
        (0, ErrorKind::UnknownKey),
        (29, ErrorKind::UnknownKey),
        (601, ErrorKind::UnknownKey),
        (24 * 3600 + 1, ErrorKind::KeysUnavailable),
    ] {
        service.clock.set(second);
        let error = assert_receive_answers_as_parse(&service, &forged("unknown"));
        assert_eq!(error.kind(), kind, "after {second} s");
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

#[test]
fn a_fetch_whose_runtime_ends_has_failed() {
    let function = Function::new(Behavior::Never);
    let service = Service::new(function.keys());
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        service.spawn_receive(&FIRST.token("first"));
        while function.calls() == 0 {
            tokio::task::yield_now().await;
        }
    });
    assert!(service.keys.status().is_fetching);
    drop(runtime);
    assert!(!service.keys.status().is_fetching);
    assert_eq!(
        service.last_error(),
        "the fetch of the key set was abandoned"
    );
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
        assert_eq!(service.parse(&unknown), Err(ErrorKind::UnknownKey));
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
