//! The claims: their form, then whom the token is from and whom it is for.

use moneyhub_webhooks::{ErrorKind, Receiver};
use serde_json::json;

use super::is_accepted;
use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, PREFIX, assert_refused, assert_token_refused, at, parse_token, sign_parts,
    signed_receiver, test_keys, token,
};

#[test]
fn claims_are_one_object() {
    let header = token().header_text();
    let good = token().claims_text();
    for claims in [format!("[{good}]"), format!("{good}{good}"), "null".to_owned(), good[1..].to_owned()] {
        assert_token_refused(&sign_parts(&header, &claims), ErrorKind::Claims);
    }
    assert_token_refused(&sign_parts(&header, b"{\"iss\":\"\xff\"}"), ErrorKind::Claims);
}

#[test]
fn the_claims_that_are_read_stand_once() {
    let good = token().claims_text();
    for twice in [
        r#""iss":"x""#,
        r#""aud":"x""#,
        r#""jti":"x""#,
        r#""sub":"x""#,
        r#""iat":1"#,
        r#""events":{}"#,
        r#""\u0065vents":{}"#,
    ] {
        let claims = format!("{{{twice},{}", &good[1..]);
        assert_token_refused(&sign_parts(token().header_text(), claims), ErrorKind::Claims);
    }
    let claims = format!(r#"{{"x":1,"x":"\ud800",{}"#, &good[1..]);
    assert!(is_accepted(&sign_parts(token().header_text(), claims)));
}

#[test]
fn the_token_id_is_a_string_that_is_not_empty() {
    for jti in [json!(""), json!(7), json!(null)] {
        assert_token_refused(&token().claim("jti", jti).signed(), ErrorKind::Claims);
    }
    let long = token().claim("jti", json!("x".repeat(1_000_000))).signed();
    assert_token_refused(&long, ErrorKind::TooLarge);
    assert_token_refused(&token().without_claim("jti").signed(), ErrorKind::Claims);
}

#[test]
fn the_subject_is_a_string_or_null_or_absent() {
    for token in [token().claim("sub", json!(null)), token().without_claim("sub")] {
        assert_eq!(parse_token(&token.signed()).unwrap().user_id(), None);
    }
    for sub in [json!(7), json!(["u"]), json!({})] {
        assert_token_refused(&token().claim("sub", sub).signed(), ErrorKind::Claims);
    }
}

#[test]
fn there_is_exactly_one_event_and_its_value_is_an_object() {
    let urn = format!("{PREFIX}payment-completed");
    for events in [
        json!(null),
        json!([]),
        json!([urn]),
        json!({}),
        json!({ &urn: {}, "urn:other": {} }),
        json!({ &urn: null }),
        json!({ &urn: [] }),
        json!({ &urn: "x" }),
        json!({ "urn:unknown": 7 }),
        json!({ format!("{PREFIX}affordability-report-success"): [] }),
    ] {
        assert_token_refused(&token().claim("events", &events).signed(), ErrorKind::Claims);
    }
    assert_token_refused(
        &token().claim("events", format!(r#"{{"{urn}":{{}},"{urn}":{{}}}}"#)).signed(),
        ErrorKind::Claims,
    );
    assert_token_refused(&token().without_claim("events").signed(), ErrorKind::Claims);
}

#[test]
fn the_marks_of_other_tokens_are_refused() {
    for name in ["nonce", "at_hash", "c_hash", "s_hash"] {
        for value in [json!("x"), json!(null)] {
            assert_token_refused(&token().claim(name, value).signed(), ErrorKind::Claims);
        }
    }
    let logout = token().event("http://schemas.openid.net/event/backchannel-logout", json!({}));
    assert_token_refused(&logout.signed(), ErrorKind::Claims);
    // An access token: no event at all.
    assert_token_refused(
        &token().without_claim("events").claim("exp", ISSUED_AT + 60).signed(),
        ErrorKind::Claims,
    );
}

#[test]
fn a_lone_surrogate_in_a_claim_that_is_read_is_refused_before_what_it_says() {
    for (name, value) in [
        ("iss", r#""\ud800""#),
        ("aud", r#""\ud800""#),
        ("aud", r#"["\ud800"]"#),
        ("jti", r#""\ud800""#),
        ("sub", r#""\ud800""#),
    ] {
        assert_token_refused(&token().claim(name, value).signed(), ErrorKind::Claims);
    }
    assert!(is_accepted(&token().claim("other", r#""\ud800""#).signed()));
}

#[test]
fn the_issuer_is_one_of_ours_byte_for_byte() {
    for iss in [
        json!(null),
        json!(7),
        json!([ISSUER]),
        json!(""),
        json!(format!("{ISSUER}/")),
        json!(ISSUER.to_uppercase()),
        json!(ISSUER.replace('o', "ο")),
        json!("https://identity-dev.moneyhub.co.uk"),
    ] {
        assert_token_refused(&token().claim("iss", iss).signed(), ErrorKind::Issuer);
    }
    assert_token_refused(&token().without_claim("iss").signed(), ErrorKind::Issuer);
}

#[test]
fn no_issuer_or_an_empty_one_matches_nothing() {
    for (issuers, iss) in [(vec![], ISSUER), (vec![], ""), (vec![""], "")] {
        let receiver = signed_receiver().issuers(issuers);
        let token = token().claim("iss", json!(iss)).signed();
        assert_refused(receiver.parse_at(token.as_bytes(), at(ISSUED_AT)), ErrorKind::Issuer);
    }
}

#[test]
fn the_audience_names_our_client_id() {
    for aud in [json!(CLIENT_ID), json!([CLIENT_ID]), json!(["other", CLIENT_ID])] {
        assert!(is_accepted(&token().claim("aud", aud).signed()));
    }
    for aud in [
        json!(null),
        json!(7),
        json!([]),
        json!([1, CLIENT_ID]),
        json!({}),
        json!("other"),
        json!(["other"]),
        json!([[CLIENT_ID]]),
        json!(format!("{CLIENT_ID}\0")),
        json!(CLIENT_ID.to_uppercase()),
    ] {
        assert_token_refused(&token().claim("aud", aud).signed(), ErrorKind::Audience);
    }
    assert_token_refused(&token().without_claim("aud").signed(), ErrorKind::Audience);
}

#[test]
fn an_empty_client_id_matches_nothing() {
    let receiver = Receiver::signed(test_keys(), "");
    for aud in [json!(""), json!([""]), json!([])] {
        let token = token().claim("aud", aud).signed();
        assert_refused(receiver.parse_at(token.as_bytes(), at(ISSUED_AT)), ErrorKind::Audience);
    }
}
