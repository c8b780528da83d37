//! The signature: verified before the claims are read, and rejected without details.

use moneyhub_webhooks::ErrorKind;
use serde_json::json;

use crate::support::{assert_token_rejected, base64url, parse_token, token};

#[test]
fn changed_claims_are_rejected() {
    let token = token().signed();
    let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let claims = super::token().claim("sub", json!("another")).claims_text();
    assert_token_rejected(
        &format!("{header}.{}.{signature}", base64url(claims)),
        ErrorKind::Signature,
    );
}

#[test]
fn claims_are_not_read_before_the_signature_is_verified() {
    let token = token().signed();
    let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    assert_token_rejected(
        &format!("{header}.{}.{signature}", base64url("no claims")),
        ErrorKind::Signature,
    );
}

#[test]
fn a_signature_error_gives_no_details() {
    let token = token().signed();
    let (signing_input, _) = token.rsplit_once('.').unwrap();
    let error = parse_token(&format!("{signing_input}.")).unwrap_err();
    assert_eq!(error.to_string(), "bad signature: it does not verify");
}
