//! Bodies that are made to be expensive: large, deep, or hungry for memory. An allocator counts the memory.

use allocation_counter::measure;
use moneyhub_webhooks::id::TransactionId;
use moneyhub_webhooks::{ErrorKind, Event, EventType, Receiver};
use serde_json::{Value, json};

use crate::support::{
    ISSUED_AT, assert_rejected, at, json_fixture, parse_json, sign_parts, signed_receiver, token,
    transactions,
};

const MIB: usize = 1024 * 1024;

fn envelope(event_type: &str, payload: &str) -> String {
    format!(r#"{{"id":"w","eventType":"{event_type}","userId":"u","payload":{payload}}}"#)
}

/// 1 MB of `unit` repeated, between `start` and `end`.
fn megabyte(start: &str, unit: &str, end: &str) -> String {
    let body = unit.repeat(1_000_000 / unit.len());
    format!("{start}{}{end}", body.trim_end_matches(','))
}

/// The peak of the heap while a body is parsed and until the result is dropped, as a multiple of the body's size.
fn peak(receiver: &Receiver, body: &str) -> f64 {
    let measured = measure(|| {
        let result = receiver.parse_at(body.as_bytes(), at(ISSUED_AT));
        drop(std::hint::black_box(result));
    });
    measured.bytes_max as f64 / body.len() as f64
}

#[test]
fn a_body_over_the_limit_allocates_less_than_1_kib() {
    for size in [MIB + 1, 10_000_000, 100_000_000] {
        let body = vec![b'['; size];
        let measured = measure(|| {
            let result = Receiver::unsigned_json().parse_at(&body, at(0));
            assert_rejected(result, ErrorKind::TooLarge);
        });
        // For the receiver and the message.
        assert!(measured.bytes_max < 1024, "{measured:?}");
    }
}

#[test]
fn a_hundred_thousand_ids_are_over_the_limit_and_fit_a_larger_one() {
    let body = envelope("newTransactions", &transactions(100_000));
    assert_rejected(parse_json(&body), ErrorKind::TooLarge);
    let larger = Receiver::unsigned_json()
        .max_body(body.len())
        .parse_at(body.as_bytes(), at(0))
        .unwrap();
    let Event::NewTransactions(new) = larger.event() else {
        panic!()
    };
    assert_eq!(new.accounts[0].transactions.len(), 100_000);
}

#[test]
fn hostile_json_of_a_megabyte_peaks_within_four_times_its_size() {
    let open = signed_receiver().and_unsigned_json();
    for payload in [
        megabyte("{", r#""":0,"#, "}"),
        megabyte("[", "[],", "]"),
        megabyte("{\"accounts\":[", "[],", "]}"),
        megabyte("{\"accounts\":[", "{},", "]}"),
        megabyte("", "[", ""),
        megabyte("\"", "\\u0000", "\""),
    ] {
        // As the payload of two known types and of an unknown one, and as the whole body.
        let known = ["newTransactions", "affordabilityReportSuccess", "unknown"];
        let bodies = known.map(|event_type| envelope(event_type, &payload));
        for body in bodies.iter().chain([&payload]) {
            let peak = peak(&open, body);
            assert!(peak <= 4.0, "{}…: {peak:.1} × the body", &body[..80]);
        }
    }
}

/// Copies of a JSON value. In each, one value at any depth is replaced by a string.
fn replaced(value: &Value, by: &str) -> Vec<Value> {
    let mut all = vec![Value::from(by)];
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                all.extend(replaced(member, by).into_iter().map(|member| {
                    let mut whole = value.clone();
                    whole[name] = member;
                    whole
                }));
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                all.extend(replaced(item, by).into_iter().map(|item| {
                    let mut whole = value.clone();
                    whole[place] = item;
                    whole
                }));
            }
        }
        _ => {}
    }
    all
}

/// serde_json quotes a string of the wrong type in its message, with six or ten bytes for each of these characters.
#[test]
fn a_long_string_in_place_of_any_field_peaks_within_four_times_the_body() {
    let open = signed_receiver().and_unsigned_json();
    let header = token().header_text();
    // One backend allocates for its own computations. These bytes are subtracted.
    let small = token().signed();
    let of_the_backend = peak(&open, &small) * small.len() as f64;
    let token_peak = |body: &str| peak(&open, body) - of_the_backend / body.len() as f64;
    let mut bodies = 0;
    for letter in ["\u{7f}", "\u{80}", "\u{e0001}", "\""] {
        let long = letter.repeat(32 * 1024 / letter.len());
        for event_type in EventType::ALL {
            let envelope: Value = serde_json::from_str(&json_fixture(*event_type)).unwrap();
            for envelope in replaced(&envelope, &long) {
                let body = envelope.to_string();
                let peak = peak(&open, &body);
                assert!(
                    peak <= 4.0,
                    "{event_type}, {letter:?}: {peak:.1} × the body"
                );
                let mut claims: Value = serde_json::from_str(&token().claims_text()).unwrap();
                claims["events"] = json!({ event_type.urn(): envelope["payload"] });
                let body = sign_parts(&header, claims.to_string());
                let peak = token_peak(&body);
                assert!(
                    peak <= 4.0,
                    "{event_type}, {letter:?}: {peak:.1} × the token"
                );
                bodies += 2;
            }
        }
        let claims: Value = serde_json::from_str(&token().claims_text()).unwrap();
        for claims in replaced(&claims, &long) {
            let peak = token_peak(&sign_parts(&header, claims.to_string()));
            assert!(peak <= 4.0, "{letter:?}: {peak:.1} × the token");
            bodies += 1;
        }
    }
    assert!(bodies > 1000, "{bodies}");
}

