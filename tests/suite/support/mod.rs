//! Shared by the tests: the fixtures, the receivers that accept them, and tokens made by one edit of a valid one.

pub(crate) mod signer;

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::id::{UserId, WebhookId};
use moneyhub_webhooks::{
    Authenticity, Error, ErrorKind, Event, EventType, KeySet, Receiver, Webhook,
};
use serde_json::json;

pub(crate) const ISSUER: &str = "https://identity.moneyhub.co.uk";
pub(crate) const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";
pub(crate) const KEY_ID: &str = "YWGBb1-BbQpkmMrRf8nsfJqW46T0uCZOap_1PYdeIyo";
pub(crate) const PREFIX: &str = "urn:com:moneyhub:events:";

/// `iat` of every token that is made here and in the fixtures: 2025-01-01T00:00:00Z.
pub(crate) const ISSUED_AT: i64 = 1_735_689_600;

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

pub(crate) fn fixture_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

pub(crate) fn fixture(name: &str) -> String {
    std::fs::read_to_string(fixture_path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

pub(crate) fn json_fixture(event_type: EventType) -> String {
    fixture(&format!("json/{event_type}.json"))
}

pub(crate) fn test_keys() -> KeySet {
    KeySet::from_jwks(fixture("keys/jwks.json").as_bytes()).unwrap()
}

pub(crate) fn signed_receiver() -> Receiver {
    Receiver::signed(test_keys(), CLIENT_ID)
}

/// Parses a token at the time it was issued.
pub(crate) fn parse_token(token: &str) -> Result<Webhook, Error> {
    signed_receiver().parse_at(token.as_bytes(), at(ISSUED_AT))
}

/// Parses a plain JSON body. The time makes no difference.
pub(crate) fn parse_json(body: &str) -> Result<Webhook, Error> {
    Receiver::unsigned_json().parse_at(body.as_bytes(), at(0))
}

/// The event of a plain JSON envelope with this type and payload.
pub(crate) fn json_event(event_type: &str, payload: &str) -> Event {
    parse_json(&format!(
        r#"{{"id":"1","eventType":"{event_type}","payload":{payload}}}"#
    ))
    .unwrap()
    .into_event()
}

/// A payload with `count` transactions of one account.
pub(crate) fn transactions(count: usize) -> String {
    let ids: Vec<_> = (0..count)
        .map(|id| format!(r#""d520402a-d982-43ee-b1d1-{id:012x}""#))
        .collect();
    let ids = ids.join(",");
    format!(
        r#"{{"accounts":[{{"id":"6d0baf11-248e-4c11-9c04-97b7758b4e04","transactions":[{ids}]}}]}}"#
    )
}

/// The content of a plain JSON body, without its text.
pub(crate) fn parts(body: &str) -> (WebhookId, Option<UserId>, Event, Authenticity) {
    parse_json(body).unwrap().into_parts()
}

#[track_caller]
pub(crate) fn assert_rejected(result: Result<Webhook, Error>, kind: ErrorKind) {
    assert_eq!(result.map_err(|error| error.kind()), Err(kind));
}

/// Asserts that a token is rejected at the time it was issued.
#[track_caller]
pub(crate) fn assert_token_rejected(token: &str, kind: ErrorKind) {
    assert_rejected(parse_token(token), kind);
}

/// One receiver for each policy.
pub(crate) fn receivers() -> [Receiver; 3] {
    [
        Receiver::unsigned_json(),
        signed_receiver(),
        signed_receiver().and_unsigned_json(),
    ]
}

pub(crate) fn base64url_decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}

pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// A token that can be edited before it is signed.
#[derive(Clone)]
pub(crate) struct Token {
    header: Vec<(String, String)>,
    claims: Vec<(String, String)>,
}

/// A valid token: a completed payment, with the members of Moneyhub's sample in the same order.
pub(crate) fn token() -> Token {
    let payment = json!({
        "paymentId": "dc9446ee-afc1-4b47-bab5-2b01c7da09e3",
        "status": "completed",
        "paymentSubmissionId": "2be8cbe5-e138-43c5-bc58-760cefa89248",
        "submittedAt": "2020-10-01T10:05:45.374Z",
    });
    Token {
        header: Vec::new(),
        claims: Vec::new(),
    }
    .header("kid", json!(KEY_ID))
    .header("alg", json!("RS256"))
    .claim("iss", json!(ISSUER))
    .claim("aud", json!(CLIENT_ID))
    .claim("jti", json!("c9d133e0-e708-402d-a6b7-dc8ff9c29a1c"))
    .claim("sub", json!("5f75a9f947f9bd74d921a6c9"))
    .event("urn:com:moneyhub:events:payment-completed", payment)
    .claim("iat", ISSUED_AT)
}

impl Token {
    /// Sets a member of the header to a JSON text.
    pub(crate) fn header(mut self, name: &str, json: impl ToString) -> Self {
        set(&mut self.header, name, json.to_string());
        self
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        self.header.retain(|(member, _)| member != name);
        self
    }

    /// Sets a claim to a JSON text.
    pub(crate) fn claim(mut self, name: &str, json: impl ToString) -> Self {
        set(&mut self.claims, name, json.to_string());
        self
    }

    pub(crate) fn without_claim(mut self, name: &str) -> Self {
        self.claims.retain(|(member, _)| member != name);
        self
    }

    /// Sets the claim `events` to only this event.
    pub(crate) fn event(self, urn: &str, payload: impl ToString) -> Self {
        self.claim(
            "events",
            format!("{{{}:{}}}", json!(urn), payload.to_string()),
        )
    }

    pub(crate) fn header_text(&self) -> String {
        object(&self.header)
    }

    pub(crate) fn claims_text(&self) -> String {
        object(&self.claims)
    }

    pub(crate) fn signed(&self) -> String {
        sign_parts(self.header_text(), self.claims_text())
    }
}

fn set(members: &mut Vec<(String, String)>, name: &str, json: String) {
    match members.iter_mut().find(|(member, _)| member == name) {
        Some((_, value)) => *value = json,
        None => members.push((name.to_owned(), json)),
    }
}

fn object(members: &[(String, String)]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|(name, value)| format!("{}:{value}", json!(name)))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// Signs any bytes as header and claims.
pub(crate) fn sign_parts(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>) -> String {
    let signing_input = format!("{}.{}", base64url(header), base64url(claims));
    let signature = signer::rs256(&fixture("keys/test-rsa-2048.pem"), signing_input.as_bytes());
    format!("{signing_input}.{}", base64url(signature))
}
