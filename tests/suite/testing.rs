//! The feature `testing`: the test issuer sends what Moneyhub sends, and each fault is rejected.

use moneyhub_webhooks::testing::{Delivery, Fault, TestIssuer, samples};
use moneyhub_webhooks::{Authenticity, Error, ErrorKind, Event, EventType, Receiver, Webhook};
use serde_json::{Value, json};

use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, KEY_ID, assert_rejected, at, base64url_decode, fixture,
    json_fixture, parse_json,
};

fn issuer() -> TestIssuer {
    TestIssuer::at(at(ISSUED_AT))
}

fn parse(delivery: &Delivery) -> Result<Webhook, Error> {
    issuer()
        .receiver()
        .parse_at(delivery.token().as_bytes(), at(ISSUED_AT))
}

/// A valid delivery.
fn delivery() -> Delivery {
    issuer().delivery(&samples::of(EventType::PaymentError))
}

#[test]
fn the_test_issuer_reproduces_the_fixtures_byte_for_byte() {
    let issuer = issuer()
        .with_issuer(ISSUER)
        .with_client_id(CLIENT_ID)
        .with_key_id(KEY_ID);
    for event_type in EventType::ALL {
        // One fixture has a timestamp with `.000Z`, which is written without the zeros.
        let rewritten = |body: String| body.replace(".000Z", "Z");
        let body = rewritten(json_fixture(*event_type));
        let webhook = parse_json(&body).unwrap();
        let delivery = issuer
            .delivery(webhook.event())
            .id(webhook.id().as_str().to_owned())
            .user_id(webhook.user_id().unwrap().as_str().to_owned());
        assert_eq!(delivery.json(), body.trim_end(), "{event_type}");
        if *event_type != EventType::AffordabilityReportFailure {
            assert_eq!(
                delivery.token(),
                fixture(&format!("tokens/{event_type}.jwt")).trim_end(),
                "{event_type}"
            );
        }
    }
}

#[test]
fn the_sample_of_each_event_is_accepted_signed_and_plain() {
    let issuer = issuer();
    for event_type in EventType::ALL {
        let event = samples::of(*event_type);
        assert_eq!(event.event_type(), Some(*event_type));
        assert!(!matches!(event, Event::Malformed(_)), "{event:?}");

        let signed = issuer
            .receiver()
            .parse_at(issuer.sign(&event).as_bytes(), at(ISSUED_AT))
            .unwrap();
        assert_eq!(*signed.event(), event);
        let plain = parse_json(&issuer.json(&event)).unwrap();
        assert_eq!(*plain.event(), event);
        assert!(!plain.authenticity().is_signed());
    }
}

#[test]
fn each_sample_has_the_name_of_its_event() {
    let all = [
        (samples::of(EventType::NewTransactions), "newTransactions"),
        (
            samples::of(EventType::UpdatedTransactions),
            "updatedTransactions",
        ),
        (
            samples::of(EventType::DeletedTransactions),
            "deletedTransactions",
        ),
        (
            samples::of(EventType::RestoredTransactions),
            "restoredTransactions",
        ),
        (samples::of(EventType::DeletedAccount), "deletedAccount"),
        (samples::of(EventType::SyncCompleted), "syncCompleted"),
        (
            samples::of(EventType::PostConnectionEnrichmentCompleted),
            "postConnectionEnrichmentCompleted",
        ),
        (
            samples::of(EventType::NewRegularTransactions),
            "newRegularTransactions",
        ),
        (
            samples::of(EventType::UpdatedRegularTransactions),
            "updatedRegularTransactions",
        ),
        (samples::of(EventType::PaymentCompleted), "paymentCompleted"),
        (samples::of(EventType::PaymentPending), "paymentPending"),
        (samples::of(EventType::PaymentError), "paymentError"),
        (
            samples::of(EventType::AffordabilityReportSuccess),
            "affordabilityReportSuccess",
        ),
        (
            samples::of(EventType::AffordabilityReportFailure),
            "affordabilityReportFailure",
        ),
        (
            samples::of(EventType::AddFirstConnection),
            "addFirstConnection",
        ),
        (samples::of(EventType::BalanceThreshold), "balanceThreshold"),
        (samples::of(EventType::ReauthReminder), "reauthReminder"),
        (samples::of(EventType::RefreshReminder), "refreshReminder"),
    ];
    let names: Vec<_> = all.iter().map(|(_, name)| *name).collect();
    assert_eq!(
        names,
        EventType::ALL
            .iter()
            .map(|event_type| event_type.as_str())
            .collect::<Vec<_>>()
    );
    for (sample, name) in all {
        assert_eq!(sample.name(), name);
    }
}

