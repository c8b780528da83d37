//! What is accepted beside the documented form: new values, old names, and other notations of numbers and times.

use chrono::{DateTime, Utc};
use moneyhub_webhooks::Event;
use moneyhub_webhooks::event::{
    PaymentStatus, PostConnectionEnrichment, ProcessingStatus, ThresholdType,
};
use moneyhub_webhooks::money::Currency;
use serde_json::json;

use crate::support::json_event;

fn sync(status: &str) -> Event {
    let payload = json!({
        "completedAt": "2022-04-12T10:22:40.573Z",
        "processingStatus": status,
        "syncId": "s",
        "connectionId": "c",
        "somethingNew": {"deep": [1, 2, 3]},
    });
    json_event("syncCompleted", &payload.to_string())
}

#[test]
fn known_and_unknown_statuses_are_kept() {
    for (word, known) in [
        ("success", ProcessingStatus::Success),
        ("error", ProcessingStatus::Error),
        ("partial", ProcessingStatus::Partial),
        ("mfa-required", ProcessingStatus::MfaRequired),
        ("credentials-error", ProcessingStatus::CredentialsError),
    ] {
        let Event::SyncCompleted(sync) = sync(word) else {
            panic!()
        };
        assert_eq!(sync.processing_status, known);
        assert_eq!(sync.processing_status, word);
    }
    for word in ["", "Success", "half-done", "😀"] {
        let Event::SyncCompleted(sync) = sync(word) else {
            panic!()
        };
        assert_eq!(sync.processing_status.as_str(), word);
        assert_ne!(sync.processing_status, ProcessingStatus::Success);
        assert_eq!(
            serde_json::to_string(&sync.processing_status).unwrap(),
            json!(word).to_string()
        );
    }
}

#[test]
fn statuses_and_currencies_convert_from_and_to_text() {
    assert_eq!(
        PaymentStatus::from("completed".to_owned()),
        PaymentStatus::Completed
    );
    assert_eq!("gt".parse(), Ok(ThresholdType::GreaterThan));
    assert_eq!(Currency::from("EUR").to_string(), "EUR");
    assert_eq!(format!("{:?}", Currency::Gbp), r#"Currency("GBP")"#);
}

#[test]
fn misspelled_names_in_the_documentation_are_accepted_and_corrected() {
    let rest =
        r#""paymentSubmissionId":"s","submittedAt":"2020-09-21T15:41:20Z","status":"completed""#;
    let Event::PaymentCompleted(payment) = json_event(
        "paymentCompleted",
        &format!(r#"{{"paymentID":"p",{rest}}}"#),
    ) else {
        panic!()
    };
    assert_eq!(payment.payment_id, "p");
    assert_eq!(
        serde_json::to_string(&payment).unwrap(),
        format!(r#"{{"paymentId":"p",{rest}}}"#)
    );

    let Event::ReauthReminder(reminder) = json_event(
        "reauthReminder",
        r#"{"connectionId":"c","bankName":"b","timeUntilReauthorization":-1}"#,
    ) else {
        panic!()
    };
    assert_eq!(reminder.time_until_reauthorization_in_days, -1);
    assert_eq!(reminder.tpp_consent, None);

    let threshold = r#"{"accountId":"a","accountName":"n","balanceAtTimeGeneration":{"date":"2020-01-10","amount":-0.5,"currency":"XYZ"},"matchedThresholds":[]}"#;
    let Event::BalanceThreshold(crossed) = json_event("balanceThreshold", threshold) else {
        panic!()
    };
    assert_eq!(crossed.account_uid, "a");
    assert_eq!(crossed.balance_at_time_generation.currency, "XYZ");
    assert_eq!(crossed.balance_at_time_generation.to_minor_units(), None);
}

#[test]
fn whole_numbers_are_accepted_in_any_notation() {
    for (written, days) in [
        ("100", 100),
        ("100.0", 100),
        ("1e2", 100),
        ("-3", -3),
        ("0", 0),
        ("1.5E1", 15),
    ] {
        let payload = format!(
            r#"{{"connectionId":"c","bankName":"b","periodSinceLastUpdateInDays":{written}}}"#
        );
        let Event::RefreshReminder(reminder) = json_event("refreshReminder", &payload) else {
            panic!("{written}")
        };
        assert_eq!(reminder.period_since_last_update_in_days, Some(days));
    }
}

#[test]
fn timestamps_are_exact_in_any_time_zone() {
    let nudge = |at: &str| {
        let Event::AddFirstConnection(nudge) = json_event(
            "addFirstConnection",
            &json!({"userActivatedAt": at}).to_string(),
        ) else {
            panic!("{at}")
        };
        nudge
    };
    let expected: DateTime<Utc> = "2025-04-30T10:22:25.123456789Z".parse().unwrap();
    assert_eq!(
        nudge("2025-04-30T11:22:25.123456789+01:00").user_activated_at,
        Some(expected)
    );
    let text = serde_json::to_string(&nudge("2025-04-30T10:22:25.123456789Z")).unwrap();
    assert_eq!(
        text,
        r#"{"userActivatedAt":"2025-04-30T10:22:25.123456789Z"}"#
    );
}

#[test]
fn an_unpublished_payload_may_have_any_fields_or_none() {
    let payload = r#"{ "connectionId": null, "x": [1.0] }"#;
    let Event::PostConnectionEnrichmentCompleted(enrichment) =
        json_event("postConnectionEnrichmentCompleted", payload)
    else {
        panic!()
    };
    assert_eq!(enrichment.connection_id, None);
    let read: PostConnectionEnrichment = serde_json::from_str(payload).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), "{}");
}

#[test]
fn a_payload_without_required_fields_may_be_empty_or_null() {
    for payload in ["{}", "null"] {
        for name in [
            "addFirstConnection",
            "affordabilityReportSuccess",
            "postConnectionEnrichmentCompleted",
        ] {
            let event = json_event(name, payload);
            let written = json!({"eventType": name, "payload": {}});
            assert_eq!(serde_json::to_value(&event).unwrap(), written, "{payload}");
        }
    }
}
