//! Property tests: what is true of every input, tried on thousands of generated ones.

use moneyhub_webhooks::{Event, EventType};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{
    ISSUED_AT, PREFIX, at, fixture, json_fixture, parse_json, parse_token, parts, receivers,
    signed_receiver, token,
};

/// Any JSON text, with numbers of any size, duplicate names, escapes and white space.
fn any_json() -> impl Strategy<Value = String> {
    let string = prop_oneof![
        any::<String>().prop_map(|text| json!(text).to_string()),
        Just(r#""\ud800 \u0000""#.to_owned()),
    ];
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,9})?([eE][+-]?[0-9]{1,4})?",
        string.clone(),
    ];
    leaf.prop_recursive(4, 32, 4, move |inner| {
        let space = || "[ \n\t]{0,2}";
        prop_oneof![
            (vec(inner.clone(), 0..4), space()).prop_map(|(items, space)| {
                format!("[{space}{}{space}]", items.join(&format!("{space},")))
            }),
            (vec((string.clone(), inner), 0..4), space()).prop_map(|(members, space)| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(name, value)| format!("{name}{space}:{space}{value}"))
                    .collect();
                format!("{{{space}{}}}", members.join(&format!("{space},")))
            }),
        ]
    })
}

/// Ids: UUIDs and any other strings.
fn id() -> impl Strategy<Value = Value> {
    prop_oneof!["[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", any::<String>()].prop_map(Value::from)
}

fn word() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just("success".to_owned()),
        Just("completed".to_owned()),
        any::<String>()
    ]
    .prop_map(Value::from)
}

fn instant() -> impl Strategy<Value = Value> {
    (0..253_402_300_799_i64, 0..1_000_000_000_u32).prop_map(|(seconds, nanoseconds)| {
        json!(chrono::DateTime::from_timestamp(seconds, nanoseconds).unwrap())
    })
}

/// A payload with these members. A member that is null is left out.
fn payload(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let (names, values): (Vec<_>, Vec<_>) = members.into_iter().unzip();
    values
        .prop_map(move |values| {
            let members = names
                .iter()
                .zip(values)
                .filter(|(_, value)| !value.is_null());
            Value::Object(
                members
                    .map(|(name, value)| ((*name).to_owned(), value))
                    .collect(),
            )
        })
        .boxed()
}

fn optional(value: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![Just(Value::Null), value].boxed()
}

/// Payloads of an event of this type, with any values that its fields accept.
fn payload_of(event_type: EventType) -> BoxedStrategy<Value> {
    let ids = || vec(id(), 0..5).prop_map(Value::from).boxed();
    let text = || any::<String>().prop_map(Value::from);
    let whole = || any::<i64>().prop_map(Value::from);
    match event_type {
        EventType::NewTransactions
        | EventType::UpdatedTransactions
        | EventType::DeletedTransactions
        | EventType::RestoredTransactions => {
            let account = payload(vec![("id", id().boxed()), ("transactions", ids())]);
            payload(vec![(
                "accounts",
                vec(account, 0..3).prop_map(Value::from).boxed(),
            )])
        }
        EventType::DeletedAccount => payload(vec![("accountId", id().boxed())]),
        EventType::SyncCompleted => payload(vec![
            ("completedAt", instant().boxed()),
            ("processingStatus", word().boxed()),
            ("syncId", id().boxed()),
            ("connectionId", id().boxed()),
        ]),
        EventType::PostConnectionEnrichmentCompleted => payload(vec![
            ("connectionId", optional(id())),
            ("other", optional(text())),
        ]),
        EventType::NewRegularTransactions | EventType::UpdatedRegularTransactions => {
            payload(vec![("seriesIds", ids())])
        }
        EventType::PaymentCompleted | EventType::PaymentPending | EventType::PaymentError => {
            payload(vec![
                ("paymentId", id().boxed()),
                ("paymentSubmissionId", id().boxed()),
                ("submittedAt", instant().boxed()),
                ("status", word().boxed()),
                ("reference", optional(text())),
                ("endToEndId", optional(text())),
                ("updatedAt", optional(instant())),
            ])
        }
        EventType::AffordabilityReportSuccess => payload(vec![
            ("reportId", optional(id())),
            ("other", optional(text())),
        ]),
        EventType::AffordabilityReportFailure => payload(vec![
            ("reportId", id().boxed()),
            ("failedAt", optional(instant())),
            ("status", word().boxed()),
        ]),
        EventType::AddFirstConnection => payload(vec![("userActivatedAt", optional(instant()))]),
        EventType::BalanceThreshold => {
            let amount = any::<i32>().prop_map(Value::from).boxed();
            let date = Just(json!("2020-01-10")).boxed();
            let balance = payload(vec![
                ("date", date),
                ("amount", amount),
                ("currency", word().boxed()),
            ]);
            let threshold = payload(vec![("type", word().boxed()), ("value", whole().boxed())]);
            payload(vec![
                ("accountUid", id().boxed()),
                ("accountName", text().boxed()),
                ("balanceAtTimeGeneration", balance),
                (
                    "matchedThresholds",
                    vec(threshold, 0..3).prop_map(Value::from).boxed(),
                ),
            ])
        }
        EventType::ReauthReminder => payload(vec![
            ("connectionId", id().boxed()),
            ("bankName", optional(text())),
            ("timeUntilReauthorizationInDays", whole().boxed()),
            ("tppConsent", optional(any::<bool>().prop_map(Value::from))),
        ]),
        EventType::RefreshReminder => payload(vec![
            ("connectionId", id().boxed()),
            ("bankName", optional(text())),
            ("periodSinceLastUpdateInDays", whole().boxed()),
        ]),
        other => panic!("{other} has no strategy"),
    }
}

