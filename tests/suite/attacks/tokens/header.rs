//! The header: its type, its extensions, and the key id.

use moneyhub_webhooks::ErrorKind;
use serde_json::json;

use super::is_accepted;
use crate::support::{KEY_ID, assert_token_rejected, base64url, sign_parts, token};

#[test]
fn a_type_other_than_jwt_or_secevent_jwt_is_rejected() {
    for typ in [
        "JWT",
        "jwt",
        "secevent+jwt",
        "SecEvent+JWT",
        "application/secevent+jwt",
        "APPLICATION/jwt",
    ] {
        assert!(
            is_accepted(&token().header("typ", json!(typ)).signed()),
            "{typ}"
        );
    }
    for typ in [
        json!("at+jwt"),
        json!(7),
        json!(null),
        json!(""),
        json!("application/"),
        json!("jwtx"),
    ] {
        assert_token_rejected(&token().header("typ", typ).signed(), ErrorKind::Header);
    }
}

#[test]
fn header_extensions_are_rejected_with_any_value() {
    for name in ["crit", "b64", "zip", "enc"] {
        for value in [
            json!(null),
            json!([]),
            json!(["alg"]),
            json!(["b64"]),
            json!(["x"]),
            json!(false),
            json!("DEF"),
        ] {
            assert_token_rejected(&token().header(name, value).signed(), ErrorKind::Header);
        }
    }
}

#[test]
fn an_unencoded_payload_is_rejected() {
    // RFC 7797: with `b64` false, the payload is not encoded.
    for token in [
        token().header("b64", json!(false)),
        token()
            .header("b64", json!(false))
            .header("crit", json!(["b64"])),
    ] {
        assert_token_rejected(&token.signed(), ErrorKind::Header);
        let header = base64url(token.header_text());
        let claims = token.claims_text();
        let signing_input = format!("{header}.{claims}");
        let signature = crate::support::signer::rs256(
            &crate::support::fixture("keys/test-rsa-2048.pem"),
            signing_input.as_bytes(),
        );
        // JSON is not base64url, so the body is rejected before the header is read.
        assert_token_rejected(
            &format!("{signing_input}.{}", base64url(signature)),
            ErrorKind::Body,
        );
    }
}

#[test]
fn a_header_must_be_one_object_without_duplicates() {
    let claims = token().claims_text();
    let good = token().header_text();
    let long = format!(r#"{{"x":"{}",{}"#, "x".repeat(8 * 1024), &good[1..]);
    for header in [
        format!(r#"{{"alg":"RS256",{}"#, &good[1..]),
        format!(r#"{{"\u0061lg":"RS256",{}"#, &good[1..]),
        format!(r#"{{"x":1,"x":1,{}"#, &good[1..]),
        r#"{"kid":"\ud800","alg":"none"}"#.to_owned(),
        format!(r#"{{"\ud800":1,{}"#, &good[1..]),
        format!("{good} {good}"),
        format!("{good}x"),
        format!("[{good}]"),
        good.replacen('{', r#"{"x":NaN,"#, 1),
        good.replacen('{', "{/**/", 1),
        long,
        "null".to_owned(),
        "7".to_owned(),
        "{".to_owned(),
    ] {
        assert_token_rejected(&sign_parts(&header, &claims), ErrorKind::Header);
    }
    assert_token_rejected(&sign_parts([0xff, 0xfe], &claims), ErrorKind::Header);
}

#[test]
fn a_header_of_exactly_the_limit_is_accepted() {
    let good = token().header_text();
    let padding = 8 * 1024 - good.len() - r#""x":"","#.len();
    let header = format!(r#"{{"x":"{}",{}"#, "x".repeat(padding), &good[1..]);
    assert_eq!(header.len(), 8 * 1024);
    assert!(is_accepted(&sign_parts(header, token().claims_text())));
}

#[test]
fn the_key_id_must_be_a_string_of_1_to_256_bytes() {
    for kid in [
        json!(null),
        json!(""),
        json!(7),
        json!([KEY_ID]),
        json!("x".repeat(257)),
    ] {
        assert_token_rejected(&token().header("kid", kid).signed(), ErrorKind::KeyId);
    }
    assert_token_rejected(&token().without_header("kid").signed(), ErrorKind::KeyId);
}

#[test]
fn a_key_id_must_match_byte_for_byte() {
    let nearly = [
        format!("{KEY_ID} "),
        format!("{KEY_ID}\n"),
        KEY_ID.to_lowercase(),
        "x".repeat(256),
    ];
    for kid in ["other", "\0", "\n", "../../dev/null", "' OR 1=1", "*"]
        .map(str::to_owned)
        .iter()
        .chain(&nearly)
    {
        assert_token_rejected(
            &token().header("kid", json!(kid)).signed(),
            ErrorKind::UnknownKey,
        );
    }
}

#[test]
fn keys_in_the_header_are_ignored() {
    let token = token()
        .header("jwk", json!({"kty": "RSA"}))
        .header("jku", json!("https://example.com"));
    assert!(is_accepted(&token.signed()));
}
