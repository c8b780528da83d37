//! What `parse_at` costs over the floor of its path, in one run: for a token the bare verification of its
//! signature with a key that is parsed already, for JSON a scan that builds nothing.
//!
//! `cargo bench` prints medians of interleaved rounds and their ratio. The ratio is the figure to compare: the
//! times are this machine's.
#![allow(clippy::arithmetic_side_effects, clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark")]

#[path = "../tests/suite/support/signer.rs"]
mod signer;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::{KeySet, Receiver};
use serde::de::IgnoredAny;

const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";
const KEY_ID: &str = "YWGBb1-BbQpkmMrRf8nsfJqW46T0uCZOap_1PYdeIyo";

/// The time that one measurement of a round takes, so that the clock's own cost is of no matter.
const MEASUREMENT: Duration = Duration::from_millis(5);
const ROUNDS: usize = 41;

fn main() {
    // `cargo bench` says so; as a test, one short round of each shows that it runs.
    let rounds = if std::env::args().any(|argument| argument == "--bench") { ROUNDS } else { 1 };

    let verifier = reference::Verifier::new(&fixture("keys/jwks.json"));
    let keys = KeySet::from_jwks(fixture("keys/jwks.json").as_bytes()).unwrap();
    let receiver = Receiver::signed(keys, CLIENT_ID).and_unsigned_json();
    let now = DateTime::from_timestamp(1_735_689_600, 0).unwrap();

    println!("{:<18} {:>9} {:>12} {:>12} {:>7}", "body", "bytes", "floor", "parse_at", "ratio");
    for (name, event_type, payload) in
        [("one payment", "paymentCompleted", payment()), ("6000 ids", "newTransactions", transactions(6000))]
    {
        let json = json(event_type, &payload);
        let token = token(event_type, &payload);
        let skip = || {
            black_box(serde_json::from_str::<IgnoredAny>(black_box(&json)).unwrap());
        };
        let verify = || verifier.verify(black_box(&token));
        compare(&format!("JSON, {name}"), &json, skip, &receiver, now, rounds);
        compare(&format!("token, {name}"), &token, verify, &receiver, now, rounds);
    }
}

fn compare(name: &str, body: &str, floor: impl Fn(), receiver: &Receiver, now: DateTime<Utc>, rounds: usize) {
    let parse = || {
        black_box(receiver.parse_at(black_box(body.as_bytes()), now).unwrap());
    };
    let (mut floors, mut parses) = (Vec::new(), Vec::new());
    for _ in 0..rounds {
        floors.push(nanoseconds(&floor));
        parses.push(nanoseconds(parse));
    }
    let (floor, parse) = (median(floors), median(parses));
    println!("{name:<18} {:>9} {floor:>9.0} ns {parse:>9.0} ns {:>7.2}", body.len(), parse / floor);
}

/// How long one call takes, on average over a measurement.
fn nanoseconds(call: impl Fn()) -> f64 {
    let start = Instant::now();
    let mut calls = 0;
    while start.elapsed() < MEASUREMENT {
        for _ in 0..8 {
            call();
        }
        calls += 8;
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap()
}

fn fixture(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)).unwrap()
}

fn payment() -> String {
    r#"{"paymentId":"68ef34e0-b8a7-4aa2-ad0a-b3cef33f8e36","paymentSubmissionId":"pv3-966167ee-a63e-464b-90ed-d779fa90c246","submittedAt":"2020-09-21T15:41:20.500Z","status":"completed","reference":"0019f234124a5f70","endToEndId":"1b63a27a"}"#.to_owned()
}

fn transactions(count: usize) -> String {
    let ids: Vec<_> = (0..count).map(|id| format!(r#""d520402a-d982-43ee-b1d1-{id:012x}""#)).collect();
    let ids = ids.join(",");
    format!(r#"{{"accounts":[{{"id":"6d0baf11-248e-4c11-9c04-97b7758b4e04","transactions":[{ids}]}}]}}"#)
}

fn json(event_type: &str, payload: &str) -> String {
    let id = "abe168ce-1b2f-4c38-9c92-db5730485cb3";
    format!(
        r#"{{"id":"{id}","eventType":"{event_type}","userId":"5c79210bbac25ecb5e71ac40","payload":{payload}}}"#
    )
}

fn token(event_type: &str, payload: &str) -> String {
    let urn = event_type.parse::<moneyhub_webhooks::EventType>().unwrap().urn();
    let header = format!(r#"{{"kid":"{KEY_ID}","alg":"RS256"}}"#);
    let claims = format!(
        r#"{{"iss":"https://identity.moneyhub.co.uk","aud":"{CLIENT_ID}","jti":"c9d133e0-e708-402d-a6b7-dc8ff9c29a1c","sub":"5f75a9f947f9bd74d921a6c9","events":{{"{urn}":{payload}}},"iat":1735689600}}"#
    );
    let signing_input = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
    let signature = signer::rs256(&fixture("keys/test-rsa-2048.pem"), signing_input.as_bytes());
    format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// The bare verification of a signature, by the backend that is built.
mod reference {
    use base64::Engine as _;

    use super::{URL_SAFE_NO_PAD, black_box};

    /// A number of the first key of a key set, and the last part of a token.
    fn decode(base64url: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(base64url).unwrap()
    }

    fn numbers(jwks: &str) -> (Vec<u8>, Vec<u8>) {
        let jwks: serde_json::Value = serde_json::from_str(jwks).unwrap();
        let number = |name: &str| decode(jwks.pointer(&format!("/keys/0/{name}")).unwrap().as_str().unwrap());
        (number("n"), number("e"))
    }

    #[cfg(feature = "aws-lc")]
    pub(super) struct Verifier(aws_lc_rs::signature::ParsedPublicKey);

    #[cfg(feature = "aws-lc")]
    impl Verifier {
        pub(super) fn new(jwks: &str) -> Self {
            use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
            let (n, e) = numbers(jwks);
            let key = RsaPublicKeyComponents { n, e };
            Self(key.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256).unwrap())
        }

        pub(super) fn verify(&self, token: &str) {
            let (message, signature) = token.rsplit_once('.').unwrap();
            self.0.verify_sig(message.as_bytes(), black_box(&decode(signature))).unwrap();
        }
    }

    #[cfg(not(feature = "aws-lc"))]
    pub(super) struct Verifier(rsa::RsaPublicKey);

    #[cfg(not(feature = "aws-lc"))]
    impl Verifier {
        pub(super) fn new(jwks: &str) -> Self {
            let (n, e) = numbers(jwks);
            let number = |bytes: &[u8]| rsa::BigUint::from_bytes_be(bytes);
            Self(rsa::RsaPublicKey::new(number(&n), number(&e)).unwrap())
        }

        pub(super) fn verify(&self, token: &str) {
            use sha2::{Digest, Sha256};
            let (message, signature) = token.rsplit_once('.').unwrap();
            let digest = Sha256::digest(message);
            let padding = rsa::Pkcs1v15Sign::new::<Sha256>();
            self.0.verify(padding, &digest, black_box(&decode(signature))).unwrap();
        }
    }
}
