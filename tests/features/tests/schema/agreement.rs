//! A body is valid exactly if the parser accepts it and its event is not malformed. This is tested for every edit of a
//! valid body. The documentation lists the exceptions.

use moneyhub_webhooks::EventType;
use serde_json::{Value, json};

use crate::support::{fixture, json as read, parses, places, removed, replaced, webhook};

#[test]
fn validator_and_parser_agree_on_every_edit_of_every_published_body() {
    let edits: [Value; 11] = [
        json!(null),
        json!(true),
        json!(1),
        json!(-1.5),
        json!(1e2),
        json!(""),
        json!("x"),
        json!("2025-01-01"),
        json!("2025-01-01T00:00:00Z"),
        json!([]),
        json!({}),
    ];
    let validator = webhook();
    let (mut valid, mut not_valid) = (0, 0);
    for event_type in EventType::ALL {
        let body = fixture(*event_type);
        let edited = places(&body).into_iter().flat_map(|place| {
            let replaced = edits
                .iter()
                .map(|edit| replaced(&body, &place, edit))
                .collect::<Vec<_>>();
            replaced.into_iter().chain([removed(&body, &place)])
        });
        for edited in edited.collect::<Vec<_>>() {
            let is_valid = validator.is_valid(&edited);
            assert_eq!(is_valid, parses(&edited.to_string()), "{edited}");
            *if is_valid { &mut valid } else { &mut not_valid } += 1;
        }
    }
    assert_eq!((valid, not_valid), (620, 1132));
}

/// The fixture of an event, with this text in place of one value.
fn edited(event_type: EventType, place: &str, text: &str) -> String {
    const PLACEHOLDER: &str = "\"<here>\"";

    replaced(&fixture(event_type), place, &json!("<here>"))
        .to_string()
        .replace(PLACEHOLDER, text)
}

#[test]
fn the_parser_enforces_rules_that_a_schema_cannot_express() {
    for body in [
        edited(
            EventType::BalanceThreshold,
            "/payload/matchedThresholds/0/value",
            "9223372036854775808",
        ),
        edited(
            EventType::RefreshReminder,
            "/payload/periodSinceLastUpdateInDays",
            "1e30",
        ),
        edited(
            EventType::BalanceThreshold,
            "/payload/balanceAtTimeGeneration/amount",
            "0.12345678901234567890123456789012",
        ),
        edited(
            EventType::DeletedAccount,
            "/payload/accountId",
            r#""a","accountId":"b""#,
        ),
        r#"{"id":"1","eventType":"x","userId":"u","userid":"v","payload":{}}"#.to_owned(),
    ] {
        assert!(webhook().is_valid(&read(&body)), "{body}");
        assert!(!parses(&body), "{body}");
    }
}

#[test]
fn the_parser_also_accepts_aliases_and_loose_timestamps() {
    let renamed = |event_type, place: &str, other: &str| {
        let body = fixture(event_type);
        let value = body.pointer(place).unwrap().clone();
        let mut body = removed(&body, place);
        body["payload"][other] = value;
        body.to_string()
    };
    for body in [
        renamed(EventType::PaymentError, "/payload/paymentId", "paymentID"),
        renamed(
            EventType::BalanceThreshold,
            "/payload/accountUid",
            "accountId",
        ),
        renamed(
            EventType::ReauthReminder,
            "/payload/timeUntilReauthorizationInDays",
            "timeUntilReauthorization",
        ),
        edited(
            EventType::AddFirstConnection,
            "/payload/userActivatedAt",
            r#""2025-1-1 0:00:00Z""#,
        ),
        edited(
            EventType::BalanceThreshold,
            "/payload/balanceAtTimeGeneration/date",
            r#""2025-1-1""#,
        ),
    ] {
        assert!(!webhook().is_valid(&read(&body)), "{body}");
        assert!(parses(&body), "{body}");
    }
}
