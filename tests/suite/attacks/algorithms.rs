//! Other algorithms, other keys, and altered signatures.

use moneyhub_webhooks::{ErrorKind, Receiver};
use serde_json::json;

use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, KEY_ID, assert_rejected, assert_token_rejected, at, base64url,
    base64url_decode, fixture, parse_token, sign_parts, test_keys, token,
};

#[test]
fn tokens_with_the_algorithm_none_are_rejected() {
    for alg in ["none", "None", "NONE", "nOnE"] {
        let token = token().header("alg", json!(alg)).signed();
        assert_token_rejected(&token, ErrorKind::Algorithm);
        let (signing_input, _) = token.rsplit_once('.').unwrap();
        assert_token_rejected(&format!("{signing_input}."), ErrorKind::Algorithm);
    }
    // RFC 7515, appendix A.5, with the claims of appendix A.1.
    let unsecured = "eyJhbGciOiJub25lIn0.\
        eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.";
    assert_token_rejected(unsecured, ErrorKind::Algorithm);
}

#[test]
fn an_hmac_keyed_with_the_public_key_is_rejected() {
    for key in ["pem", "der", "modulus", "jwk"] {
        assert_token_rejected(
            &fixture(&format!("rejected/hs256-{key}.jwt")),
            ErrorKind::Algorithm,
        );
    }
}

#[test]
fn valid_signatures_of_other_algorithms_are_rejected() {
    for alg in ["rs384", "rs512", "ps256", "es256"] {
        let token = fixture(&format!("rejected/{alg}.jwt"));
        assert_token_rejected(&token, ErrorKind::Algorithm);

        // With a header that says RS256, the signature does not verify.
        let (_, rest) = token.split_once('.').unwrap();
        let header = format!(r#"{{"kid":"{KEY_ID}","alg":"RS256"}}"#);
        assert_token_rejected(
            &format!("{}.{rest}", base64url(header)),
            ErrorKind::Signature,
        );
    }
}

#[test]
fn an_algorithm_other_than_the_string_rs256_is_rejected() {
    for alg in [
        json!("rs256"),
        json!("RS256 "),
        json!(7),
        json!(null),
        json!(["RS256"]),
        json!({"RS256": null}),
    ] {
        assert_token_rejected(&token().header("alg", alg).signed(), ErrorKind::Algorithm);
    }
    assert_token_rejected(
        &token().without_header("alg").signed(),
        ErrorKind::Algorithm,
    );
}

#[test]
fn a_signature_by_another_key_is_rejected() {
    assert_token_rejected(&fixture("rejected/other-key.jwt"), ErrorKind::Signature);
}

#[test]
fn keys_inside_a_token_are_never_used() {
    for name in ["jwk", "x5c", "jku", "x5u"] {
        assert_token_rejected(
            &fixture(&format!("rejected/attacker-{name}.jwt")),
            ErrorKind::Signature,
        );
    }
    assert_token_rejected(
        &fixture("rejected/attacker-jwk-own-kid.jwt"),
        ErrorKind::UnknownKey,
    );
}

#[test]
fn a_signature_with_any_bit_flipped_is_rejected() {
    let token = token().signed();
    let (signing_input, signature) = token.rsplit_once('.').unwrap();
    let good = base64url_decode(signature);
    assert_eq!(good.len(), 256);
    for bit in 0..good.len() * 8 {
        let mut flipped = good.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert_token_rejected(
            &format!("{signing_input}.{}", base64url(flipped)),
            ErrorKind::Signature,
        );
    }
}

#[test]
fn signatures_of_another_length_or_not_below_the_modulus_are_rejected() {
    let token = token().signed();
    let (signing_input, signature) = token.rsplit_once('.').unwrap();
    let good = base64url_decode(signature);
    let jwks: serde_json::Value = serde_json::from_str(&fixture("keys/jwks.json")).unwrap();
    let modulus = base64url_decode(jwks["keys"][0]["n"].as_str().unwrap());
    for bad in [
        Vec::new(),
        good[..255].to_vec(),
        [&good[..], &[0]].concat(),
        [&[0], &good[..]].concat(),
        vec![0; 256],
        vec![0xff; 256],
        plus(&good, &modulus),
        modulus,
    ] {
        assert_token_rejected(
            &format!("{signing_input}.{}", base64url(bad)),
            ErrorKind::Signature,
        );
    }
}

/// The sum of two big-endian numbers of the same length. S + n verifies like S unless the verifier compares it with n.
fn plus(one: &[u8], other: &[u8]) -> Vec<u8> {
    let mut carry = 0;
    let mut sum: Vec<u8> = one
        .iter()
        .zip(other)
        .rev()
        .map(|(one, other)| {
            let digit = u16::from(*one) + u16::from(*other) + carry;
            carry = digit >> 8;
            digit as u8
        })
        .collect();
    if carry > 0 {
        sum.push(carry as u8);
    }
    sum.reverse();
    sum
}

#[test]
fn id_access_and_logout_tokens_are_rejected() {
    let header = token().header_text();
    let common = json!({"iss": ISSUER, "aud": CLIENT_ID, "sub": "u", "iat": ISSUED_AT, "exp": ISSUED_AT + 300});
    let with = |claims: serde_json::Value| {
        let mut all = common.clone();
        all.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        sign_parts(&header, all.to_string())
    };
    let event = json!({"urn:com:moneyhub:events:payment-completed": {}});
    for token in [
        with(json!({"nonce": "n", "at_hash": "h"})),
        with(json!({"jti": "t", "scope": "openid"})),
        with(json!({"jti": "t", "events": event, "nonce": "n"})),
        with(json!({"jti": "t", "events": event, "at_hash": "h"})),
        with(
            json!({"jti": "t", "events": {"http://schemas.openid.net/event/backchannel-logout": {}}}),
        ),
    ] {
        assert_token_rejected(&token, ErrorKind::Claims);
    }
    assert!(parse_token(&with(json!({"jti": "t", "events": event}))).is_ok());
}

#[test]
fn a_token_for_another_client_is_rejected() {
    let other = Receiver::signed(test_keys(), "another-client");
    assert_rejected(
        other.parse_at(token().signed().as_bytes(), at(ISSUED_AT)),
        ErrorKind::Audience,
    );
}
