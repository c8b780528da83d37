//! The issuer changes its keys: a new key is taken up at once, a removed one given up at the maximum age.

use std::time::Duration;

use moneyhub_webhooks::ErrorKind;

use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, SECOND, forged, jwks};
use crate::support::{PATIENCE, Service, keys_of, pass};

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
async fn a_removed_key_verifies_up_to_the_maximum_age_and_is_unknown_after_a_later_fetch() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("second", &SECOND)]);
    let removed = FIRST.token("first");
    service.clock.set(600);
    assert_eq!(service.receive_at_once(&removed), Ok(()));
    assert_eq!(server.fetches(), 1);
    service.clock.set(601);
    let received_at = service.clock.now();
    assert_eq!(
        service.receive(&removed).await,
        Err(ErrorKind::KeysUnavailable)
    );
    assert_eq!(service.parse(&removed), Err(ErrorKind::KeysUnavailable));
    assert_eq!(service.receive_at_once(&SECOND.token("second")), Ok(()));
    assert_eq!(server.fetches(), 2);
    service.clock.set(901);
    assert_eq!(
        service.receive_at(&removed, received_at).await,
        Err(ErrorKind::UnknownKey)
    );
    assert_eq!(server.fetches(), 3);
}

/// Row 51. A key id that now stands for another key.
///
/// <https://github.com/oidcproxydotnet/OidcProxy.Net/issues/242>, <https://github.com/DataZooDE/quack-oauth/pull/15>,
/// <https://github.com/getarcaneapp/arcane/pull/3790>
#[tokio::test]
async fn a_new_key_under_an_old_id_is_accepted_after_one_fetch() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("first", &SECOND)]);
    let (old, new) = (FIRST.token("first"), SECOND.token("first"));
    // Within the cooldown it is a bad signature.
    service.clock.set(29);
    assert_eq!(service.receive_at_once(&new), Err(ErrorKind::Signature));
    assert_eq!(service.receive_at_once(&old), Ok(()));
    assert_eq!(server.fetches(), 1);
    service.clock.set(30);
    assert_eq!(service.parse(&new), Err(ErrorKind::Signature));
    assert_eq!(service.receive(&new).await, Ok(()));
    assert_eq!(service.receive_at_once(&new), Ok(()));
    assert_eq!(service.receive_at_once(&old), Err(ErrorKind::Signature));
    assert_eq!(server.fetches(), 2);
}

/// Row 46.
#[tokio::test]
async fn made_up_signatures_under_a_known_id_cost_one_fetch_in_a_cooldown() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    for second in 0..100 {
        service.clock.set(second);
        for _ in 0..100 {
            let forged = service.receive(&forged("first")).await;
            assert_eq!(forged, Err(ErrorKind::Signature));
        }
        assert_eq!(service.receive_at_once(&FIRST.token("first")), Ok(()));
        assert_eq!(server.fetches(), 1 + u64::try_from(second).unwrap() / 30);
    }
}

/// Row 46. They count against the same cooldown.
#[tokio::test]
async fn unknown_keys_and_bad_signatures_share_one_fetch_in_a_cooldown() {
    for bad_signature_first in [true, false] {
        let server = Server::http();
        let service = Service::warm(&server).await;
        service.clock.set(30);
        let (bad, unknown) = (forged("first"), forged("unknown"));
        if bad_signature_first {
            let bad = service.receive(&bad).await;
            assert_eq!(bad, Err(ErrorKind::Signature));
            let unknown = service.receive_at_once(&unknown);
            assert_eq!(unknown, Err(ErrorKind::KeysUnavailable));
        } else {
            let unknown = service.receive(&unknown).await;
            assert_eq!(unknown, Err(ErrorKind::KeysUnavailable));
            assert_eq!(service.receive_at_once(&bad), Err(ErrorKind::Signature));
        }
        assert_eq!(server.fetches(), 2);
    }
}

/// Row 46. The fetch fails, hangs, brings the same key, or none of that id.
#[tokio::test]
async fn a_bad_signature_stays_one_whatever_becomes_of_the_fetch() {
    let forged = forged("first");
    for answer in [
        Answer::new(500, ""),
        Answer::ok("<html>"),
        Answer::ok(jwks(&[("first", &FIRST)])),
        Answer::ok(jwks(&[("second", &SECOND)])),
        Answer::ok(jwks(&[("first", &SECOND)])),
    ] {
        let server = Server::http();
        let service = Service::warm(&server).await;
        server.answer(KEYS, answer);
        service.clock.set(30);
        assert_eq!(service.receive(&forged).await, Err(ErrorKind::Signature));
        assert_eq!(server.fetches(), 2);
    }
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.hold();
    service.clock.set(30);
    let caller = service.spawn_receive(&forged);
    server.fetched(2).await;
    assert!(!caller.is_finished());
    pass(PATIENCE).await;
    assert_eq!(caller.await.unwrap(), Err(ErrorKind::Signature));
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
