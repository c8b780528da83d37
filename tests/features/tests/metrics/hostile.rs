//! Unauthenticated senders cannot add series to those that are listed.

use std::path::Path;
use std::{fs, str};

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::Receiver;
use moneyhub_webhooks::metrics::PARSE_SECONDS;
use moneyhub_webhooks::testing::{Fault, samples};
use proptest::prelude::*;

use crate::support::{Series, all_of_deliveries, moneyhub, now, recorded};

/// The series that receivers of each policy record for a body.
fn recorded_for(body: &[u8]) -> Series {
    let signed = moneyhub().receiver();
    let receivers = [
        Receiver::unsigned_json(),
        signed.clone(),
        signed.and_unsigned_json(),
    ];
    let series = recorded(|| {
        for receiver in &receivers {
            let _ = receiver.parse_at(body, now());
        }
    });
    assert_eq!(series[PARSE_SECONDS].len(), receivers.len());
    series
}

#[track_caller]
fn assert_bounded(body: &[u8]) {
    let known = all_of_deliveries();
    for name in recorded_for(body).keys() {
        assert!(known.contains(name), "{name}");
    }
}

/// Every file in a folder of the fixtures.
fn fixtures(folder: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(folder);
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.collect()
}

#[test]
fn attacks_add_no_series() {
    let rejected = fixtures("rejected");
    assert_eq!(rejected.len(), 14);
    rejected.iter().for_each(|body| assert_bounded(body));
    for fault in Fault::ALL {
        assert_bounded(
            &moneyhub()
                .delivery(&samples::of(EventType::PaymentError))
                .faulty(*fault),
        );
    }
}

#[test]
fn altered_bodies_add_no_series() {
    for mut body in fixtures("json") {
        for place in (0..body.len()).step_by(7) {
            body[place] ^= 1;
            assert_bounded(&body);
            body[place] ^= 1;
        }
    }
}

#[test]
fn names_in_tokens_add_no_series() {
    let moneyhub = moneyhub();
    let urns = [
        "urn:com:moneyhub:events:a",
        "urn:x",
        "newTransactions",
        "\u{1}\"}\n",
        "accepted",
    ];
    for urn in urns {
        let events = serde_json::json!({ urn: {} });
        let token = moneyhub
            .delivery(&samples::unknown())
            .claim("events", events)
            .token();
        assert!(
            moneyhub
                .receiver()
                .parse_at(token.as_bytes(), now())
                .is_ok(),
            "{urn}"
        );
        assert_bounded(token.as_bytes());
    }
    for header in ["kid", "alg", "typ"] {
        assert_bounded(
            moneyhub
                .delivery(&samples::unknown())
                .header(header, "\u{1}\"}\n")
                .token()
                .as_bytes(),
        );
    }
    for claim in ["iss", "aud", "jti", "sub"] {
        assert_bounded(
            moneyhub
                .delivery(&samples::unknown())
                .claim(claim, "\u{1}\"}\n")
                .token()
                .as_bytes(),
        );
    }
}

proptest! {
    #[test]
    fn random_event_names_add_no_series(name in any::<String>(), payload in "[{}\\[\\]\":a1]*") {
        let body = format!(r#"{{"id":"1","eventType":{},"payload":{payload}}}"#, serde_json::json!(name));
        assert_bounded(body.as_bytes());
    }

    #[test]
    fn random_bytes_add_no_series(body in any::<Vec<u8>>()) {
        assert_bounded(&body);
    }
}
