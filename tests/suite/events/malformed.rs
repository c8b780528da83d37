//! Malformed payloads: the event gives the path and the reason, but no value.

use moneyhub_webhooks::{Event, EventType};
use serde_json::json;

use super::token_event;
use crate::support::json_event;

/// The path and the reason of a malformed payload.
#[track_caller]
fn fault(event_type: &str, payload: &str) -> (String, String) {
    let urn = event_type.parse::<EventType>().unwrap().urn();
    let event = json_event(event_type, payload);
    let Event::Malformed(bad) = &event else {
        panic!("{event:?}")
    };
    assert_eq!(bad.payload(), payload);
    assert_eq!(bad.event_type().as_str(), event_type);
    if payload.starts_with('{') {
        assert_eq!(token_event(urn, payload), event);
    }
    (bad.path().to_owned(), bad.reason().to_owned())
}

#[track_caller]
fn assert_fault(event_type: &str, payload: &str, path: &str, reason: &str) {
    assert_eq!(
        fault(event_type, payload),
        (path.to_owned(), reason.to_owned()),
        "{payload}"
    );
}

fn threshold(edit: impl Fn(&mut serde_json::Value)) -> String {
    let mut payload = json!({
        "accountUid": "a",
        "accountName": "Test",
        "balanceAtTimeGeneration": {"date": "2020-01-10", "amount": 50, "currency": "GBP"},
        "matchedThresholds": [{"type": "lt", "value": 100}],
    });
    edit(&mut payload);
    payload.to_string()
}

#[test]
fn the_path_names_a_field_of_the_wrong_type() {
    let number = "expected a number";
    let whole = "expected a 64-bit whole number";
    let value = |json: serde_json::Value| {
        threshold(|payload| payload["matchedThresholds"][0]["value"] = json.clone())
    };
    let at = "matchedThresholds[0].value";
    assert_fault("balanceThreshold", &value(json!("100")), at, number);
    assert_fault("balanceThreshold", &value(json!(null)), at, number);
    assert_fault("balanceThreshold", &value(json!(100.5)), at, whole);
    assert_fault("balanceThreshold", &value(json!(u64::MAX)), at, whole);

    let amount = |json: serde_json::Value| {
        threshold(|payload| payload["balanceAtTimeGeneration"]["amount"] = json.clone())
    };
    assert_fault(
        "balanceThreshold",
        &amount(json!("50")),
        "balanceAtTimeGeneration.amount",
        number,
    );

    let date =
        threshold(|payload| payload["balanceAtTimeGeneration"]["date"] = json!("10/01/2020"));
    let expected = "expected a date in the form YYYY-MM-DD";
    assert_fault(
        "balanceThreshold",
        &date,
        "balanceAtTimeGeneration.date",
        expected,
    );

    let ids = r#"{"accounts":[{"id":"a","transactions":["t",7]}]}"#;
    assert_fault(
        "newTransactions",
        ids,
        "accounts[0].transactions[1]",
        "expected a string",
    );
    let at = r#"{"userActivatedAt":"yesterday"}"#;
    assert_fault(
        "addFirstConnection",
        at,
        "userActivatedAt",
        "expected an RFC 3339 timestamp",
    );
    let days = r#"{"connectionId":"c","bankName":"b","timeUntilReauthorizationInDays":5.5}"#;
    assert_fault(
        "reauthReminder",
        days,
        "timeUntilReauthorizationInDays",
        whole,
    );
}

#[test]
fn the_path_names_a_missing_field() {
    assert_fault("deletedAccount", "{}", "accountId", "missing field");
    let no_value = threshold(|payload| payload["matchedThresholds"][0] = json!({"type": "gt"}));
    assert_fault(
        "balanceThreshold",
        &no_value,
        "matchedThresholds[0].value",
        "missing field",
    );
}

#[test]
fn null_is_absent_in_an_optional_field_and_malformed_in_a_required_one() {
    let payment = |updated_at: &str, status: &str| {
        format!(
            r#"{{"paymentId":"p","paymentSubmissionId":"s","submittedAt":"2020-09-21T15:41:20Z","status":{status},"reference":null,"endToEndId":null,"updatedAt":{updated_at}}}"#
        )
    };
    let Event::PaymentPending(pending) =
        json_event("paymentPending", &payment("null", r#""pending""#))
    else {
        panic!()
    };
    assert_eq!(
        (pending.reference, pending.end_to_end_id, pending.updated_at),
        (None, None, None)
    );
    assert_fault(
        "paymentPending",
        &payment("null", "null"),
        "status",
        "expected a string",
    );
    let expected = "expected an RFC 3339 timestamp";
    assert_fault(
        "paymentPending",
        &payment(r#""""#, r#""pending""#),
        "updatedAt",
        expected,
    );
}

#[test]
fn duplicate_known_fields_are_malformed_and_duplicate_unknown_fields_are_ignored() {
    let twice = r#"{"accountId":"a","accountId":"a"}"#;
    assert_fault("deletedAccount", twice, "accountId", "duplicate field");
    let rest =
        r#""paymentSubmissionId":"s","submittedAt":"2020-09-21T15:41:20Z","status":"completed""#;
    let both = format!(r#"{{"paymentId":"p","paymentID":"q",{rest}}}"#);
    assert_fault("paymentCompleted", &both, "paymentId", "duplicate field");
    let unknown = r#"{"accountId":"a","x":1,"x":2}"#;
    assert!(matches!(
        json_event("deletedAccount", unknown),
        Event::DeletedAccount(_)
    ));
}

#[test]
fn a_payload_that_is_not_an_object_is_malformed() {
    for payload in ["true", "[]", "7", r#""text""#, r#"["a"]"#] {
        assert_fault("deletedAccount", payload, ".", "expected an object");
    }
    let big = "123456789012345678901234567890";
    for payload in ["true", "[]", "7", "1.5", "1e9", "-0", big, r#"["r"]"#] {
        assert_fault(
            "affordabilityReportSuccess",
            payload,
            ".",
            "expected an object",
        );
    }
    assert_fault(
        "affordabilityReportSuccess",
        r#"{"reportId":7}"#,
        "reportId",
        "expected a string",
    );
}

#[test]
fn structs_are_never_read_from_arrays_by_position_at_any_depth() {
    let payload = r#"{"accounts":[["a",["b"]]]}"#;
    assert_fault(
        "newTransactions",
        payload,
        "accounts[0]",
        "expected an object",
    );
    let balance =
        threshold(|payload| payload["balanceAtTimeGeneration"] = json!(["2020-01-10", 50, "GBP"]));
    assert_fault(
        "balanceThreshold",
        &balance,
        "balanceAtTimeGeneration",
        "expected an object",
    );
    let thresholds = threshold(|payload| payload["matchedThresholds"] = json!([["lt", 100]]));
    assert_fault(
        "balanceThreshold",
        &thresholds,
        "matchedThresholds[0]",
        "expected an object",
    );
}

#[test]
fn a_lone_surrogate_is_malformed_in_a_known_field_and_ignored_in_an_unknown_one() {
    let (path, reason) = fault("deletedAccount", r#"{"accountId":"\ud83d"}"#);
    assert_eq!(path, "accountId");
    assert!(
        reason.contains("surrogate") || reason.contains("escape"),
        "{reason}"
    );
    let unknown = r#"{"accountId":"a","note":"\ud83d"}"#;
    assert!(matches!(
        json_event("deletedAccount", unknown),
        Event::DeletedAccount(_)
    ));
}