#[test]
fn hostile_claims_of_a_megabyte_peak_within_four_times_their_size() {
    let receiver = signed_receiver().max_body(2 * MIB);
    let header = token().header_text();
    for claims in [
        token()
            .event(
                "urn:com:moneyhub:events:new-transactions",
                megabyte("{", r#""":0,"#, "}"),
            )
            .claims_text(),
        token()
            .event("urn:unknown", megabyte("{\"x\":[", "[],", "]}"))
            .claims_text(),
        token()
            .claim("events", megabyte("{", r#""":{},"#, "}"))
            .claims_text(),
        token()
            .claim("other", megabyte("[", "[],", "]"))
            .claims_text(),
        token()
            .claim("iss", megabyte("[", "[],", "]"))
            .claims_text(),
        token()
            .claim("jti", megabyte("\"", "x", "\""))
            .claims_text(),
    ] {
        let peak = peak(&receiver, &sign_parts(&header, &claims));
        assert!(peak <= 4.0, "{}…: {peak:.1} × the token", &claims[..80]);
    }
}

#[test]
fn a_hostile_list_of_ids_peaks_within_44_times_its_size() {
    // The worst case is one id more than a power of two: the list has just doubled its capacity.
    for (id, doublings) in [(r#""""#, 18), (r#""x""#, 17)] {
        let ids = format!("[{}]", vec![id; (1 << doublings) + 1].join(","));
        for (event_type, payload) in [
            (
                "newTransactions",
                format!(r#"{{"accounts":[{{"id":"a","transactions":{ids}}}]}}"#),
            ),
            (
                "newRegularTransactions",
                format!(r#"{{"seriesIds":{ids}}}"#),
            ),
        ] {
            let peak = peak(&Receiver::unsigned_json(), &envelope(event_type, &payload));
            assert!(
                (20.0..=44.0).contains(&peak),
                "{event_type}: {peak:.1} × the body"
            );
        }
    }
}

#[test]
fn a_canonical_uuid_is_kept_without_allocation() {
    let id = "6d0baf11-248e-4c11-9c04-97b7758b4e04";
    let measured = measure(|| {
        let id = TransactionId::from(std::hint::black_box(id));
        assert!(!id.as_str().is_empty());
    });
    assert_eq!(measured.count_total, 0);
    let measured = measure(|| drop(TransactionId::from(std::hint::black_box("pv3"))));
    assert_eq!(measured.count_total, 1);
}

#[test]
fn deep_nesting_does_not_overflow_a_small_stack() {
    let run = || {
        for depth in [127, 128, 129, 100_000] {
            let deep = "[".repeat(depth) + &"]".repeat(depth);
            let objects = r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth);
            for deep in [deep, objects] {
                // In an unknown event, an unknown field, and a known one.
                let unknown = parse_json(&envelope("unknown", &deep))
                    .unwrap()
                    .into_event();
                assert!(matches!(unknown, Event::Unknown(unknown) if unknown.payload() == deep));
                let field = format!(r#"{{"accountId":"a","x":{deep}}}"#);
                let deleted = parse_json(&envelope("deletedAccount", &field))
                    .unwrap()
                    .into_event();
                assert!(matches!(deleted, Event::DeletedAccount(_)));
                let known = format!(r#"{{"accountId":{deep}}}"#);
                let malformed = parse_json(&envelope("deletedAccount", &known))
                    .unwrap()
                    .into_event();
                assert!(matches!(malformed, Event::Malformed(_)));

                // In the envelope, the header and the claims.
                let member = format!(r#"{{"x":{deep},"id":"w","eventType":"x","payload":1}}"#);
                assert!(parse_json(&member).is_ok());
                assert_rejected(parse_json(&deep), ErrorKind::Body);
                let receiver = signed_receiver();
                let parse = |token: String| receiver.parse_at(token.as_bytes(), at(ISSUED_AT));
                assert!(parse(token().claim("x", &deep).signed()).is_ok());
                assert_rejected(
                    parse(token().claim("aud", &deep).signed()),
                    ErrorKind::Audience,
                );
                assert_rejected(
                    parse(token().claim("iat", &deep).signed()),
                    ErrorKind::Claims,
                );
                let header = parse(token().header("x", &deep).signed());
                if depth < 1000 {
                    assert!(header.is_ok());
                } else {
                    assert_rejected(header, ErrorKind::Header);
                }
            }
        }
    };
    std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap();
}
