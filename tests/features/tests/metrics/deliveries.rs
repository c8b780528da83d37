//! Metrics of bodies: accepted, rejected, unknown and malformed, and how long parsing took.

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use moneyhub_webhooks::metrics::{PARSE_SECONDS, TOKEN_AGE_SECONDS};
use moneyhub_webhooks::testing::{Fault, samples};
use moneyhub_webhooks::{ErrorKind, Event, EventType, KeyCache, Receiver};

use crate::support::{counted, delivery, malformed, moneyhub, now, passed_over, recorded, series};

#[test]
fn an_accepted_token_is_counted_as_signed_with_its_event_and_age() {
    let moneyhub = moneyhub();
    for event_type in EventType::ALL {
        let token = moneyhub.sign(&samples::of(*event_type));
        let counted = counted(|| {
            let later = now() + TimeDelta::milliseconds(2500);
            assert!(
                moneyhub
                    .receiver()
                    .parse_at(token.as_bytes(), later)
                    .is_ok()
            );
        });
        let accepted = delivery("accepted", event_type.as_str(), "signed");
        assert_eq!(
            counted,
            series([(accepted, &[1.0]), (TOKEN_AGE_SECONDS.to_owned(), &[2.5])])
        );
    }
}

#[test]
fn accepted_plain_json_is_counted_as_unsigned_without_an_age() {
    for event_type in EventType::ALL {
        let body = moneyhub().json(&samples::of(*event_type));
        let counted = counted(|| {
            assert!(
                Receiver::unsigned_json()
                    .parse_at(body.as_bytes(), now())
                    .is_ok()
            );
        });
        assert_eq!(
            counted,
            series([(
                delivery("accepted", event_type.as_str(), "unsigned"),
                &[1.0]
            )])
        );
    }
}

#[test]
fn a_token_issued_in_the_future_has_an_age_of_zero() {
    let moneyhub = moneyhub();
    let token = moneyhub.sign(&samples::of(EventType::PaymentError));
    let counted = counted(|| {
        let earlier = now() - TimeDelta::seconds(30);
        assert!(
            moneyhub
                .receiver()
                .parse_at(token.as_bytes(), earlier)
                .is_ok()
        );
    });
    assert_eq!(counted[TOKEN_AGE_SECONDS], [0.0]);
}

#[test]
fn every_fault_is_counted_under_its_error_kind() {
    let moneyhub = moneyhub();
    for fault in Fault::ALL {
        let body = moneyhub
            .delivery(&samples::of(EventType::PaymentError))
            .faulty(*fault);
        let counted = counted(|| {
            assert!(moneyhub.receiver().parse_at(&body, now()).is_err());
        });
        let outcome = fault.error_kind().as_str();
        assert_eq!(
            counted,
            series([(delivery(outcome, "none", "none"), &[1.0])]),
            "{fault}"
        );
    }
}

#[test]
fn missing_keys_are_counted_under_their_error_kind() {
    let moneyhub = moneyhub();
    let cache = KeyCache::new([moneyhub.issuer()]);
    let receiver =
        Receiver::signed(cache.keys_at(now()), moneyhub.client_id()).issuers([moneyhub.issuer()]);
    let token = moneyhub.sign(&samples::of(EventType::PaymentError));
    let counted = counted(|| {
        let error = receiver.parse_at(token.as_bytes(), now()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
    });
    assert_eq!(
        counted,
        series([(delivery("keys_unavailable", "none", "none"), &[1.0])])
    );
}

#[test]
fn passed_over_users_and_events_are_counted() {
    let moneyhub = moneyhub();
    let receiver = moneyhub.receiver().and_unsigned_json();
    let good = moneyhub.delivery(&samples::of(EventType::DeletedAccount));
    let two_events = good
        .clone()
        .claim("events", serde_json::json!({"urn:one": {}, "urn:two": {}}));
    let odd_user = good.clone().claim("sub", 7);
    let no_user = good.clone().claim("sub", serde_json::Value::Null);
    for (delivery, expected) in [
        (good, [0.0, 0.0]),
        (odd_user, [1.0, 0.0]),
        (no_user, [0.0, 0.0]),
        (two_events, [0.0, 1.0]),
    ] {
        let counted = counted(|| {
            assert!(
                receiver
                    .parse_at(delivery.token().as_bytes(), now())
                    .is_ok()
            );
        });
        let found = ["user", "events"].map(|member| {
            counted
                .get(&passed_over(member))
                .map_or(0.0, |values| values[0])
        });
        assert_eq!(found, expected);
    }
}

#[test]
fn unknown_events_share_one_series() {
    let receiver = moneyhub().receiver().and_unsigned_json();
    let unknown = moneyhub().sign(&samples::unknown());
    let counted = counted(|| {
        assert!(receiver.parse_at(unknown.as_bytes(), now()).is_ok());
        for name in [
            "somethingNew",
            "somethingElse",
            "newTransactions ",
            "unknown",
            "none",
            "",
        ] {
            let body = format!(r#"{{"id":"1","eventType":"{name}","payload":{{}}}}"#);
            let webhook = receiver.parse_at(body.as_bytes(), now()).unwrap();
            assert!(matches!(webhook.event(), Event::Unknown(_)), "{name}");
        }
    });
    assert_eq!(counted[&delivery("accepted", "unknown", "signed")], [1.0]);
    assert_eq!(counted[&delivery("accepted", "unknown", "unsigned")], [6.0]);
    assert_eq!(counted.len(), 3, "with the age of the token");
}

#[test]
fn a_malformed_event_is_counted_as_accepted_and_as_malformed() {
    for event_type in EventType::ALL {
        let body = format!(r#"{{"id":"1","eventType":"{event_type}","payload":[]}}"#);
        let counted = counted(|| {
            let webhook = Receiver::unsigned_json()
                .parse_at(body.as_bytes(), now())
                .unwrap();
            assert!(matches!(webhook.event(), Event::Malformed(_)));
        });
        let accepted = delivery("accepted", event_type.as_str(), "unsigned");
        assert_eq!(
            counted,
            series([(accepted, &[1.0]), (malformed(*event_type), &[1.0])])
        );
    }
}

#[test]
fn every_body_is_timed_whether_accepted_or_rejected() {
    let receiver = moneyhub().receiver();
    let token = moneyhub().sign(&samples::of(EventType::PaymentError));
    let began = Instant::now();
    let recorded = recorded(|| {
        assert!(receiver.parse_at(token.as_bytes(), now()).is_ok());
        assert!(receiver.parse_at(b"x", now()).is_err());
    });
    let took = began.elapsed();
    let times = &recorded[PARSE_SECONDS];
    assert_eq!(times.len(), 2);
    assert!(times.iter().all(|time| *time > 0.0), "{times:?}");
    assert!(
        Duration::from_secs_f64(times.iter().sum()) <= took,
        "{times:?}"
    );
}
