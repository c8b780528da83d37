//! What Moneyhub sends is valid, also after it adds fields and values. Bodies without a required field are invalid.

use moneyhub_webhooks::EventType;
use serde_json::{Value, json};

use crate::support::{fixture, parses, payload, places, removed, replaced, webhook};

/// The optional fields.
const OPTIONAL: [&str; 19] = [
    "/userId",
    "/payload/reference",
    "/payload/endToEndId",
    "/payload/updatedAt",
    "/payload/tppConsent",
    "/payload/paymentSubmissionId",
    "/payload/submittedAt",
    "/payload/completedAt",
    "/payload/syncId",
    "/payload/accountName",
    "/payload/bankName",
    "/payload/failedAt",
    "/payload/periodSinceLastUpdateInDays",
    "/payload/userActivatedAt",
    // Payloads without a required field.
    "addFirstConnection/payload",
    "postConnectionEnrichmentCompleted/payload",
    "affordabilityReportSuccess/payload",
    // Fields of payloads that are not published.
    "postConnectionEnrichmentCompleted/payload/connectionId",
    "affordabilityReportSuccess/payload/reportId",
];

#[test]
fn every_published_body_and_payload_is_valid() {
    for event_type in EventType::ALL {
        let body = fixture(*event_type);
        webhook().validate(&body).unwrap();
        payload(*event_type).validate(&body["payload"]).unwrap();
    }
}

#[test]
fn the_payload_of_another_event_is_invalid() {
    let payment = fixture(EventType::PaymentError);
    for event_type in EventType::ALL
        .iter()
        .filter(|event_type| !event_type.as_str().starts_with("payment"))
    {
        let open = [
            "addFirstConnection",
            "affordabilityReportSuccess",
            "postConnectionEnrichmentCompleted",
        ];
        let body = replaced(&payment, "/eventType", &json!(event_type.as_str()));
        assert_eq!(
            webhook().is_valid(&body),
            open.contains(&event_type.as_str()),
            "{event_type}"
        );
    }
}

#[test]
fn missing_required_fields_and_wrong_types_are_invalid() {
    let validator = webhook();
    let (mut required, mut optional) = (0, 0);
    for event_type in EventType::ALL {
        let body = fixture(*event_type);
        for place in places(&body) {
            let whole = format!("{event_type}{place}");
            let wrong = if body.pointer(&place).unwrap().is_boolean() {
                json!(1)
            } else {
                json!(true)
            };
            let is_open = place == "/userId";
            let is_valid = validator.is_valid(&replaced(&body, &place, &wrong));
            assert_eq!(is_valid, is_open, "{whole} of another type");
            if place.ends_with(|last: char| last.is_ascii_digit()) {
                continue; // An item of a list may be removed.
            }
            let may_go = OPTIONAL
                .iter()
                .any(|optional| place == *optional || whole == *optional);
            assert_eq!(
                validator.is_valid(&removed(&body, &place)),
                may_go,
                "without {whole}"
            );
            *if may_go { &mut optional } else { &mut required } += 1;
        }
    }
    assert_eq!((required, optional), (87, 44));
}

#[test]
fn unknown_events_are_valid_with_any_payload() {
    for payload in [
        json!({}),
        json!(null),
        json!([1]),
        json!("x"),
        json!({"accountId": 7}),
    ] {
        let body = json!({"id": "1", "eventType": "incomeVerificationSuccess", "payload": payload});
        assert!(
            webhook().is_valid(&body) && parses(&body.to_string()),
            "{body}"
        );
    }
    for missing in ["/id", "/eventType"] {
        let body = removed(
            &json!({"id": "1", "eventType": "x", "payload": {}}),
            missing,
        );
        assert!(
            !webhook().is_valid(&body) && !parses(&body.to_string()),
            "{body}"
        );
    }
}

#[test]
fn names_from_older_documentation_are_valid() {
    for (event_type, older) in [
        (EventType::SyncCompleted, "syncComplete"),
        (
            EventType::PostConnectionEnrichmentCompleted,
            "postConnectionEnrichmentComplete",
        ),
    ] {
        let body = replaced(&fixture(event_type), "/eventType", &json!(older));
        assert!(webhook().is_valid(&body) && parses(&body.to_string()));
        let body = replaced(&body, "/payload", &json!({"connectionId": 1}));
        assert!(!webhook().is_valid(&body) && !parses(&body.to_string()));
    }
}

#[test]
fn added_fields_and_values_are_valid_everywhere() {
    fn add(value: &mut Value) {
        match value {
            Value::Object(members) => {
                members.values_mut().for_each(add);
                members.insert("addedLater".to_owned(), json!({"any": [1, null]}));
            }
            Value::Array(items) => items.iter_mut().for_each(add),
            _ => {}
        }
    }

    for event_type in EventType::ALL {
        let mut body = fixture(*event_type);
        add(&mut body);
        webhook().validate(&body).unwrap();
        assert!(parses(&body.to_string()));
    }
    let status = replaced(
        &fixture(EventType::PaymentPending),
        "/payload/status",
        &json!("a new word"),
    );
    assert!(webhook().is_valid(&status) && parses(&status.to_string()));
}