/// An event of any known type, and its payload.
fn known_event() -> impl Strategy<Value = (EventType, Value)> {
    proptest::sample::select(EventType::ALL)
        .prop_flat_map(|event_type| (Just(event_type), payload_of(event_type)))
}

/// Bytes with some of them replaced, removed or inserted.
fn mutated(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let edits = vec(
        (any::<proptest::sample::Index>(), any::<u8>(), 0..3_u8),
        1..6,
    );
    edits.prop_map(move |edits| {
        let mut bytes = good.clone();
        for (at, byte, kind) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => _ = bytes.remove(at),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

/// Asserts that a body is accepted, or rejected with a proper status and message.
fn assert_proper_answer(body: &[u8]) {
    for receiver in receivers() {
        if let Err(error) = receiver.parse_at(body, at(ISSUED_AT)) {
            assert!(matches!(error.http_status(), 400 | 401 | 413), "{error}");
            assert!(error.to_string().starts_with(&error.kind().to_string()));
        }
    }
}

#[test]
fn a_token_with_any_byte_changed_is_rejected() {
    let good = token().signed().into_bytes();
    let receiver = signed_receiver();
    for at_byte in 0..good.len() {
        // The adjacent character, the other letter case, a base64url digit, and the separator of parts.
        for byte in [good[at_byte] ^ 1, good[at_byte] ^ 0x20, b'A', b'.'] {
            let mut changed = good.clone();
            changed[at_byte] = byte;
            if changed != good {
                assert!(
                    receiver.parse_at(&changed, at(ISSUED_AT)).is_err(),
                    "byte {at_byte} as {byte}"
                );
            }
        }
    }
}

proptest! {
    #[test]
    fn unknown_payloads_are_kept_byte_for_byte(payload in any_json()) {
        let body = format!(r#"{{"id":"w","eventType":"somethingNew","payload":{payload}}}"#);
        let Event::Unknown(unknown) = parse_json(&body).unwrap().into_event() else { panic!() };
        prop_assert_eq!(unknown.payload(), payload.trim());
        let stored = serde_json::to_string(&Event::Unknown(unknown.clone())).unwrap();
        prop_assert_eq!(serde_json::from_str::<Event>(&stored).unwrap(), Event::Unknown(unknown));
    }

    #[test]
    fn unknown_members_with_any_value_change_nothing(extra in any_json(), name in "[a-zA-Z_]{1,3}") {
        let body = json_fixture(EventType::DeletedAccount);
        let expected = parts(&body);
        prop_assume!(name != "id");
        let outside = body.replacen('{', &format!(r#"{{"{name}":{extra},"#), 1);
        prop_assert_eq!(&parts(&outside), &expected);
        let inside = body.replacen(r#""payload":{"#, &format!(r#""payload":{{"{name}":{extra},"#), 1);
        prop_assert_eq!(&parts(&inside), &expected);
    }

    #[test]
    fn events_and_webhooks_are_unchanged_after_serialization((event_type, payload) in known_event()) {
        let body = json!({"id": "w", "eventType": event_type.as_str(), "userId": "u", "payload": payload});
        let webhook = parse_json(&body.to_string()).unwrap();
        prop_assert!(!matches!(webhook.event(), Event::Malformed(_)), "{:?}", webhook.event());
        prop_assert_eq!(webhook.event().event_type(), Some(event_type));

        let text = serde_json::to_string(webhook.event()).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Event>(&text).unwrap(), webhook.event());
        let forwarded = serde_json::to_string(&webhook).unwrap();
        let again = parse_json(&forwarded).unwrap();
        prop_assert_eq!(again.payload(), webhook.payload());
        prop_assert_eq!(again.into_parts(), webhook.into_parts());
    }

    #[test]
    fn order_and_white_space_of_members_change_nothing(
        (event_type, payload) in known_event(),
        order in Just([0, 1, 2, 3]).prop_shuffle(),
        space in "[ \t\r\n]{0,3}",
    ) {
        let members = [
            ("id", json!("w")),
            ("eventType", json!(event_type.as_str())),
            ("userId", json!("u")),
            ("payload", payload),
        ];
        let body = |order: [usize; 4], space: &str| {
            let members = order.map(|at| format!("{space}\"{}\"{space}:{space}{}", members[at].0, members[at].1));
            format!("{{{}{space}}}{space}", members.join(&format!("{space},")))
        };
        prop_assert_eq!(parts(&body(order, &space)), parts(&body([0, 1, 2, 3], "")));
    }

    #[test]
    fn arbitrary_bytes_are_accepted_or_rejected_properly(body in vec(any::<u8>(), 0..200), start in prop_oneof![Just(""), Just("{"), Just("ey")]) {
        assert_proper_answer(&[start.as_bytes(), &body].concat());
    }

    #[test]
    fn text_of_json_and_token_characters_is_accepted_or_rejected_properly(body in "[{}\\[\\]\":,.a-cE0-9\\\\ _=-]{0,60}") {
        assert_proper_answer(body.as_bytes());
    }

    #[test]
    fn mutated_json_is_accepted_or_rejected_properly(
        body in proptest::sample::select(EventType::ALL)
            .prop_flat_map(|event_type| mutated(json_fixture(event_type).into_bytes()))
    ) {
        assert_proper_answer(&body);
    }

    #[test]
    fn mutated_tokens_are_rejected(
        body in mutated(fixture("tokens/balanceThreshold.jwt").into_bytes())
    ) {
        prop_assume!(body != fixture("tokens/balanceThreshold.jwt").into_bytes());
        assert_proper_answer(&body);
        let line_end = String::from_utf8_lossy(&body).trim_end() == fixture("tokens/balanceThreshold.jwt");
        prop_assert_eq!(signed_receiver().parse_at(&body, at(ISSUED_AT)).is_ok(), line_end);
    }
}

proptest! {
    // Fewer cases, because signing takes most of the time.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_event_is_the_same_as_json_and_as_token((event_type, payload) in known_event()) {
        let payload = payload.to_string();
        let signed = parse_token(&token().event(event_type.urn(), &payload).signed()).unwrap();
        prop_assert_eq!(signed.event(), &crate::support::json_event(event_type.as_str(), &payload));
    }

    #[test]
    fn arbitrary_signed_claims_are_accepted_or_rejected_properly(
        name in prop_oneof!["iss|aud|jti|sub|iat|exp|nbf|events|nonce|[a-z]{1,3}"],
        value in any_json(),
    ) {
        assert_proper_answer(token().claim(&name, &value).signed().as_bytes());
        assert_proper_answer(token().header(&name.replace("iss", "kid").replace("sub", "typ"), &value).signed().as_bytes());
        assert_proper_answer(token().event(&format!("{PREFIX}payment-error"), &value).signed().as_bytes());
    }
}
