//! Signed tokens, and the key sets that they are verified with.

use std::path::Path;
use std::sync::LazyLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::MAX_AGE;

pub(crate) const ISSUER: &str = "https://identity.moneyhub.co.uk";
pub(crate) const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";

/// `iat` of every token.
pub(crate) const ISSUED_AT: i64 = 1_735_689_600;

pub(crate) static FIRST: LazyLock<Key> =
    LazyLock::new(|| Key::read("fixtures/keys/test-rsa-2048.pem"));
pub(crate) static SECOND: LazyLock<Key> =
    LazyLock::new(|| Key::read("benches/keys/test-rsa-4096.pem"));

/// An RSA key that signs.
pub(crate) struct Key(RsaKeyPair);

impl Key {
    /// Reads a PEM file (PKCS#1) of the repository.
    fn read(path: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .join(path);
        let pem = std::fs::read_to_string(path).unwrap();
        let base64: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        Self(RsaKeyPair::from_der(&STANDARD.decode(base64).unwrap()).unwrap())
    }

    /// A good token of this key under this `kid`.
    pub(crate) fn token(&self, key_id: &str) -> String {
        self.token_of(ISSUER, key_id)
    }

    /// The same of another issuer.
    pub(crate) fn token_of(&self, issuer: &str, key_id: &str) -> String {
        let signing_input = format!("{}.{}", header(key_id), encode(&claims(issuer)));
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                signing_input.as_bytes(),
                &mut signature,
            )
            .unwrap();
        format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    fn jwk(&self, key_id: &str) -> Value {
        let key = self.0.public_key();
        json!({
            "kty": "RSA",
            "kid": key_id,
            "e": URL_SAFE_NO_PAD.encode(key.exponent().big_endian_without_leading_zero()),
            "n": URL_SAFE_NO_PAD.encode(key.modulus().big_endian_without_leading_zero()),
        })
    }
}

/// A token that nobody has signed. Its claims fit the receiver.
pub(crate) fn forged(key_id: &str) -> String {
    forged_claims(key_id, &claims(ISSUER))
}

/// Tokens that nobody has signed, whose claims do not fit the receiver.
pub(crate) fn misfits(key_id: &str) -> Vec<String> {
    let misfit = |claim: &str, value: Value| {
        let mut claims = claims(ISSUER);
        claims[claim] = value;
        forged_claims(key_id, &claims)
    };
    vec![
        misfit("iss", json!("https://identity.example")),
        misfit("iss", json!(null)),
        misfit("aud", json!("another-client")),
        misfit("aud", json!([])),
        misfit("iat", json!(ISSUED_AT - MAX_AGE.as_secs() as i64 - 1)),
        misfit("iat", json!("now")),
        misfit("exp", json!(ISSUED_AT - 61)),
        misfit("nonce", json!("of an ID token")),
        misfit("events", json!({})),
    ]
}

fn forged_claims(key_id: &str, claims: &Value) -> String {
    let signature = URL_SAFE_NO_PAD.encode([1; 256]);
    format!("{}.{}.{signature}", header(key_id), encode(claims))
}

/// A key set of these keys, each under its id.
pub(crate) fn jwks(keys: &[(&str, &Key)]) -> Vec<u8> {
    let keys: Vec<_> = keys.iter().map(|(key_id, key)| key.jwk(key_id)).collect();
    json!({ "keys": keys }).to_string().into_bytes()
}

fn header(key_id: &str) -> String {
    encode(&json!({ "alg": "RS256", "kid": key_id }))
}

fn claims(issuer: &str) -> Value {
    let payment = json!({
        "paymentId": "dc9446ee-afc1-4b47-bab5-2b01c7da09e3",
        "status": "completed",
        "paymentSubmissionId": "2be8cbe5-e138-43c5-bc58-760cefa89248",
        "submittedAt": "2020-10-01T10:05:45.374Z",
    });
    json!({
        "iss": issuer,
        "aud": CLIENT_ID,
        "jti": "c9d133e0-e708-402d-a6b7-dc8ff9c29a1c",
        "sub": "5f75a9f947f9bd74d921a6c9",
        "events": { "urn:com:moneyhub:events:payment-completed": payment },
        "iat": ISSUED_AT,
    })
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}
