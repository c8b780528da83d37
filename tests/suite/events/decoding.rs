//! `Webhook::decode`: the payload as sent, decoded into a type of this crate or of the user.

use chrono::{DateTime, Utc};
use moneyhub_webhooks::event::{ReportFailure, ReportSuccess};
use moneyhub_webhooks::{Event, Webhook};
use serde_json::json;

use crate::support::{PREFIX, json_event, parse_json, parse_token, token};

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Income {
    report_id: String,
    monthly: u32,
}

fn json(event_type: &str, payload: &str) -> Webhook {
    let body = format!(r#"{{"id":"1","eventType":"{event_type}","payload":{payload}}}"#);
    parse_json(&body).unwrap()
}

const INCOME: &str = r#"{"reportId":"r-1","monthly":2100}"#;

#[test]
fn an_unknown_report_decodes_into_types_of_the_crate_and_of_the_user() {
    let signed = token()
        .event(&format!("{PREFIX}income-verification-success"), INCOME)
        .signed();
    for event in [
        parse_token(&signed).unwrap(),
        json("incomeVerificationSuccess", INCOME),
    ] {
        let success: ReportSuccess = event.decode().unwrap();
        assert_eq!(success.report_id.as_ref().unwrap(), "r-1");
        assert_eq!(event.payload(), INCOME);
        assert_eq!(
            event.decode::<Income>().unwrap(),
            Income {
                report_id: "r-1".into(),
                monthly: 2100
            }
        );
    }
    let failed = r#"{"reportId":"r-1","failedAt":"2024-07-30T15:08:01.000Z","status":"failed"}"#;
    let failure: ReportFailure = json("sfsReportFailure", failed).decode().unwrap();
    assert_eq!(failure.report_id, "r-1");
}

#[test]
fn a_malformed_event_decodes_from_its_exact_text() {
    let event = json("affordabilityReportFailure", INCOME);
    assert!(matches!(event.event(), Event::Malformed(_)));
    assert_eq!(event.decode::<Income>().unwrap().monthly, 2100);
}

#[test]
fn a_known_event_decodes_with_fields_that_its_type_lacks() {
    let event = json("deletedAccount", r#"{"accountId":"a","new":[true]}"#);
    assert!(matches!(event.event(), Event::DeletedAccount(_)));
    assert_eq!(
        event.decode::<serde_json::Value>().unwrap(),
        json!({"accountId": "a", "new": [true]})
    );
    let event = json("affordabilityReportSuccess", INCOME);
    assert_eq!(event.decode::<Income>().unwrap().monthly, 2100);
}

#[test]
fn a_decoded_value_may_borrow_from_the_webhook() {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Borrowed<'a> {
        report_id: &'a str,
    }
    let webhook = json("incomeVerificationSuccess", INCOME);
    assert_eq!(webhook.decode::<Borrowed<'_>>().unwrap().report_id, "r-1");
}

#[test]
fn a_decode_error_gives_reason_and_position_but_no_value() {
    let event = json(
        "incomeVerificationSuccess",
        r#"{"reportId":"r","monthly":"MARKER"}"#,
    );
    let error = event.decode::<Income>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the payload does not match the requested type: expected u32 at line 1 column 34"
    );
    let error = event.decode::<ReportFailure>().unwrap_err();
    assert!(
        error.to_string().contains("missing field `status`"),
        "{error}"
    );

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {}
    let payload = r#"{"MARKER":1,"a, expected MARKER\u0007":1}"#;
    for payload in [payload, r#"{"a, expected MARKER\u0007":1}"#] {
        let error = json("x", payload).decode::<Strict>().unwrap_err();
        let message = error.to_string();
        assert!(
            message.contains("a value does not have the expected form"),
            "{message}"
        );
    }
    let error = json("x", r#""MARKER""#)
        .decode::<std::net::IpAddr>()
        .unwrap_err();
    assert!(!error.to_string().contains("MARKER"), "{error}");

    /// A type whose error message contains the value.
    #[derive(Debug)]
    struct Talkative;
    impl<'de> serde::Deserialize<'de> for Talkative {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(text))
        }
    }
    for text in [
        "odd: MARKER, expected MARKER",
        "missing field MARKER",
        "missing field `MA\nRKER`",
    ] {
        let error = json("x", &json!(text).to_string())
            .decode::<Talkative>()
            .unwrap_err();
        assert!(
            error
                .to_string()
                .contains("a value does not have the expected form"),
            "{error}"
        );
    }
}

#[test]
fn the_time_of_an_event_is_the_one_that_its_payload_states() {
    let time = |text: &str| Some(text.parse::<DateTime<Utc>>().unwrap());
    for (event_type, payload, expected) in [
        (
            "syncCompleted",
            r#"{"completedAt":"2022-04-12T10:22:40.573Z","processingStatus":"success","connectionId":"c"}"#,
            time("2022-04-12T10:22:40.573Z"),
        ),
        (
            "syncCompleted",
            r#"{"processingStatus":"error","connectionId":"c"}"#,
            None,
        ),
        // A final status was reached later than the payment was submitted.
        (
            "paymentCompleted",
            r#"{"paymentId":"p","status":"completed","submittedAt":"2020-09-21T15:41:20.500Z"}"#,
            None,
        ),
        (
            "paymentError",
            r#"{"paymentId":"p","status":"rejected","submittedAt":"2020-09-21T15:41:20.500Z","updatedAt":"2020-09-21T15:42:00Z"}"#,
            time("2020-09-21T15:42:00Z"),
        ),
        (
            "paymentPending",
            r#"{"paymentId":"p","status":"pending","submittedAt":"2020-09-21T15:41:20.500Z"}"#,
            time("2020-09-21T15:41:20.500Z"),
        ),
        (
            "affordabilityReportFailure",
            r#"{"reportId":"r","failedAt":"2024-07-30T15:08:01.000Z","status":"failed"}"#,
            time("2024-07-30T15:08:01Z"),
        ),
        // When a user was activated is not when the nudge was sent.
        (
            "addFirstConnection",
            r#"{"userActivatedAt":"2025-04-30T10:22:25Z"}"#,
            None,
        ),
        ("unknown", r#"{"completedAt":"2022-04-12T10:22:40Z"}"#, None),
        (
            "syncCompleted",
            r#"{"completedAt":"2022-04-12T10:22:40Z"}"#,
            None,
        ),
    ] {
        assert_eq!(
            json_event(event_type, payload).occurred_at(),
            expected,
            "{event_type} {payload}"
        );
    }
}
