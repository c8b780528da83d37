//! `Event::decode`: a payload as a type of this crate, or of the user's own.

use moneyhub_webhooks::{Event, ReportFailure, ReportSuccess};
use serde_json::json;

use super::token_event;
use crate::support::json_event;

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Income {
    report_id: String,
    monthly: u32,
}

const INCOME: &str = r#"{"reportId":"r-1","monthly":2100}"#;

#[test]
fn an_unknown_report_decodes_into_the_crates_types_and_into_ones_own() {
    for event in [
        token_event("urn:com:moneyhub:events:income-verification-success", INCOME),
        json_event("incomeVerificationSuccess", INCOME),
    ] {
        let success: ReportSuccess = event.decode().unwrap();
        assert_eq!(success.report_id.as_ref().unwrap(), "r-1");
        assert_eq!(success.payload(), INCOME);
        assert_eq!(event.decode::<Income>().unwrap(), Income { report_id: "r-1".into(), monthly: 2100 });
    }
    let failed = r#"{"reportId":"r-1","failedAt":"2024-07-30T15:08:01.000Z","status":"failed"}"#;
    let failure: ReportFailure = json_event("sfsReportFailure", failed).decode().unwrap();
    assert_eq!(failure.report_id, "r-1");
}

#[test]
fn a_malformed_event_decodes_from_the_senders_text() {
    let event = json_event("affordabilityReportFailure", INCOME);
    assert!(matches!(event, Event::Malformed(_)));
    assert_eq!(event.decode::<Income>().unwrap().monthly, 2100);
}

#[test]
fn a_known_event_decodes_from_its_payload_as_it_serialises() {
    let event = json_event("deletedAccount", r#"{"accountId":"a","new":1}"#);
    assert_eq!(event.decode::<serde_json::Value>().unwrap(), json!({"accountId": "a"}));
    let event = json_event("affordabilityReportSuccess", INCOME);
    assert_eq!(event.decode::<Income>().unwrap().monthly, 2100);
}

#[test]
fn an_error_says_why_and_where_and_not_what() {
    let event = json_event("incomeVerificationSuccess", r#"{"reportId":"r","monthly":"MARKER"}"#);
    let error = event.decode::<Income>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the payload does not match the requested type: expected u32 at line 1 column 34"
    );
    let error = event.decode::<ReportFailure>().unwrap_err();
    assert!(error.to_string().contains("missing field `failedAt`"), "{error}");

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {}
    let payload = r#"{"MARKER":1,"a, expected MARKER\u0007":1}"#;
    for payload in [payload, r#"{"a, expected MARKER\u0007":1}"#] {
        let error = json_event("x", payload).decode::<Strict>().unwrap_err();
        let message = error.to_string();
        assert!(message.contains("a value does not have the expected form"), "{message}");
    }
    let error = json_event("x", r#""MARKER""#).decode::<std::net::IpAddr>().unwrap_err();
    assert!(!error.to_string().contains("MARKER"), "{error}");

    /// Says itself what is wrong, with the value in it.
    #[derive(Debug)]
    struct Talkative;
    impl<'de> serde::Deserialize<'de> for Talkative {
        fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let text = String::deserialize(deserializer)?;
            Err(serde::de::Error::custom(text))
        }
    }
    for text in ["odd: MARKER, expected MARKER", "missing field MARKER", "missing field `MA\nRKER`"] {
        let error = json_event("x", &json!(text).to_string()).decode::<Talkative>().unwrap_err();
        assert!(error.to_string().contains("a value does not have the expected form"), "{error}");
    }
}