#[test]
fn unknown_and_malformed_samples_parse_as_such_in_both_formats() {
    for event in [samples::unknown(), samples::malformed()] {
        let issuer = issuer();
        let receiver = issuer.receiver().and_unsigned_json();
        for body in [issuer.sign(&event), issuer.json(&event)] {
            let arrived = receiver
                .parse_at(body.as_bytes(), at(ISSUED_AT))
                .unwrap()
                .into_event();
            match (&event, &arrived) {
                (Event::Unknown(sent), Event::Unknown(arrived)) => {
                    assert_eq!(
                        (arrived.name(), arrived.payload()),
                        (sent.name(), sent.payload())
                    );
                    assert_eq!(arrived.name(), "somethingNew");
                }
                (Event::Malformed(sent), Event::Malformed(arrived)) => {
                    assert_eq!(arrived, sent);
                    assert_eq!(
                        (arrived.event_type(), arrived.path()),
                        (EventType::PaymentError, "paymentId")
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

#[test]
fn the_urn_of_an_unknown_event_maps_back_to_its_name() {
    let cases = [
        ("somethingNew", "urn:com:moneyhub:events:something-new"),
        ("Capital", "urn:com:moneyhub:events:-capital"),
        // A name that no Moneyhub URN maps back to is used unchanged.
        ("two-words", "two-words"),
        ("a-B", "a-B"),
        ("urn:of:another", "urn:of:another"),
    ];
    for (name, urn) in cases {
        let event: Event =
            serde_json::from_value(json!({ "eventType": name, "payload": {} })).unwrap();
        let webhook = parse(&issuer().delivery(&event)).unwrap();
        let Event::Unknown(unknown) = webhook.event() else {
            panic!("{name}")
        };
        assert_eq!((unknown.name(), unknown.wire_name()), (name, urn));
    }
}

#[test]
fn every_fault_is_rejected_with_its_error_kind() {
    for fault in Fault::ALL {
        let body = delivery().faulty(*fault);
        assert_rejected(
            issuer().receiver().parse_at(&body, at(ISSUED_AT)),
            fault.error_kind(),
        );
    }
}

#[test]
fn faults_do_not_depend_on_the_names_of_issuer_client_key_and_user() {
    let (mut issuer, mut user_id) = (issuer(), "ada".to_owned());
    // Each round takes the names from the faulty bodies of the round before.
    for _ in 0..3 {
        for fault in Fault::ALL {
            let body = issuer
                .delivery(&samples::of(EventType::PaymentError))
                .user_id(user_id.as_str())
                .faulty(*fault);
            assert_rejected(
                issuer.receiver().parse_at(&body, at(ISSUED_AT)),
                fault.error_kind(),
            );
        }
        let body = |fault| {
            issuer
                .delivery(&samples::of(EventType::PaymentError))
                .user_id(user_id.as_str())
                .faulty(fault)
        };
        let part = |fault, index: usize| -> Value {
            let token = String::from_utf8(body(fault)).unwrap();
            serde_json::from_slice(&base64url_decode(token.split('.').nth(index).unwrap())).unwrap()
        };
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let names = [
            text(&part(Fault::WrongIssuer, 1)["iss"]),
            text(&part(Fault::WrongAudience, 1)["aud"]),
            text(&part(Fault::UnknownKey, 0)["kid"]),
        ];
        user_id = text(&part(Fault::Forged, 1)["sub"]);
        let [name, client_id, key_id] = names;
        issuer = issuer
            .with_issuer(name)
            .with_client_id(client_id)
            .with_key_id(key_id);
    }
}

#[test]
fn every_error_kind_that_a_sender_can_cause_has_a_fault() {
    let mut of_faults: Vec<_> = Fault::ALL.iter().map(|fault| fault.error_kind()).collect();
    of_faults.dedup();
    let of_senders = ErrorKind::ALL
        .iter()
        .copied()
        .filter(|kind| *kind != ErrorKind::KeysUnavailable);
    assert_eq!(of_faults, of_senders.collect::<Vec<_>>());
}

#[test]
fn faulty_bodies_have_no_other_fault() {
    // A receiver that lacks the check in question accepts the body.
    let lenient = |fault| {
        let receiver = match fault {
            Fault::Oversized => issuer().receiver().max_body(usize::MAX),
            Fault::Unsigned => issuer().receiver().and_unsigned_json(),
            Fault::UnknownKey => issuer().receiver().with_keys(
                issuer()
                    .with_key_id(format!("another-than-{}", issuer().key_id()))
                    .key_set(),
            ),
            Fault::WrongIssuer => issuer()
                .receiver()
                .issuers([format!("another-than-{}", issuer().issuer())]),
            Fault::WrongAudience => {
                let another = format!("another-than-{}", issuer().client_id());
                Receiver::signed(issuer().key_set(), another).issuers([issuer().issuer()])
            }
            Fault::Expired => issuer().receiver().max_age(None),
            Fault::NotYetValid => issuer().receiver().clock_skew(std::time::Duration::MAX),
            _ => return None,
        };
        Some(receiver)
    };
    let mut accepted = 0;
    for fault in Fault::ALL {
        if let Some(receiver) = lenient(*fault) {
            let webhook = receiver.parse_at(&delivery().faulty(*fault), at(ISSUED_AT));
            assert_eq!(
                *webhook.unwrap().event(),
                samples::of(EventType::PaymentError),
                "{fault}"
            );
            accepted += 1;
        }
    }
    assert_eq!(accepted, 7);
}

#[test]
fn faults_parse_from_their_names() {
    for fault in Fault::ALL {
        assert_eq!(fault.as_str().parse(), Ok(*fault));
        assert_eq!(fault.to_string(), fault.as_str());
    }
    assert_eq!(
        "Forged".parse::<Fault>().unwrap_err().to_string(),
        "not the name of a fault"
    );
}

#[test]
fn each_claim_and_header_can_be_adjusted() {
    let adjusted = delivery()
        .id("1")
        .user_id("ada")
        .issued_at(at(ISSUED_AT - 60))
        .issuer("https://b.invalid")
        .audience("b")
        .key_id("c")
        .header("typ", "secevent+jwt")
        .header("alg", "RS256")
        .claim("extra", json!({ "list": [1, 2] }))
        .claim("toe", ISSUED_AT);
    let parts: Vec<String> = adjusted
        .token()
        .split('.')
        .take(2)
        .map(|part| String::from_utf8(base64url_decode(part)).unwrap())
        .collect();
    assert_eq!(
        parts[0],
        r#"{"kid":"c","alg":"RS256","typ":"secevent+jwt"}"#
    );
    assert_eq!(
        serde_json::from_str::<Value>(&parts[1]).unwrap(),
        json!({
            "iss": "https://b.invalid", "aud": "b", "jti": "1", "sub": "ada", "iat": ISSUED_AT - 60,
            "extra": { "list": [1, 2] }, "toe": ISSUED_AT,
            "events": { "urn:com:moneyhub:events:payment-error":
                serde_json::from_str::<Value>(&json_fixture(EventType::PaymentError)).unwrap()["payload"] },
        })
    );

    let other = issuer()
        .with_issuer("https://b.invalid")
        .with_client_id("b")
        .with_key_id("c");
    let webhook = other
        .receiver()
        .parse_at(adjusted.token().as_bytes(), at(ISSUED_AT))
        .unwrap();
    assert!(*webhook.id() == "1" && *webhook.user_id().unwrap() == "ada");
    let Authenticity::Signed {
        issuer,
        client_id,
        key_id,
        issued_at,
        ..
    } = webhook.authenticity()
    else {
        panic!("{webhook:?}")
    };
    assert_eq!(
        (issuer.as_str(), client_id.as_str(), key_id.as_str()),
        ("https://b.invalid", "b", "c")
    );
    assert_eq!(*issued_at, at(ISSUED_AT - 60));
}

#[test]
fn claims_and_headers_can_be_left_out() {
    assert_eq!(
        parse(&delivery().without_user_id()).unwrap().user_id(),
        None
    );
    assert_eq!(
        parse_json(&delivery().without_user_id().json())
            .unwrap()
            .user_id(),
        None
    );
    assert_rejected(parse(&delivery().without_claim("jti")), ErrorKind::Claims);
    assert_rejected(
        parse_json(&delivery().without_claim("jti").json()),
        ErrorKind::Body,
    );
    assert_rejected(
        parse(&delivery().without_header("alg")),
        ErrorKind::Algorithm,
    );
}

#[test]
fn every_delivery_has_a_unique_id_and_keeps_it() {
    let issuer = issuer().with_seed(0);
    let id = |body: String| parse_json(&body).unwrap().id().as_str().to_owned();
    let first = issuer.delivery(&samples::of(EventType::DeletedAccount));
    let ids = [
        id(first.json()),
        id(issuer.json(&samples::of(EventType::DeletedAccount))),
        id(issuer.clone().json(&samples::of(EventType::DeletedAccount))),
    ];
    assert_eq!(
        ids,
        [1, 2, 3].map(|number| format!("00000000-0000-4000-8000-{number:012x}"))
    );
    assert_eq!(id(first.json()), ids[0]);
    assert!(*parse(&first).unwrap().id() == *ids[0]);
}

#[test]
fn two_issuers_give_different_ids_unless_they_have_the_same_seed() {
    let event = samples::of(EventType::DeletedAccount);
    let id = |issuer: TestIssuer| issuer.webhook(&event).id().clone();
    assert_ne!(id(issuer()), id(issuer()));
    assert_eq!(id(issuer().with_seed(7)), id(issuer().with_seed(7)));
    let uuid = id(issuer()).to_string();
    assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
}

#[test]
fn the_test_issuer_makes_a_webhook_from_any_event() {
    for event in samples::all().chain([samples::unknown(), samples::malformed()]) {
        let webhook = issuer().webhook(&event);
        assert_eq!(webhook.event().name(), event.name());
        assert!(webhook.authenticity().is_signed());
    }
    assert_eq!(samples::all().count(), EventType::ALL.len());
}

#[test]
fn a_sample_can_have_any_payload() {
    let payload = json!({"paymentId": "p", "status": "rejected", "new": 1});
    let event = samples::with_payload(EventType::PaymentError, payload);
    let Event::PaymentError(payment) = event else {
        panic!()
    };
    assert_eq!(payment.payment_id, "p");
    let malformed = samples::with_payload(EventType::PaymentError, [1]);
    assert!(matches!(malformed, Event::Malformed(_)));
}

#[test]
fn the_default_issuers_reject_the_test_issuer_even_with_its_keys() {
    let receiver = Receiver::signed(issuer().key_set(), issuer().client_id());
    let result = receiver.parse_at(
        issuer()
            .sign(&samples::of(EventType::PaymentError))
            .as_bytes(),
        at(ISSUED_AT),
    );
    assert_rejected(result, ErrorKind::Issuer);

    let renamed = issuer().with_issuer(ISSUER);
    let webhook = receiver.parse_at(
        renamed
            .sign(&samples::of(EventType::PaymentError))
            .as_bytes(),
        at(ISSUED_AT),
    );
    assert_eq!(webhook.unwrap().event().name(), "paymentError");
}

#[test]
fn the_test_issuer_has_the_key_of_the_fixtures_under_its_own_key_id() {
    let jwk = |jwks: &str| {
        let jwks: Value = serde_json::from_str(jwks).unwrap();
        let [jwk] = &jwks["keys"].as_array().unwrap()[..] else {
            panic!("{jwks}")
        };
        [&jwk["kty"], &jwk["n"], &jwk["e"], &jwk["alg"], &jwk["use"]].map(Clone::clone)
    };
    assert_eq!(jwk(&issuer().jwks()), jwk(&fixture("keys/jwks.json")));
    assert_eq!(
        (issuer().key_set().len(), issuer().key_set().ignored().len()),
        (1, 0)
    );

    let rotated = issuer().with_key_id("next");
    let body = rotated.sign(&samples::of(EventType::PaymentError));
    assert_rejected(
        issuer().receiver().parse_at(body.as_bytes(), at(ISSUED_AT)),
        ErrorKind::UnknownKey,
    );
    assert!(
        rotated
            .receiver()
            .parse_at(body.as_bytes(), at(ISSUED_AT))
            .is_ok()
    );
}
