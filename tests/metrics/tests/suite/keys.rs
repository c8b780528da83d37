//! Fetches of key sets: how often, when, and how long bodies waited for them.

use std::time::Duration;

use chrono::TimeDelta;
use moneyhub_webhooks::metrics::{
    KEY_FETCHES, KEY_WAIT_SECONDS, KEYS_FETCHED_AT, KEYS_USABLE, PARSE_SECONDS,
};
use moneyhub_webhooks::testing::{TestIssuer, samples};
use moneyhub_webhooks::{KeyCache, Receiver, RemoteKeys};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use crate::support::{delivery, moneyhub, now, recorded, series, with_label};

/// 2025-01-01T00:00:00Z.
const NOW: f64 = 1_735_689_600.0;

fn fetches(outcome: &str) -> String {
    with_label(KEY_FETCHES, "outcome", outcome)
}

#[test]
fn a_fetch_that_succeeds_sets_its_time_and_how_many_keys_can_be_used() {
    let cache = KeyCache::new(["issuer"]);
    let recorded = recorded(|| {
        let fetch = cache.claim_fetch(now() + TimeDelta::milliseconds(250)).unwrap();
        fetch.succeed(moneyhub().jwks().as_bytes()).unwrap();
    });
    let expected = [
        (fetches("succeeded"), &[1.0][..]),
        (KEYS_FETCHED_AT.to_owned(), &[NOW + 0.25]),
        (KEYS_USABLE.to_owned(), &[1.0]),
    ];
    assert_eq!(recorded, series(expected));
}

#[test]
fn a_fetch_that_fails_in_any_way_leaves_the_gauges_alone() {
    let cache = KeyCache::new(["issuer"]).cooldown(Duration::ZERO);
    let recorded = recorded(|| {
        cache.claim_fetch(now()).unwrap().fail("gone");
        drop(cache.claim_fetch(now()).unwrap());
        assert!(cache.claim_fetch(now()).unwrap().succeed(b"x").is_err());
        assert!(cache.claim_fetch(now()).unwrap().succeed(br#"{"keys":[]}"#).is_err());
    });
    assert_eq!(recorded, series([(fetches("failed"), &[4.0])]));
}

#[test]
fn a_fetch_that_was_given_up_for_a_later_one_is_counted_and_sets_no_gauge() {
    let cache = KeyCache::new(["issuer"]);
    let recorded = recorded(|| {
        let lapsed = cache.claim_fetch(now()).unwrap();
        let later = now() + TimeDelta::hours(1);
        cache.claim_fetch(later).unwrap().succeed(moneyhub().jwks().as_bytes()).unwrap();
        lapsed.succeed(moneyhub().jwks().as_bytes()).unwrap();
    });
    assert_eq!(recorded[&fetches("succeeded")], [2.0]);
    assert_eq!(recorded[KEYS_FETCHED_AT], [NOW + 3600.0]);
}

/// A runtime on this thread, where the recorder is.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

const FETCH: Duration = Duration::from_millis(200);

fn slow_keys(moneyhub: &TestIssuer) -> RemoteKeys {
    let jwks = moneyhub.jwks().into_bytes();
    let fetch = move || {
        let jwks = jwks.clone();
        async move {
            sleep(FETCH).await;
            Ok::<_, String>(jwks)
        }
    };
    RemoteKeys::from_fn([moneyhub.issuer()], fetch).build().unwrap()
}

#[test]
fn the_waiting_of_receive_is_apart_from_the_judging_and_the_body_is_one_delivery() {
    let moneyhub = moneyhub();
    let token = moneyhub.sign(&samples::payment_error());
    let recorded = recorded(|| {
        runtime().block_on(async {
            let receiver =
                Receiver::signed(slow_keys(&moneyhub), moneyhub.client_id()).issuers([moneyhub.issuer()]);
            for _ in 0..2 {
                assert!(receiver.receive_at(token.as_bytes(), now()).await.is_ok());
            }
        });
    });
    assert_eq!(recorded[&delivery("accepted", "paymentError", "signed")], [2.0]);
    assert_eq!(recorded[&fetches("succeeded")], [1.0]);
    let [waited] = recorded[KEY_WAIT_SECONDS][..] else { panic!("the second did not wait") };
    assert!((0.2..2.1).contains(&waited), "{waited}");
    let judged = &recorded[PARSE_SECONDS];
    assert_eq!(judged.len(), 2);
    assert!(judged.iter().sum::<f64>() < waited, "{judged:?}");
    assert!(!recorded.contains_key(&delivery("keys_unavailable", "none", "none")));
}

#[test]
fn a_body_whose_future_is_dropped_while_it_waits_is_not_counted() {
    let moneyhub = moneyhub();
    let token = moneyhub.sign(&samples::payment_error());
    let recorded = recorded(|| {
        runtime().block_on(async {
            let receiver =
                Receiver::signed(slow_keys(&moneyhub), moneyhub.client_id()).issuers([moneyhub.issuer()]);
            let parse = receiver.receive_at(token.as_bytes(), now());
            assert!(tokio::time::timeout(FETCH / 10, parse).await.is_err());
            sleep(FETCH * 2).await;
        });
    });
    assert_eq!(recorded.keys().collect::<Vec<_>>(), [&fetches("succeeded"), KEYS_FETCHED_AT, KEYS_USABLE]);
}
