//! Events beyond the published examples: names nobody has heard of, words and fields that are new, payloads
//! that have changed shape. None of them is refused, and nothing of them is lost.

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{
    Currency, Event, EventType, PaymentStatus, PostConnectionEnrichment, ProcessingStatus, ReportFailure,
    ReportSuccess, ThresholdType,
};
use serde_json::json;

use crate::support::{PREFIX, json_event, parse_token, token};

fn token_event(urn: &str, payload: &str) -> Event {
    parse_token(&token().event(urn, payload).signed()).unwrap().into_event()
}

mod names {
    use super::*;

    #[test]
    fn an_unknown_name_in_json_is_kept_with_the_payload_as_it_was_sent() {
        for payload in [r#"{ "a" : [1.50, 1e400, "\ud800"], "a":1 }"#, "null", "[]", "0.10", r#""text""#] {
            let Event::Unknown(unknown) = json_event("somethingNew", payload) else { panic!() };
            assert_eq!(unknown.name(), "somethingNew");
            assert_eq!(unknown.wire_name(), "somethingNew");
            assert_eq!(unknown.payload(), payload);
            assert_ne!(json_event("somethingNew", "{}"), Event::Unknown(unknown));
        }
    }

    #[test]
    fn an_unknown_urn_of_moneyhub_bears_the_name_it_would_have_in_json() {
        let urn = "urn:com:moneyhub:events:income-verification-success";
        let payload = r#"{ "reportId" : "r" }"#;
        let Event::Unknown(unknown) = token_event(urn, payload) else { panic!() };
        assert_eq!(unknown.name(), "incomeVerificationSuccess");
        assert_eq!(unknown.wire_name(), urn);
        assert_eq!(unknown.payload(), payload);
    }

    #[test]
    fn any_other_urn_keeps_its_name() {
        for urn in
            ["https://example.com/some-event", "newTransactions", "urn:com:moneyhub:payment-completed", ""]
        {
            let Event::Unknown(unknown) = token_event(urn, "{}") else { panic!("{urn}") };
            assert_eq!((unknown.name(), unknown.wire_name()), (urn, urn));
        }
    }

    #[test]
    fn an_unlisted_urn_is_looked_up_in_camel_case_among_all_json_names() {
        let payload = r#"{"paymentId":"p","paymentSubmissionId":"s","submittedAt":"2020-09-21T15:41:20Z","status":"x"}"#;
        let event = token_event("urn:com:moneyhub:events:paymentCompleted", payload);
        assert_eq!(event.event_type(), Some(EventType::PaymentCompleted));
    }

    #[test]
    fn every_listed_urn_and_json_name_is_its_event() {
        // Beside the canonical ones; those are the fixtures'.
        for (urn, json, event_type) in [
            ("sync-complete", "syncComplete", EventType::SyncCompleted),
            (
                "post-connection-enrichment-complete",
                "postConnectionEnrichmentComplete",
                EventType::PostConnectionEnrichmentCompleted,
            ),
            ("payment-rejected", "paymentError", EventType::PaymentError),
        ] {
            let from_token = token_event(&format!("{PREFIX}{urn}"), "{}");
            let from_json = json_event(json, "{}");
            for event in [from_token, from_json] {
                assert_eq!(event.event_type(), Some(event_type));
                assert_eq!(event.name(), event_type.as_str());
            }
        }
    }

    #[test]
    fn an_event_type_in_json_is_never_looked_up_among_the_urns() {
        for name in ["urn:com:moneyhub:events:payment-completed", "payment-completed"] {
            let Event::Unknown(unknown) = json_event(name, "{}") else { panic!("{name}") };
            assert_eq!(unknown.name(), name);
        }
    }

