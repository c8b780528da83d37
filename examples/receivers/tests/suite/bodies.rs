//! Bodies, and the receivers that they are for.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{Delivery, TestIssuer, samples};
use moneyhub_webhooks::{Event, KeySet, Receiver};
use moneyhub_webhooks_receivers::intake::MAX_BODY;

/// The time of all of the fixtures, and of every receiver here.
pub(crate) fn clock() -> DateTime<Utc> {
    DateTime::from_timestamp(1_735_689_600, 0).expect("2025-01-01T00:00:00Z")
}

pub(crate) fn issuer() -> TestIssuer {
    TestIssuer::at(clock())
}

fn fixture_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(name)
}

/// The names and the bodies in a folder of fixtures, by name.
pub(crate) fn fixtures(folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut bodies: Vec<_> = fs::read_dir(fixture_folder(folder))
        .expect(folder)
        .map(|file| {
            let path = file.expect(folder).path();
            let name = path
                .file_stem()
                .expect(folder)
                .to_string_lossy()
                .into_owned();
            (name, fs::read(path).expect(folder))
        })
        .collect();
    bodies.sort();
    bodies
}

/// The receiver that the signed fixtures are for.
pub(crate) fn fixture_receiver() -> Receiver {
    let jwks = fs::read(fixture_folder("keys/jwks.json")).expect("the key set");
    let keys = KeySet::from_jwks(&jwks).expect("the key set");
    Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d")
}

/// A delivery with an id of ours.
pub(crate) fn delivery(id: &str) -> Delivery {
    issuer()
        .delivery(&samples::of(EventType::PaymentCompleted))
        .id(id)
}

/// New transactions of one account.
pub(crate) fn transactions(count: usize) -> Event {
    let ids: Vec<_> = (0..count)
        .map(|id| format!(r#""d520402a-d982-43ee-b1d1-{id:012x}""#))
        .collect();
    let ids = ids.join(",");
    let account =
        format!(r#"{{"id":"6d0baf11-248e-4c11-9c04-97b7758b4e04","transactions":[{ids}]}}"#);
    let event =
        format!(r#"{{"eventType":"newTransactions","payload":{{"accounts":[{account}]}}}}"#);
    serde_json::from_str(&event).expect("an event")
}

/// A good token of exactly the largest size.
pub(crate) fn token_of_the_limit(id: &str) -> Vec<u8> {
    let token = |padding: usize| delivery(id).claim("padding", "x".repeat(padding)).token();
    let mut padding = (MAX_BODY - token(0).len()) / 4 * 3;
    while token(padding + 1).len() <= MAX_BODY {
        padding += 1;
    }
    let mut body = token(padding).into_bytes();
    if body.len() < MAX_BODY {
        body.push(b'\n'); // not every length is one of base64; a line end is taken
    }
    assert_eq!(body.len(), MAX_BODY);
    body
}
