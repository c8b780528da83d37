//! Serialization and deserialization of `Event` and the payloads. They use the same dispatch as a body.

use moneyhub_webhooks::event::{
    AccountTransactions, Balance, Payment, RegularTransactions, Threshold, Transactions,
};
use moneyhub_webhooks::{Event, EventType};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::support::{json_event, json_fixture, parse_json, parse_token, token};

fn events() -> impl Iterator<Item = Event> {
    EventType::ALL
        .iter()
        .map(|event_type| parse_json(&json_fixture(*event_type)).unwrap().into_event())
}

#[test]
fn every_event_round_trips() {
    for event in events() {
        let text = serde_json::to_string(&event).unwrap();
        assert!(
            text.starts_with(&format!(r#"{{"eventType":"{}","payload":{{"#, event.name())),
            "{text}"
        );
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
        assert_eq!(
            serde_json::from_slice::<Event>(text.as_bytes()).unwrap(),
            event
        );
        assert_eq!(
            serde_json::from_reader::<_, Event>(text.as_bytes()).unwrap(),
            event
        );
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::from_value::<Event>(value).unwrap(), event);
    }
}

#[test]
fn an_event_type_serializes_as_its_name() {
    for event_type in EventType::ALL {
        let text = format!("{:?}", event_type.as_str());
        assert_eq!(serde_json::to_string(event_type).unwrap(), text);
        assert_eq!(
            serde_json::from_str::<EventType>(&text).unwrap(),
            *event_type
        );
        assert_eq!(
            serde_json::from_reader::<_, EventType>(text.as_bytes()).unwrap(),
            *event_type
        );
        assert_eq!(
            serde_json::from_value::<EventType>(json!(event_type)).unwrap(),
            *event_type
        );
    }
    let old_name: EventType = serde_json::from_str(r#""syncComplete""#).unwrap();
    assert_eq!(old_name, EventType::SyncCompleted);
    let escaped: EventType = serde_json::from_str(r#""\u0070aymentError""#).unwrap();
    assert_eq!(escaped, EventType::PaymentError);
    let counts = std::collections::BTreeMap::from([(EventType::PaymentError, 2)]);
    assert_eq!(
        serde_json::to_string(&counts).unwrap(),
        r#"{"paymentError":2}"#
    );

    for (text, message) in [
        (r#""secret""#, "not the name of a known event"),
        (
            "7",
            "invalid type: integer `7`, expected a string at line 1 column 1",
        ),
    ] {
        assert_eq!(
            serde_json::from_str::<EventType>(text)
                .unwrap_err()
                .to_string(),
            message
        );
    }
}

#[test]
fn events_nest_in_other_types() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Stored {
        at: u64,
        events: Vec<Option<Event>>,
    }
    let stored = Stored {
        at: 1,
        events: events().map(Some).chain([None]).collect(),
    };
    let text = serde_json::to_string(&stored).unwrap();
    assert_eq!(serde_json::from_str::<Stored>(&text).unwrap(), stored);
}

#[test]
fn the_payload_may_come_first_and_other_members_are_ignored() {
    let text = r#"{"x":[1],"payload":{"accountId":"a"},"eventType":"deletedAccount","userId":"u"}"#;
    let event: Event = serde_json::from_str(text).unwrap();
    assert_eq!(event, json_event("deletedAccount", r#"{"accountId":"a"}"#));
}

#[test]
fn other_names_of_a_known_event_serialize_as_the_canonical_name() {
    let payload = r#"{"completedAt":"2022-04-12T10:22:40.573Z","processingStatus":"success","syncId":"s","connectionId":"c"}"#;
    let expected = format!(r#"{{"eventType":"syncCompleted","payload":{payload}}}"#);
    for event in [
        json_event("syncComplete", payload),
        parse_token(
            &token()
                .event("urn:com:moneyhub:events:sync-complete", payload)
                .signed(),
        )
        .unwrap()
        .into_event(),
    ] {
        assert_eq!(serde_json::to_string(&event).unwrap(), expected);
    }
}

#[test]
fn an_unknown_event_serializes_with_its_json_name_and_exact_payload() {
    let payload = r#"{ "amount" : 1.50 , "a":1, "a":2 }"#;
    let urn = "urn:com:moneyhub:events:some-nudge";
    let webhook = parse_token(&token().event(urn, payload).signed()).unwrap();
    let text = serde_json::to_string(webhook.event()).unwrap();
    assert_eq!(
        text,
        format!(r#"{{"eventType":"someNudge","payload":{payload}}}"#)
    );

    let Event::Unknown(read) = serde_json::from_str(&text).unwrap() else {
        panic!()
    };
    assert_eq!((read.name(), read.payload()), ("someNudge", payload));
}

#[test]
fn a_stored_unknown_event_becomes_typed_once_it_is_known() {
    // The name and the text, as stored by a version that does not know `refreshReminder`.
    let stored = r#"{"eventType":"refreshReminder","payload":{ "connectionId":"c", "bankName":"b", "periodSinceLastUpdateInDays":27, "later":1 }}"#;
    let Event::RefreshReminder(reminder) = serde_json::from_str(stored).unwrap() else {
        panic!()
    };
    assert_eq!(reminder.period_since_last_update_in_days, Some(27));
}

#[test]
fn a_malformed_payload_deserializes_as_malformed_and_keeps_its_text() {
    let payload = r#"{ "accountId" : 7 }"#;
    let event: Event = serde_json::from_str(&format!(
        r#"{{"eventType":"deletedAccount","payload":{payload}}}"#
    ))
    .unwrap();
    assert_eq!(event, json_event("deletedAccount", payload));
    let Event::Malformed(bad) = &event else {
        panic!()
    };
    assert_eq!(bad.payload(), payload);
    let text = serde_json::to_string(&event).unwrap();
    assert_eq!(
        text,
        format!(r#"{{"eventType":"deletedAccount","payload":{payload}}}"#)
    );
    assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event);
}

#[test]
fn an_event_without_a_name_is_rejected() {
    for text in [
        r#"{"payload":{}}"#,
        r#"{"eventType":7,"payload":{}}"#,
        r#"{"eventType":"a","eventType":"a","payload":{}}"#,
        r#"["deletedAccount",{"accountId":"a"}]"#,
        "null",
    ] {
        assert!(serde_json::from_str::<Event>(text).is_err(), "{text}");
    }
}

#[test]
fn payload_types_deserialize_only_from_complete_objects() {
    let payment: Payment = serde_json::from_value(json!({
        "paymentId": "p",
        "paymentSubmissionId": "s",
        "submittedAt": "2020-09-21T15:41:20.500Z",
        "status": "rejected",
    }))
    .unwrap();
    assert_eq!(payment.payment_id, "p");
    let error = serde_json::from_str::<Payment>(r#"{"status":"x"}"#).unwrap_err();
    assert!(
        error.to_string().contains("missing field `paymentId`"),
        "{error}"
    );

    fn rejects_arrays<T: serde::de::DeserializeOwned>(array: &str) {
        let error = serde_json::from_str::<T>(array).err().unwrap();
        assert!(error.to_string().contains("expected an object"), "{error}");
        let value: serde_json::Value = serde_json::from_str(array).unwrap();
        assert!(serde_json::from_value::<T>(value).is_err());
    }
    rejects_arrays::<Payment>(r#"["p","s","2020-09-21T15:41:20.500Z","x",null,null,null]"#);
    rejects_arrays::<Transactions>("[[]]");
    rejects_arrays::<AccountTransactions>(r#"["a",[]]"#);
    rejects_arrays::<RegularTransactions>("[[]]");
    rejects_arrays::<Balance>(r#"["2020-01-10",50,"GBP"]"#);
    rejects_arrays::<Threshold>(r#"["lt",100]"#);
}

#[test]
fn a_webhook_without_a_user_serializes_without_user_id() {
    let webhook = parse_json(r#"{"id":"w","eventType":"x","userId":null,"payload":[]}"#).unwrap();
    assert_eq!(
        serde_json::to_string(&webhook).unwrap(),
        r#"{"id":"w","eventType":"x","payload":[]}"#
    );
}
