//! Marker strings in bodies, tokens and keys never appear in a message or a safe `Debug`.

use moneyhub_webhooks::keys::Keys;
use moneyhub_webhooks::{Event, KeySet, Receiver};
use serde_json::json;

use crate::support::{ISSUED_AT, at, json_event, parse_json, receivers, test_keys, token};

const MARKER: &str = "MARKER";

#[track_caller]
fn assert_no_marker(shown: &[String]) {
    for text in shown {
        assert!(!text.contains(MARKER), "{text}");
    }
}

#[test]
fn errors_contain_nothing_of_the_body() {
    let value = json!(MARKER);
    let receivers = receivers();
    let bodies = [
        MARKER.to_owned(),
        format!("{{{MARKER}"),
        json!({"id": {MARKER: MARKER}}).to_string(),
        json!({"id": MARKER, "eventType": [MARKER], "payload": MARKER}).to_string(),
        json!({"id": MARKER, "eventType": MARKER, "userId": {MARKER: 1}, "payload": MARKER})
            .to_string(),
        json!({"token": MARKER}).to_string(),
        format!("{MARKER}.{MARKER}.{MARKER}"),
        token().header("typ", &value).signed(),
        token().header("alg", &value).signed(),
        token().header("kid", &value).signed(),
        token()
            .header(MARKER, &value)
            .header("crit", &value)
            .signed(),
        token().claim("iss", &value).signed(),
        token().claim("aud", &value).signed(),
        token().claim("iat", &value).signed(),
        token().claim("exp", &value).signed(),
        token().claim("sub", json!([MARKER])).signed(),
        token().claim("jti", json!([MARKER])).signed(),
        token().claim("events", &value).signed(),
        token().claim("events", json!({MARKER: MARKER})).signed(),
    ];
    let mut rejected = 0;
    for body in bodies {
        for receiver in &receivers {
            let Err(error) = receiver.parse_at(body.as_bytes(), at(ISSUED_AT)) else {
                continue;
            };
            assert_no_marker(&[
                format!("{error}"),
                format!("{error:?}"),
                format!("{error:#?}"),
            ]);
            rejected += 1;
        }
    }
    assert_eq!(rejected, 51);
}

#[test]
fn debug_of_webhooks_keys_and_malformed_events_shows_no_payload_and_no_key() {
    let payload = json!({"paymentId": [MARKER], MARKER: MARKER}).to_string();
    let webhook = parse_json(
        &json!({"id": "w", "eventType": "deletedAccount", "payload": {"accountId": MARKER}})
            .to_string(),
    )
    .unwrap();
    assert_eq!(
        format!("{webhook:?}"),
        r#"Webhook { id: WebhookId("w"), user_id: None, event: "deletedAccount", authenticity: Unsigned, .. }"#
    );
    assert_eq!(
        format!("{:?}", json_event("x", "[1,2]")),
        r#"Unknown(UnknownEvent { name: "x", urn: None, payload: <5 bytes of JSON> })"#
    );
    let malformed = json_event("paymentError", &payload);
    let Event::Malformed(bad) = &malformed else {
        panic!()
    };
    let unknown = json_event("x", &payload);
    let Event::Unknown(untyped) = &unknown else {
        panic!()
    };
    let decode_error = untyped.decode::<u32>().unwrap_err();

    let jwks = json!({"keys": [
        {"kty": "RSA", "kid": "k", "n": MARKER, "e": "AQAB"},
        {"kty": "oct", "kid": "k", "k": MARKER},
        {"kty": MARKER},
    ]});
    let keys = KeySet::from_jwks(jwks.to_string().as_bytes()).unwrap();
    assert_eq!(keys.ignored().len(), 3);

    assert_no_marker(&[
        format!("{webhook:#?}"),
        format!("{bad:?} {bad:#?} {} {}", bad.path(), bad.reason()),
        format!("{malformed:?} {unknown:?}"),
        format!("{decode_error} {decode_error:?}"),
        format!("{keys:?} {:?}", keys.ignored()),
        format!("{:?}", Receiver::signed(keys.clone(), "c")),
    ]);
    assert_eq!(
        format!("{:?}", test_keys()),
        "KeySet { usable: 1, ignored: 0 }"
    );
    assert_eq!(format!("{:?}", Keys::from(test_keys())), "Keys { .. }");
    assert_eq!(
        format!("{:?}", keys.ignored()[0]),
        r#"IgnoredKey { reason: "`n` is not a base64url number without leading zeros", .. }"#
    );
}