    #[test]
    fn the_vocabulary_names_every_event_once_in_each_form() {
        assert_eq!(EventType::ALL.len(), 18);
        for event_type in EventType::ALL {
            let camel = event_type.as_str();
            let kebab = camel.chars().fold(String::new(), |mut kebab, letter| {
                if letter.is_ascii_uppercase() {
                    kebab.push('-');
                }
                kebab.push(letter.to_ascii_lowercase());
                kebab
            });
            assert_eq!(event_type.urn(), format!("{PREFIX}{kebab}"));
            assert_eq!(camel.parse(), Ok(*event_type));
            assert_eq!(event_type.to_string(), camel);
            assert!(event_type.documentation().starts_with("https://docs.moneyhubenterprise.com/docs/"));
        }
        assert!("urn:com:moneyhub:events:payment-completed".parse::<EventType>().is_err());
        assert!("NewTransactions".parse::<EventType>().is_err());
    }
}

mod decoding {
    use super::*;

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
            "the payload does not have the form asked for: expected u32 at line 1 column 34"
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
}

mod malformed {
    use super::*;

    /// What is wrong with a payload, by path and reason.
    #[track_caller]
    fn fault(event_type: &str, payload: &str) -> (String, String) {
        let urn = event_type.parse::<EventType>().unwrap().urn();
        let event = json_event(event_type, payload);
        let Event::Malformed(bad) = &event else { panic!("{event:?}") };
        assert_eq!(bad.payload(), payload);
        assert_eq!(bad.event_type().as_str(), event_type);
        if payload.starts_with('{') {
            assert_eq!(token_event(urn, payload), event);
        }
        (bad.path().to_owned(), bad.reason().to_owned())
    }

