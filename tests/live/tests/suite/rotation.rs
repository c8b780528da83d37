//! The issuer changes its keys: a new key is taken up at once, a removed one given up at the maximum age.

use std::time::Duration;

use moneyhub_webhooks::ErrorKind;

use crate::support::server::Server;
use crate::support::tokens::{FIRST, SECOND};
use crate::support::{Service, keys_of};

/// Row 51.
#[tokio::test]
async fn a_new_key_is_accepted_after_one_fetch_long_before_the_maximum_age() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("first", &FIRST), ("second", &SECOND)]);
    service.clock.set(30);
    let (old, new) = (FIRST.token("first"), SECOND.token("second"));
    assert_eq!(service.receive(&new).await, Ok(()));
    assert_eq!(server.fetches(), 2);
    assert_eq!(service.receive_at_once(&new), Ok(()));
    assert_eq!(service.receive_at_once(&old), Ok(()));
    assert_eq!(server.fetches(), 2);
}

/// Row 51.
#[tokio::test]
async fn a_new_key_within_the_cooldown_is_deferred_until_it_has_passed() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("second", &SECOND)]);
    service.clock.set(29);
    let new = SECOND.token("second");
    assert_eq!(
        service.receive_at_once(&new),
        Err(ErrorKind::KeysUnavailable)
    );
    service.clock.set(30);
    assert_eq!(service.receive(&new).await, Ok(()));
    assert_eq!(server.fetches(), 2);
}

/// Row 51.
#[tokio::test]
async fn a_removed_key_verifies_up_to_the_maximum_age_and_is_unknown_after_one_fetch() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("second", &SECOND)]);
    let removed = FIRST.token("first");
    service.clock.set(600);
    assert_eq!(service.receive_at_once(&removed), Ok(()));
    assert_eq!(server.fetches(), 1);
    service.clock.set(601);
    assert_eq!(service.receive(&removed).await, Err(ErrorKind::UnknownKey));
    assert_eq!(service.parse(&removed), Err(ErrorKind::UnknownKey));
    assert_eq!(service.receive_at_once(&SECOND.token("second")), Ok(()));
    assert_eq!(server.fetches(), 2);
}

/// Row 51. A key id that now stands for another key.
#[tokio::test]
async fn a_key_replaced_under_its_id_is_dropped_at_the_maximum_age() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("first", &SECOND)]);
    service.clock.set(601);
    assert_eq!(
        service.receive(&FIRST.token("first")).await,
        Err(ErrorKind::Signature)
    );
    assert_eq!(service.receive_at_once(&SECOND.token("first")), Ok(()));
    assert_eq!(server.fetches(), 2);
}

/// Row 51.
#[tokio::test]
async fn the_maximum_age_hard_limit_and_cooldown_are_settings() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let seconds = Duration::from_secs;
    let keys = keys_of(&server)
        .max_age(seconds(5))
        .hard_limit(seconds(9))
        .cooldown(seconds(2));
    let service = Service::new(keys);
    let token = FIRST.token("first");
    assert_eq!(service.receive(&token).await, Ok(()));
    service.clock.set(5);
    assert_eq!(service.receive_at_once(&token), Ok(()));
    server.publish(&[]);
    for (second, result, fetches) in [
        (6, Ok(()), 2),
        (7, Ok(()), 2),
        (8, Ok(()), 3),
        (9, Ok(()), 3),
        (10, Err(ErrorKind::KeysUnavailable), 4),
    ] {
        service.clock.set(second);
        assert_eq!(service.receive(&token).await, result, "after {second} s");
        assert_eq!(server.fetches(), fetches, "after {second} s");
    }
}
