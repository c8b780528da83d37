//! `RemoteKeys::status`, before, during and after a fetch.

use std::time::Duration;

use moneyhub_webhooks::keys::KeyStatus;

use crate::support::Service;
use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, forged, jwks};

#[track_caller]
fn assert_status(
    service: &Service,
    keys: (usize, usize),
    age: Option<u64>,
    fetches: u64,
    is_fetching: bool,
) {
    let KeyStatus {
        usable,
        ignored,
        age: actual,
        fetches: counted,
        is_fetching: fetching,
        ..
    } = service.keys.status();
    assert_eq!((usable, ignored), keys);
    assert_eq!(actual, age.map(Duration::from_secs));
    assert_eq!((counted, fetching), (fetches, is_fetching));
}

#[tokio::test]
async fn the_status_follows_the_keys_and_the_fetches() {
    let server = Server::http();
    let with_another = String::from_utf8(jwks(&[("first", &FIRST)]))
        .unwrap()
        .replacen('[', r#"[{"kty":"EC"},"#, 1);
    server.answer(KEYS, Answer::ok(with_another));
    let service = Service::of(&server);
    assert_status(&service, (0, 0), None, 0, false);
    assert!(service.keys.key_set().is_none());
    assert_eq!(service.last_error(), "");

    server.hold();
    let first = service.spawn_receive(&FIRST.token("first"));
    server.fetched(1).await;
    assert_status(&service, (0, 0), None, 1, true);
    assert_eq!(service.last_error(), "");

    // The age counts from the beginning of the fetch.
    service.clock.set(1);
    server.release();
    assert_eq!(first.await.unwrap(), Ok(()));
    assert_status(&service, (1, 1), Some(1), 1, false);
    let keys = service.keys.key_set().unwrap();
    assert_eq!(keys.key_ids().collect::<Vec<_>>(), ["first"]);
    assert_eq!(keys.ignored()[0].reason(), "`kty` is not RSA");

    server.answer(KEYS, Answer::new(500, ""));
    service.clock.set(45);
    assert!(service.receive(&forged("unknown")).await.is_err());
    assert_status(&service, (1, 1), Some(45), 2, false);
    assert_eq!(service.last_error(), "the answer has the status 500");

    server.hold();
    service.clock.set(100);
    let second = service.spawn_receive(&forged("unknown"));
    server.fetched(3).await;
    assert_status(&service, (1, 1), Some(100), 3, true);
    assert_eq!(service.last_error(), "");

    server.publish(&[("first", &FIRST)]);
    server.release();
    assert!(second.await.unwrap().is_err());
    assert_status(&service, (1, 0), Some(0), 3, false);
    assert_eq!(service.last_error(), "");
}