    #[track_caller]
    fn assert_fault(event_type: &str, payload: &str, path: &str, reason: &str) {
        assert_eq!(fault(event_type, payload), (path.to_owned(), reason.to_owned()), "{payload}");
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
    fn a_field_of_another_type_is_named_by_its_path() {
        let number = "expected a number";
        let whole = "expected a whole number of 64 bits";
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
        assert_fault("balanceThreshold", &amount(json!("50")), "balanceAtTimeGeneration.amount", number);

        let date = threshold(|payload| payload["balanceAtTimeGeneration"]["date"] = json!("10/01/2020"));
        let expected = "expected a date of the form YYYY-MM-DD";
        assert_fault("balanceThreshold", &date, "balanceAtTimeGeneration.date", expected);

        let ids = r#"{"accounts":[{"id":"a","transactions":["t",7]}]}"#;
        assert_fault("newTransactions", ids, "accounts[0].transactions[1]", "expected a string");
        let at = r#"{"userActivatedAt":"yesterday"}"#;
        assert_fault("addFirstConnection", at, "userActivatedAt", "expected an RFC 3339 timestamp");
        let days = r#"{"connectionId":"c","bankName":"b","timeUntilReauthorizationInDays":5.5}"#;
        assert_fault("reauthReminder", days, "timeUntilReauthorizationInDays", whole);
    }

    #[test]
    fn a_missing_field_is_named_by_its_path() {
        assert_fault("deletedAccount", "{}", "accountId", "missing field");
        let no_value = threshold(|payload| payload["matchedThresholds"][0] = json!({"type": "gt"}));
        assert_fault("balanceThreshold", &no_value, "matchedThresholds[0].value", "missing field");
    }

    #[test]
    fn null_is_absent_where_a_field_is_optional_and_a_fault_where_it_is_not() {
        let payment = |updated_at: &str, status: &str| {
            format!(
                r#"{{"paymentId":"p","paymentSubmissionId":"s","submittedAt":"2020-09-21T15:41:20Z","status":{status},"reference":null,"endToEndId":null,"updatedAt":{updated_at}}}"#
            )
        };
        let Event::PaymentPending(pending) = json_event("paymentPending", &payment("null", r#""pending""#))
        else {
            panic!()
        };
        assert_eq!((pending.reference, pending.end_to_end_id, pending.updated_at), (None, None, None));
        assert_fault("paymentPending", &payment("null", "null"), "status", "expected a string");
        let expected = "expected an RFC 3339 timestamp";
        assert_fault("paymentPending", &payment(r#""""#, r#""pending""#), "updatedAt", expected);
    }

    #[test]
    fn a_known_field_twice_or_beside_its_alias_is_a_fault_and_an_unknown_one_is_not() {
        let twice = r#"{"accountId":"a","accountId":"a"}"#;
        assert_fault("deletedAccount", twice, "accountId", "duplicate field");
        let rest = r#""paymentSubmissionId":"s","submittedAt":"2020-09-21T15:41:20Z","status":"completed""#;
        let both = format!(r#"{{"paymentId":"p","paymentID":"q",{rest}}}"#);
        assert_fault("paymentCompleted", &both, "paymentId", "duplicate field");
        let unknown = r#"{"accountId":"a","x":1,"x":2}"#;
        assert!(matches!(json_event("deletedAccount", unknown), Event::DeletedAccount(_)));
    }

    #[test]
    fn a_payload_that_is_no_object_is_a_fault_of_the_whole() {
        for payload in ["null", "[]", "7", r#""text""#, r#"["a"]"#] {
            assert_fault("deletedAccount", payload, ".", "expected an object");
        }
        let expected = "expected an object in which `reportId`, if there, is a string";
        for payload in ["null", "[]", r#"{"reportId":7}"#, r#"["r"]"#] {
            assert_fault("affordabilityReportSuccess", payload, ".", expected);
        }
    }

    #[test]
    fn structs_are_never_read_from_arrays_by_position_at_any_depth() {
        let payload = r#"{"accounts":[["a",["b"]]]}"#;
        assert_fault("newTransactions", payload, "accounts[0]", "expected an object");
        let balance =
            threshold(|payload| payload["balanceAtTimeGeneration"] = json!(["2020-01-10", 50, "GBP"]));
        assert_fault("balanceThreshold", &balance, "balanceAtTimeGeneration", "expected an object");
        let thresholds = threshold(|payload| payload["matchedThresholds"] = json!([["lt", 100]]));
        assert_fault("balanceThreshold", &thresholds, "matchedThresholds[0]", "expected an object");
    }

    #[test]
    fn a_lone_surrogate_is_a_fault_in_a_known_field_and_passes_in_an_unknown_one() {
        let (path, reason) = fault("deletedAccount", r#"{"accountId":"\ud83d"}"#);
        assert_eq!(path, "accountId");
        assert!(reason.contains("surrogate") || reason.contains("escape"), "{reason}");
        let unknown = r#"{"accountId":"a","note":"\ud83d"}"#;
        assert!(matches!(json_event("deletedAccount", unknown), Event::DeletedAccount(_)));
    }
}

mod tolerance {
    use super::*;

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
    fn known_and_unseen_words_are_kept() {
        for (word, known) in [
            ("success", ProcessingStatus::SUCCESS),
            ("error", ProcessingStatus::ERROR),
            ("partial", ProcessingStatus::PARTIAL),
            ("mfa-required", ProcessingStatus::MFA_REQUIRED),
            ("credentials-error", ProcessingStatus::CREDENTIALS_ERROR),
        ] {
            let Event::SyncCompleted(sync) = sync(word) else { panic!() };
            assert_eq!(sync.processing_status, known);
            assert_eq!(sync.processing_status, word);
        }
        for word in ["", "Success", "half-done", "😀"] {
            let Event::SyncCompleted(sync) = sync(word) else { panic!() };
            assert_eq!(sync.processing_status.as_str(), word);
            assert_ne!(sync.processing_status, ProcessingStatus::SUCCESS);
            assert_eq!(serde_json::to_string(&sync.processing_status).unwrap(), json!(word).to_string());
        }
    }

    #[test]
    fn a_word_is_the_same_whether_borrowed_or_owned() {
        assert_eq!(PaymentStatus::from("completed".to_owned()), PaymentStatus::COMPLETED);
        assert_eq!("gt".parse(), Ok(ThresholdType::GREATER_THAN));
        assert_eq!(Currency::from("EUR").to_string(), "EUR");
        assert_eq!(format!("{:?}", Currency::GBP), r#"Currency("GBP")"#);
    }

    #[test]
    fn misspelt_names_of_the_documentation_are_taken_and_written_right() {
        let rest = r#""paymentSubmissionId":"s","submittedAt":"2020-09-21T15:41:20Z","status":"completed""#;
        let Event::PaymentCompleted(payment) =
            json_event("paymentCompleted", &format!(r#"{{"paymentID":"p",{rest}}}"#))
        else {
            panic!()
        };
        assert_eq!(payment.payment_id, "p");
        assert_eq!(serde_json::to_string(&payment).unwrap(), format!(r#"{{"paymentId":"p",{rest}}}"#));

        let Event::ReauthReminder(reminder) = json_event(
            "reauthReminder",
            r#"{"connectionId":"c","bankName":"b","timeUntilReauthorization":-1}"#,
        ) else {
            panic!()
        };
        assert_eq!(reminder.time_until_reauthorization_in_days, -1);
        assert_eq!(reminder.tpp_consent, None);

        let threshold = r#"{"accountId":"a","accountName":"n","balanceAtTimeGeneration":{"date":"2020-01-10","amount":-0.5,"currency":"XYZ"},"matchedThresholds":[]}"#;
        let Event::BalanceThreshold(crossed) = json_event("balanceThreshold", threshold) else { panic!() };
        assert_eq!(crossed.account_uid, "a");
        assert_eq!(crossed.balance_at_time_generation.currency, "XYZ");
        assert_eq!(crossed.balance_at_time_generation.to_minor_units(), None);
    }

    #[test]
    fn whole_numbers_are_taken_however_they_are_written() {
        for (written, days) in
            [("100", 100), ("100.0", 100), ("1e2", 100), ("-3", -3), ("0", 0), ("1.5E1", 15)]
        {
            let payload =
                format!(r#"{{"connectionId":"c","bankName":"b","periodSinceLastUpdateInDays":{written}}}"#);
            let Event::RefreshReminder(reminder) = json_event("refreshReminder", &payload) else {
                panic!("{written}")
            };
            assert_eq!(reminder.period_since_last_update_in_days, days);
        }
    }

    #[test]
    fn an_instant_is_kept_exactly_and_in_any_time_zone() {
        let nudge = |at: &str| {
            let Event::AddFirstConnection(nudge) =
                json_event("addFirstConnection", &json!({"userActivatedAt": at}).to_string())
            else {
                panic!("{at}")
            };
            nudge
        };
        let expected: DateTime<Utc> = "2025-04-30T10:22:25.123456789Z".parse().unwrap();
        assert_eq!(nudge("2025-04-30T11:22:25.123456789+01:00").user_activated_at, expected);
        let text = serde_json::to_string(&nudge("2025-04-30T10:22:25.123456789Z")).unwrap();
        assert_eq!(text, r#"{"userActivatedAt":"2025-04-30T10:22:25.123456789Z"}"#);
    }

    #[test]
    fn an_unpublished_payload_may_hold_anything_and_nothing() {
        let payload = r#"{ "connectionId": null, "x": [1.0] }"#;
        let Event::PostConnectionEnrichmentCompleted(enrichment) =
            json_event("postConnectionEnrichmentCompleted", payload)
        else {
            panic!()
        };
        assert_eq!(enrichment.connection_id, None);
        assert_eq!(enrichment.payload(), payload);
        let read: PostConnectionEnrichment = serde_json::from_str(payload).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), payload);
        assert!(matches!(
            json_event("affordabilityReportSuccess", "{}"),
            Event::AffordabilityReportSuccess(_)
        ));
    }
}
