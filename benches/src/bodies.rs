//! The bodies: one payment, or many ids of transactions, as plain JSON and as a token.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};

pub const ISSUER: &str = "https://identity.moneyhub.co.uk";
pub const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";
pub const KEY_ID: &str = "YWGBb1-BbQpkmMrRf8nsfJqW46T0uCZOap_1PYdeIyo";

const ISSUED_AT: i64 = 1_735_689_600;

/// When the tokens were issued, and are judged.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(ISSUED_AT, 0).unwrap()
}

/// What an event holds.
#[derive(Clone)]
pub struct Event {
    name: &'static str,
    urn: &'static str,
    payload: String,
}

/// One payment: the size of most webhooks.
pub fn payment() -> Event {
    let payload = r#"{"paymentId":"68ef34e0-b8a7-4aa2-ad0a-b3cef33f8e36","paymentSubmissionId":"pv3-966167ee-a63e-464b-90ed-d779fa90c246","submittedAt":"2020-09-21T15:41:20.500Z","status":"completed","reference":"0019f234124a5f70","endToEndId":"1b63a27a"}"#;
    Event {
        name: "paymentCompleted",
        urn: "urn:com:moneyhub:events:payment-completed",
        payload: payload.to_owned(),
    }
}

/// So many new transactions of one account. Moneyhub sends at most 6000.
pub fn transactions(count: usize) -> Event {
    let ids: Vec<_> = (0..count).map(|id| format!(r#""d520402a-d982-43ee-b1d1-{id:012x}""#)).collect();
    let ids = ids.join(",");
    Event {
        name: "newTransactions",
        urn: "urn:com:moneyhub:events:new-transactions",
        payload: format!(
            r#"{{"accounts":[{{"id":"6d0baf11-248e-4c11-9c04-97b7758b4e04","transactions":[{ids}]}}]}}"#
        ),
    }
}

impl Event {
    /// The event in Moneyhub's JSON envelope, its members in the order in which Moneyhub sends them.
    pub fn json(&self) -> String {
        let Self { name, payload, .. } = self;
        format!(r#"{{{ID},"eventType":"{name}",{USER_ID},"payload":{payload}}}"#)
    }

    /// The same with the payload first, when nobody knows yet of what event it is.
    pub fn json_payload_first(&self) -> String {
        let Self { name, payload, .. } = self;
        format!(r#"{{"payload":{payload},{ID},"eventType":"{name}",{USER_ID}}}"#)
    }

    /// The event as a token.
    pub fn token(&self, key: &Key) -> String {
        let Self { urn, payload, .. } = self;
        let header = format!(r#"{{"kid":"{KEY_ID}","alg":"RS256"}}"#);
        let claims = format!(
            r#"{{"iss":"{ISSUER}","aud":"{CLIENT_ID}","jti":"c9d133e0-e708-402d-a6b7-dc8ff9c29a1c","sub":"5f75a9f947f9bd74d921a6c9","events":{{"{urn}":{payload}}},"iat":{ISSUED_AT}}}"#
        );
        let signing_input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = key.sign(signing_input.as_bytes());
        format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

const ID: &str = r#""id":"abe168ce-1b2f-4c38-9c92-db5730485cb3""#;
const USER_ID: &str = r#""userId":"5c79210bbac25ecb5e71ac40""#;

/// A key to sign with, its public half to be had in each form that is asked for.
pub struct Key(RsaKeyPair);

impl Key {
    pub fn rsa_2048() -> Self {
        Self::from_pem(include_str!("../../fixtures/keys/test-rsa-2048.pem"))
    }

    pub fn rsa_4096() -> Self {
        Self::from_pem(include_str!("../keys/test-rsa-4096.pem"))
    }

    /// A private key in PEM (PKCS#1).
    fn from_pem(pem: &str) -> Self {
        let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
        Self(RsaKeyPair::from_der(&STANDARD.decode(base64).unwrap()).unwrap())
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    pub fn public(&self) -> RsaPublicKeyComponents<Vec<u8>> {
        self.0.public_key().into()
    }

    /// The key set that holds this key alone.
    pub fn jwks(&self) -> String {
        let RsaPublicKeyComponents { n, e } = self.public();
        let (n, e) = (URL_SAFE_NO_PAD.encode(n), URL_SAFE_NO_PAD.encode(e));
        format!(
            r#"{{"keys":[{{"kty":"RSA","use":"sig","alg":"RS256","kid":"{KEY_ID}","n":"{n}","e":"{e}"}}]}}"#
        )
    }
}
