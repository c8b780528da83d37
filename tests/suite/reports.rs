//! Bugs that users of comparable libraries have reported. `tests/interop/REPORTS.md` in the repository has the whole list, and
//! names the tests elsewhere that cover the others.

use std::time::Duration;

use allocation_counter::measure;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::{ErrorKind, Event, EventType, Receiver};
use serde_json::{Value, json};

use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, assert_rejected, assert_token_rejected, at, base64url,
    json_event, json_fixture, parse_json, parse_token, sign_parts, signed_receiver, token,
};

/// Texts close to this one: its prefixes, suffixes and middle parts, and longer texts that contain it.
fn nearly(text: &str) -> Vec<String> {
    let middles =
        (0..text.len()).flat_map(|start| [&text[..start], &text[start..], &text[start / 2..start]]);
    let longer = [
        format!("{text}x"),
        format!("x{text}"),
        format!("x {text} y"),
        format!("{text},{text}"),
    ];
    let all = middles.map(str::to_owned).chain(longer);
    all.filter(|near| near != text).collect()
}

/// <https://github.com/jpadilla/pyjwt/issues/1020>
#[test]
fn substrings_and_extensions_of_the_issuer_are_rejected() {
    for iss in nearly(ISSUER) {
        assert_token_rejected(
            &token().claim("iss", json!(iss)).signed(),
            ErrorKind::Issuer,
        );
    }
}

/// <https://github.com/curityio/flask-of-oil/issues/12>
#[test]
fn substrings_and_extensions_of_the_client_id_are_rejected() {
    for aud in nearly(CLIENT_ID) {
        assert_token_rejected(
            &token().claim("aud", json!(aud)).signed(),
            ErrorKind::Audience,
        );
    }
    let all = json!(nearly(CLIENT_ID));
    assert_token_rejected(&token().claim("aud", all).signed(), ErrorKind::Audience);
}

/// <https://github.com/golang/vulndb/issues/3553>
#[test]
fn a_megabyte_of_dots_takes_no_more_memory_than_its_text() {
    let receiver = signed_receiver();
    for dots in [
        ".".repeat(1024 * 1024),
        format!("e30{}", ".e30".repeat(256 * 1024 - 1)),
    ] {
        let measured = measure(|| {
            assert_rejected(
                receiver.parse_at(dots.as_bytes(), at(ISSUED_AT)),
                ErrorKind::Body,
            );
        });
        assert!(measured.bytes_max < dots.len() as u64, "{measured:?}");
    }
}

/// <https://github.com/square/go-jose/issues/73>
#[test]
fn member_names_are_case_sensitive() {
    // Beside the right name, it is ignored.
    let beside = token()
        .header("ALG", json!("none"))
        .header("Kid", json!("other"))
        .header("CRIT", json!(["x"]))
        .claim("ISS", json!("https://other"))
        .claim("Aud", json!("other"))
        .claim("JTI", json!("other"))
        .claim("Iat", 0)
        .claim("EXP", 0)
        .claim("Events", json!({}));
    let expected = parse_token(&token().signed()).unwrap().into_parts();
    assert_eq!(
        parse_token(&beside.signed()).unwrap().into_parts(),
        expected
    );

    // In place of the right name, that one is missing.
    for (name, kind) in [("alg", ErrorKind::Algorithm), ("kid", ErrorKind::KeyId)] {
        let header = token()
            .header_text()
            .replacen(name, &name.to_uppercase(), 1);
        assert_token_rejected(&sign_parts(header, token().claims_text()), kind);
    }
    for (name, kind) in [
        ("iss", ErrorKind::Issuer),
        ("aud", ErrorKind::Audience),
        ("jti", ErrorKind::Claims),
        ("iat", ErrorKind::Claims),
        ("events", ErrorKind::Claims),
    ] {
        let (quoted, upper) = (
            format!("\"{name}\""),
            format!("\"{}\"", name.to_uppercase()),
        );
        let claims = token().claims_text().replacen(&quoted, &upper, 1);
        assert_token_rejected(&sign_parts(token().header_text(), claims), kind);
    }
    for name in ["id", "eventType"] {
        let body = json_fixture(EventType::DeletedAccount).replacen(name, &name.to_uppercase(), 1);
        assert_rejected(parse_json(&body), ErrorKind::Body);
    }
    let Event::Malformed(bad) = json_event("deletedAccount", r#"{"accountID":"a"}"#) else {
        panic!()
    };
    assert_eq!((bad.path(), bad.reason()), ("accountId", "missing field"));
}

