//! Signed tokens: each check has its error kind, the first failing check is reported, and limits are exact.

mod claims;
mod form;
mod header;
mod signature;
mod time;

use moneyhub_webhooks::{Authenticity, ErrorKind, Event, EventType};
use serde_json::json;

use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, KEY_ID, assert_token_rejected, at, parse_token, token,
};

fn is_accepted(token: &str) -> bool {
    parse_token(token).is_ok()
}

#[test]
fn a_token_yields_its_issuer_client_key_and_time() {
    let webhook = parse_token(&token().signed()).unwrap();
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
        (&**issuer, &**client_id, &**key_id),
        (ISSUER, CLIENT_ID, KEY_ID)
    );
    assert_eq!(*issued_at, at(ISSUED_AT));
    let (id, user_id, event, authenticity) = webhook.clone().into_parts();
    assert_eq!(id, "c9d133e0-e708-402d-a6b7-dc8ff9c29a1c");
    assert_eq!(user_id.unwrap(), "5f75a9f947f9bd74d921a6c9");
    assert_eq!(event.event_type(), Some(EventType::PaymentCompleted));
    assert!(authenticity.is_signed());
}

#[test]
fn the_first_failing_check_is_reported() {
    // Every check fails at first. Each step fixes the one that was reported.
    let mut token = token()
        .header("typ", json!("at+jwt"))
        .header("alg", json!("none"))
        .header("kid", json!(""))
        .claim("iss", json!("https://other"))
        .claim("aud", json!("other"))
        .claim("iat", 0)
        .claim("nbf", ISSUED_AT + 1000)
        .claim("events", json!({}));
    let mut step =
        |kind: ErrorKind, fix: &dyn Fn(crate::support::Token) -> crate::support::Token| {
            assert_token_rejected(&token.signed(), kind);
            token = fix(token.clone());
        };
    step(ErrorKind::Header, &|token| token.without_header("typ"));
    step(ErrorKind::Algorithm, &|token| {
        token.header("alg", json!("RS256"))
    });
    step(ErrorKind::KeyId, &|token| {
        token.header("kid", json!("other"))
    });
    step(ErrorKind::UnknownKey, &|token| {
        token.header("kid", json!(KEY_ID))
    });
    step(ErrorKind::Claims, &|token| token.event("urn:x", json!({})));
    step(ErrorKind::Issuer, &|token| {
        token.claim("iss", json!(ISSUER))
    });
    step(ErrorKind::Audience, &|token| {
        token.claim("aud", json!(CLIENT_ID))
    });
    step(ErrorKind::Expired, &|token| token.claim("iat", ISSUED_AT));
    step(ErrorKind::NotYetValid, &|token| token.without_claim("nbf"));
    assert!(matches!(
        parse_token(&token.signed()).unwrap().event(),
        Event::Unknown(_)
    ));
}
