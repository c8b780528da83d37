//! Where there is no tokio, and where nobody has to wait: each future here is polled once.

use moneyhub_webhooks::{ErrorKind, KeySet, Receiver};
use tokio::runtime::Builder;

use crate::support::Service;
use crate::support::function::{Behaviour, Function};
use crate::support::server::Server;
use crate::support::tokens::{CLIENT_ID, FIRST, SECOND, forged, jwks};

#[test]
fn receive_outside_a_runtime_is_keys_unavailable() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    assert_eq!(service.judge_at_once(&FIRST.token("first")), Err(ErrorKind::KeysUnavailable));
    // Nothing was claimed, so that others can fetch.
    assert_eq!(service.keys.status().fetches, 0);
    let error = service.keys.keep_fresh().unwrap_err();
    assert_eq!(error.to_string(), "there is no tokio runtime");
}

#[test]
fn keys_that_are_held_verify_outside_a_runtime_too() {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let server = Server::http();
    let service = runtime.block_on(Service::warm(&server));
    service.clock.set(3600);
    assert_eq!(service.judge_at_once(&FIRST.token("first")), Ok(()));
    assert_eq!(service.judge_at_once(&forged("stranger")), Err(ErrorKind::UnknownKey));
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
        elsewhere.spawn_judge(&FIRST.token("first"));
        server.fetched(1).await;
    });
    assert!(service.keys.status().is_fetching);
    assert_eq!(service.judge_at_once(&FIRST.token("first")), Err(ErrorKind::KeysUnavailable));
}

/// The connections of the first runtime are gone with it.
#[test]
fn keys_go_on_being_fetched_when_the_runtime_of_the_first_fetch_has_ended() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    for (hour, fetches) in [(0, 1), (1, 2), (2, 3)] {
        service.clock.set(hour * 3600);
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        assert_eq!(runtime.block_on(service.judge(&FIRST.token("first"))), Ok(()));
        assert_eq!(service.last_error(), "");
        assert_eq!(server.fetches(), fetches);
    }
}

#[test]
fn a_fetch_whose_runtime_ends_has_failed() {
    let function = Function::new(Behaviour::Never);
    let service = Service::new(function.keys());
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        service.spawn_judge(&FIRST.token("first"));
        while function.calls() == 0 {
            tokio::task::yield_now().await;
        }
    });
    assert!(service.keys.status().is_fetching);
    drop(runtime);
    assert!(!service.keys.status().is_fetching);
    assert_eq!(service.last_error(), "the fetch of the key set was abandoned");
}

/// `parse` never fetches, however old the keys are.
#[tokio::test]
async fn parse_judges_with_the_keys_that_are_held() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    let (known, unknown) = (FIRST.token("first"), SECOND.token("second"));
    assert_eq!(service.judge_with_held_keys(&known), Err(ErrorKind::KeysUnavailable));
    assert_eq!(server.fetches(), 0);
    service.keys.warm_up().await.unwrap();
    server.publish(&[("second", &SECOND)]);
    for second in [0, 601, 24 * 3600] {
        service.clock.set(second);
        assert_eq!(service.judge_with_held_keys(&known), Ok(()));
        assert_eq!(service.judge_with_held_keys(&unknown), Err(ErrorKind::UnknownKey));
    }
    service.clock.set(24 * 3600 + 1);
    assert_eq!(service.judge_with_held_keys(&known), Err(ErrorKind::KeysUnavailable));
    assert!(!service.keys.status().is_fetching);
    assert_eq!(service.keys.status().fetches, 1);
    assert_eq!(server.fetches(), 1);
}

/// Before the first fetch, and while one is due, each token that needs no key is judged at once.
#[tokio::test]
async fn what_needs_no_key_causes_no_fetch() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    for (body, kind) in [
        (forged("first").as_str(), ErrorKind::Signature),
        (FIRST.token("").as_str(), ErrorKind::KeyId),
        ("a.b", ErrorKind::Body),
        (r#"{"id":"1","eventType":"x","payload":{}}"#, ErrorKind::FormatRejected),
    ] {
        assert_eq!(service.judge_at_once(body), Err(kind));
    }
    assert_eq!(service.keys.status().fetches, 1);
}

#[test]
fn a_static_key_set_never_waits() {
    let keys = KeySet::from_jwks(&jwks(&[("first", &FIRST)])).unwrap();
    let service = Service {
        receiver: Receiver::signed(keys, CLIENT_ID),
        ..Service::new(Function::new(Behaviour::Never).keys())
    };
    assert_eq!(service.judge_at_once(&FIRST.token("first")), Ok(()));
    assert_eq!(service.judge_at_once(&forged("stranger")), Err(ErrorKind::UnknownKey));
}

#[test]
fn the_futures_can_be_sent_to_other_threads() {
    fn assert_send(_: &impl Send) {}
    let service = Service::new(Function::new(Behaviour::Keys).keys());
    assert_send(&service.receiver.receive(b""));
    assert_send(&service.receiver.receive_at(b"", chrono::DateTime::UNIX_EPOCH));
    assert_send(&service.keys.warm_up());
}