/// <https://github.com/octokit/webhooks.js/issues/1155>
#[test]
fn signed_emoji_verify_and_are_kept_exactly() {
    for note in ["\"✊ 🤨 👌🏻 é 日本\"", r#""\u270a \ud83e\udd28 \u00e9""#] {
        let payload = format!(r#"{{ "note" : {note} }}"#);
        let webhook = parse_token(&token().event("urn:x", &payload).signed()).unwrap();
        let Event::Unknown(unknown) = webhook.event() else {
            panic!("{webhook:?}")
        };
        assert_eq!(unknown.payload(), payload);
    }
    let name = "👨‍👩‍👧 Ünïcødé";
    for written in [
        json!(name).to_string(),
        r#""\ud83d\udc68\u200d👩‍👧 Ünïcødé""#.to_owned(),
    ] {
        let webhook = parse_token(
            &token()
                .claim("jti", &written)
                .claim("sub", &written)
                .signed(),
        )
        .unwrap();
        assert_eq!(*webhook.id(), name);
        assert_eq!(*webhook.user_id().unwrap(), name);
    }
}

/// <https://github.com/stripe/stripe-node/issues/341>
#[test]
fn reformatted_claims_are_rejected() {
    let claims = token().claims_text();
    let good = sign_parts(token().header_text(), &claims);
    let [header, _, signature] = good.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let value: Value = serde_json::from_str(&claims).unwrap();
    let mut backwards: Vec<_> = value.as_object().unwrap().iter().collect();
    backwards.reverse();
    let members = backwards
        .iter()
        .map(|(name, value)| format!("{}:{value}", json!(name)));
    let backwards = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
    let written = [
        format!("{claims}\n"),
        serde_json::to_string_pretty(&value).unwrap(),
        claims.replace("https", r"\u0068ttps"),
        backwards,
    ];
    for other in written {
        assert_eq!(serde_json::from_str::<Value>(&other).unwrap(), value);
        assert_token_rejected(
            &format!("{header}.{}.{signature}", base64url(&other)),
            ErrorKind::Signature,
        );
        // If this text is signed, it is accepted.
        let signed = parse_token(&sign_parts(token().header_text(), &other)).unwrap();
        assert_eq!(signed.text(), other);
        assert_eq!(
            signed.into_parts(),
            parse_token(&good).unwrap().into_parts()
        );
    }
}

/// <https://github.com/auth0/java-jwt/issues/144>, <https://github.com/namshi/jose/issues/109>,
/// <https://github.com/kataras/jwt/issues/2>
#[test]
fn header_members_may_have_any_order_and_white_space() {
    let expected = parse_token(&token().signed()).unwrap().into_parts();
    let members: Value =
        serde_json::from_str(&token().header("typ", json!("JWT")).header_text()).unwrap();
    let orders = [
        ["alg", "kid", "typ"],
        ["typ", "alg", "kid"],
        ["kid", "typ", "alg"],
        ["typ", "kid", "alg"],
    ];
    for order in orders {
        for space in ["", " ", "\n", "\r\n\t "] {
            let members =
                order.map(|name| format!(r#"{space}"{name}"{space}:{space}{}"#, members[name]));
            let header = format!(
                "{space}{{{}{space}}}{space}",
                members.join(&format!("{space},"))
            );
            let claims = format!("{space}{}{space}", token().claims_text());
            let signed = parse_token(&sign_parts(&header, claims)).unwrap();
            assert_eq!(signed.into_parts(), expected, "{header:?}");
        }
    }
}

/// Collects the pointers to every value inside a JSON value.
fn pointers(value: &Value, path: &str, all: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}/{name}");
                all.push(path.clone());
                pointers(value, &path, all);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                let path = format!("{path}/{place}");
                all.push(path.clone());
                pointers(value, &path, all);
            }
        }
        _ => {}
    }
}

/// <https://github.com/XAMPPRocky/octocrab/issues/445>, <https://github.com/XAMPPRocky/octocrab/issues/486>,
/// <https://github.com/twilight-rs/twilight/issues/489>
#[test]
fn webhooks_with_changed_fields_are_accepted_and_keep_their_text() {
    let others = [
        json!(null),
        json!(1_735_689_600),
        json!("text"),
        json!(true),
        json!([]),
        json!({}),
        json!(0.5),
    ];
    let (mut malformed, mut typed) = (0, 0);
    for event_type in EventType::ALL {
        let envelope: Value = serde_json::from_str(&json_fixture(*event_type)).unwrap();
        let mut fields = Vec::new();
        pointers(&envelope["payload"], "", &mut fields);
        assert!(!fields.is_empty(), "{event_type}");
        for (field, other) in fields
            .iter()
            .flat_map(|field| others.iter().map(move |other| (field, other)))
        {
            let mut payload = envelope["payload"].clone();
            *payload.pointer_mut(field).unwrap() = other.clone();
            let payload = payload.to_string();
            let signed = parse_token(&token().event(event_type.urn(), &payload).signed()).unwrap();
            let plain = json_event(event_type.as_str(), &payload);
            assert_eq!(*signed.event(), plain, "{event_type} with {field} {other}");
            assert_eq!(plain.event_type(), Some(*event_type));
            if let Event::Malformed(bad) = &plain {
                malformed += 1;
                assert_eq!(bad.payload(), payload);
                assert_eq!(bad.decode::<Value>().unwrap().pointer(field), Some(other));
            } else {
                typed += 1;
            }
        }
    }
    assert!(
        malformed > 400 && typed > 50,
        "{malformed} malformed, {typed} typed"
    );
}

