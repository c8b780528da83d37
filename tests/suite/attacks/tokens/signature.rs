//! The signature: checked before the claims, and silent about why it fails.

use moneyhub_webhooks::ErrorKind;
use serde_json::json;

use crate::support::{assert_token_refused, base64url, parse_token, token};

#[test]
fn other_claims_under_a_good_signature_are_refused() {
    let token = token().signed();
    let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let claims = super::token().claim("sub", json!("another")).claims_text();
    assert_token_refused(
        &format!("{header}.{}.{signature}", base64url(claims)),
        ErrorKind::Signature,
    );
}

#[test]
fn claims_are_not_looked_at_before_the_signature() {
    let token = token().signed();
    let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    assert_token_refused(
        &format!("{header}.{}.{signature}", base64url("no claims")),
        ErrorKind::Signature,
    );
}

#[test]
fn a_failure_says_no_more_than_that() {
    let token = token().signed();
    let (signing_input, _) = token.rsplit_once('.').unwrap();
    let error = parse_token(&format!("{signing_input}.")).unwrap_err();
    assert_eq!(error.to_string(), "bad signature: it does not verify");
}
