//! The names of events, in JSON and as a URN.

use moneyhub_webhooks::{Event, EventType};

use super::token_event;
use crate::support::{PREFIX, json_event};

#[test]
fn an_unknown_json_name_is_kept_with_its_exact_payload() {
    for payload in [
        r#"{ "a" : [1.50, 1e400, "\ud800"], "a":1 }"#,
        "null",
        "[]",
        "0.10",
        r#""text""#,
    ] {
        let Event::Unknown(unknown) = json_event("somethingNew", payload) else {
            panic!()
        };
        assert_eq!(unknown.name(), "somethingNew");
        assert_eq!(unknown.wire_name(), "somethingNew");
        assert_eq!(unknown.payload(), payload);
        assert_ne!(json_event("somethingNew", "{}"), Event::Unknown(unknown));
    }
}

#[test]
fn an_unknown_moneyhub_urn_has_the_name_it_would_have_in_json() {
    let urn = "urn:com:moneyhub:events:income-verification-success";
    let payload = r#"{ "reportId" : "r" }"#;
    let Event::Unknown(unknown) = token_event(urn, payload) else {
        panic!()
    };
    assert_eq!(unknown.name(), "incomeVerificationSuccess");
    assert_eq!(unknown.wire_name(), urn);
    assert_eq!(unknown.payload(), payload);
}

#[test]
fn any_other_urn_keeps_its_name() {
    for urn in [
        "https://example.com/some-event",
        "newTransactions",
        "urn:com:moneyhub:payment-completed",
        "",
    ] {
        let Event::Unknown(unknown) = token_event(urn, "{}") else {
            panic!("{urn}")
        };
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
fn every_listed_urn_and_json_name_maps_to_its_event() {
    // These are the other names. The fixtures have the canonical ones.
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
    for name in [
        "urn:com:moneyhub:events:payment-completed",
        "payment-completed",
    ] {
        let Event::Unknown(unknown) = json_event(name, "{}") else {
            panic!("{name}")
        };
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
        assert!(
            event_type
                .documentation()
                .starts_with("https://docs.moneyhubenterprise.com/docs/")
        );
    }
    assert!(
        "urn:com:moneyhub:events:payment-completed"
            .parse::<EventType>()
            .is_err()
    );
    assert!("NewTransactions".parse::<EventType>().is_err());
}