/// <https://github.com/workos/workos-kotlin/issues/277>, <https://github.com/arlyon/async-stripe/issues/499>
#[test]
fn new_values_in_signed_events_are_accepted_and_kept() {
    let mut words = 0;
    for (event_type, field) in [
        (EventType::PaymentCompleted, "/status"),
        (EventType::PaymentPending, "/status"),
        (EventType::PaymentError, "/status"),
        (EventType::SyncCompleted, "/processingStatus"),
        (EventType::AffordabilityReportFailure, "/status"),
        (EventType::BalanceThreshold, "/matchedThresholds/0/type"),
        (
            EventType::BalanceThreshold,
            "/balanceAtTimeGeneration/currency",
        ),
    ] {
        let envelope: Value = serde_json::from_str(&json_fixture(event_type)).unwrap();
        for word in ["deleting", "self", "", "Completed", "em-dash—😀"] {
            let mut payload = envelope["payload"].clone();
            *payload.pointer_mut(field).unwrap() = json!(word);
            let webhook = parse_token(&token().event(event_type.urn(), &payload).signed()).unwrap();
            let event = webhook.event();
            assert!(!matches!(event, Event::Malformed(_)), "{event:?}");
            let written = serde_json::to_value(event).unwrap();
            assert_eq!(written["payload"].pointer(field), Some(&json!(word)));
            words += 1;
        }
    }
    assert_eq!(words, 35);
}

/// <https://github.com/peterprototypes/paddle-rust-sdk/issues/22>
#[test]
fn truncated_and_altered_bodies_are_never_signed_and_never_panic() {
    let receiver = signed_receiver().and_unsigned_json();
    let token = token().signed();
    let widget = format!(r#"{{"token":"{token}"}}"#);
    let form = format!("token={token}");
    let plain = json_fixture(EventType::DeletedAccount);
    for body in [&token, &widget, &form, &plain] {
        for place in 0..body.len() {
            let mut bodies = vec![body.as_bytes()[..place].to_vec()];
            for foreign in ["é", "☺", "😀", "\0"] {
                bodies.push(
                    [&body[..place], foreign, &body[place..]]
                        .concat()
                        .into_bytes(),
                );
                // Half of the character, as after a cut between two bytes.
                bodies.push(
                    [
                        &body.as_bytes()[..place],
                        &foreign.as_bytes()[foreign.len() / 2..],
                    ]
                    .concat(),
                );
            }
            for bytes in &bodies {
                // A changed value in plain JSON may be accepted as unsigned. A changed token must be rejected.
                match receiver.parse_at(bytes, at(ISSUED_AT)) {
                    Ok(webhook) => assert!(!webhook.authenticity().is_signed(), "{bytes:?}"),
                    Err(error) => assert!(!error.to_string().contains(char::is_control), "{error}"),
                }
            }
        }
    }
}

/// <https://github.com/Keats/jsonwebtoken/issues/388>, <https://github.com/slowli/jwt-compact/pull/63>
#[test]
fn times_at_the_ends_of_the_calendar_do_not_overflow() {
    let (first, last) = (
        DateTime::<Utc>::MIN_UTC.timestamp(),
        DateTime::<Utc>::MAX_UTC.timestamp(),
    );
    let endless = signed_receiver().max_age(None).clock_skew(Duration::MAX);
    let parse = |receiver: &Receiver, name: &str, time: i64, now| {
        let token = token().claim(name, time).signed();
        receiver
            .parse_at(token.as_bytes(), now)
            .map(drop)
            .map_err(|error| error.kind())
    };
    let now = at(ISSUED_AT);
    for time in [first, -1, 0, 1, 59] {
        assert_eq!(
            parse(&signed_receiver(), "exp", time, now),
            Err(ErrorKind::Expired),
            "{time}"
        );
        assert_eq!(
            parse(&signed_receiver(), "nbf", time, now),
            Ok(()),
            "{time}"
        );
    }
    for time in [last - 1, last] {
        assert_eq!(
            parse(&signed_receiver(), "exp", time, now),
            Ok(()),
            "{time}"
        );
        assert_eq!(
            parse(&signed_receiver(), "nbf", time, now),
            Err(ErrorKind::NotYetValid),
            "{time}"
        );
    }
    for time in [first, 0, 1, last] {
        for now in [DateTime::<Utc>::MIN_UTC, now, DateTime::<Utc>::MAX_UTC] {
            for name in ["exp", "nbf", "iat"] {
                assert_eq!(
                    parse(&endless, name, time, now),
                    Ok(()),
                    "{name} {time} at {now}"
                );
            }
        }
    }
    for time in [first - 1, last + 1, i64::MIN, i64::MAX] {
        for name in ["exp", "nbf", "iat"] {
            assert_eq!(
                parse(&endless, name, time, now),
                Err(ErrorKind::Claims),
                "{name} {time}"
            );
        }
    }
}
