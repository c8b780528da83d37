//! `StoredWebhook` survives every format and container unchanged.

use std::collections::BTreeMap;

use moneyhub_webhooks::{Authenticity, Event, EventType, StoredWebhook, Webhook};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{ISSUED_AT, PREFIX, at, json_fixture, parse_json, parse_token, token};

/// What a store must not change: order, numbers, escapes, white space, unknown and duplicate members.
const ODD: &str = r#"{ "zebra":1.10, "amount" : 1e3,"big":123456789012345678901234567890, "text":"\u0041\/\n😀 \ud800", "accountId":"a", "x":1, "x":2 }"#;

fn json(event_type: &str, payload: &str) -> Webhook {
    let body = format!(r#" {{"eventType":"{event_type}","payload": {payload} ,"id":"w"}} "#);
    parse_json(&body).unwrap()
}

fn signed(urn: &str, payload: &str) -> Webhook {
    parse_token(&token().event(&format!("{PREFIX}{urn}"), payload).signed()).unwrap()
}

/// Known, unknown and malformed events, in both formats.
fn webhooks() -> Vec<Webhook> {
    let fixtures = EventType::ALL
        .iter()
        .map(|known| parse_json(&json_fixture(*known)).unwrap());
    fixtures
        .chain([
            json("deletedAccount", ODD),
            json("somethingNew", ODD),
            json("paymentError", ODD),
            json("somethingNew", "[1.0]"),
            signed("deleted-account", ODD),
            signed("something-new", ODD),
            signed("payment-error", ODD),
            signed("payment-error", "7"),
            parse_json(r#"{"id":"w","eventType":"x"}"#).unwrap(),
        ])
        .collect()
}

#[track_caller]
fn assert_same(stored: &StoredWebhook, webhook: &Webhook) {
    assert_eq!(stored.text(), webhook.text());
    assert_eq!(stored.payload(), webhook.payload());
    assert_eq!(stored.id(), webhook.id());
    assert_eq!(stored.user_id(), webhook.user_id());
    assert_eq!(stored.event(), webhook.event());
    assert_eq!(stored.authenticity(), webhook.authenticity());
    assert_eq!(stored.replay_key(), webhook.replay_key());
    assert_eq!(stored.received_at(), at(ISSUED_AT + 7));
}

#[track_caller]
fn assert_survives(store: impl Fn(&StoredWebhook) -> StoredWebhook) {
    for webhook in webhooks() {
        let stored = StoredWebhook::new(webhook.clone(), at(ISSUED_AT + 7));
        assert_same(&stored, &webhook);
        assert_same(&store(&stored), &webhook);
    }
}

#[test]
fn json_text_and_json_values_lose_nothing() {
    assert_survives(|stored| {
        let text = serde_json::to_string(stored).unwrap();
        serde_json::from_str(&text).unwrap()
    });
    assert_survives(|stored| {
        let bytes = serde_json::to_vec_pretty(stored).unwrap();
        serde_json::from_reader(&*bytes).unwrap()
    });
    assert_survives(|stored| {
        serde_json::from_value(serde_json::to_value(stored).unwrap()).unwrap()
    });
}

#[test]
fn a_line_of_a_file_loses_nothing() {
    let path = std::env::temp_dir().join(format!("stored-webhooks-{}", std::process::id()));
    let webhooks = webhooks();
    let lines: Vec<String> = webhooks
        .iter()
        .map(|webhook| StoredWebhook::new(webhook.clone(), at(ISSUED_AT + 7)))
        .map(|stored| serde_json::to_string(&stored).unwrap())
        .collect();
    std::fs::write(&path, lines.join("\n")).unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(text.lines().count(), webhooks.len());
    for (line, webhook) in text.lines().zip(&webhooks) {
        assert_same(&serde_json::from_str(line).unwrap(), webhook);
    }
}

#[test]
fn a_binary_format_loses_nothing() {
    assert_survives(|stored| {
        let bytes = postcard::to_allocvec(stored).unwrap();
        postcard::from_bytes(&bytes).unwrap()
    });
}

#[test]
fn containers_that_buffer_their_values_lose_nothing() {
    #[derive(Serialize, Deserialize)]
    struct Row {
        number: u64,
        #[serde(flatten)]
        webhook: StoredWebhook,
    }
    #[derive(Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Internally {
        Webhook(StoredWebhook),
    }
    #[derive(Serialize, Deserialize)]
    #[serde(tag = "kind", content = "content")]
    enum Adjacently {
        Webhook(StoredWebhook),
    }
    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    #[expect(clippy::large_enum_variant, reason = "only for this test")]
    enum Untagged {
        Number(u64),
        Webhook(StoredWebhook),
    }
    fn through<T: Serialize + DeserializeOwned>(container: &T) -> T {
        let text = serde_json::to_string(container).unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        serde_json::from_value(value).unwrap()
    }

    assert_survives(|stored| {
        through(&Row {
            number: 7,
            webhook: stored.clone(),
        })
        .webhook
    });
    assert_survives(|stored| {
        let Internally::Webhook(stored) = through(&Internally::Webhook(stored.clone()));
        stored
    });
    assert_survives(|stored| {
        let Adjacently::Webhook(stored) = through(&Adjacently::Webhook(stored.clone()));
        stored
    });
    assert_survives(|stored| match through(&Untagged::Webhook(stored.clone())) {
        Untagged::Webhook(stored) => stored,
        Untagged::Number(_) => panic!(),
    });
    assert_survives(|stored| {
        let mut map = through(&BTreeMap::from([(
            "webhook".to_owned(),
            Some(stored.clone()),
        )]));
        map.remove("webhook").flatten().unwrap()
    });
}

#[test]
fn a_stored_webhook_serializes_as_text_authenticity_and_time() {
    let time = "2025-01-01T00:00:07Z";
    let body = r#"{"id":"w","eventType":"x","payload":[]}"#;
    let unsigned = StoredWebhook::new(parse_json(body).unwrap(), at(ISSUED_AT + 7));
    let form = json!({"text": body, "authenticity": "unsigned", "received_at": time});
    assert_eq!(serde_json::to_value(&unsigned).unwrap(), form);

    let webhook = parse_token(&token().signed()).unwrap();
    let Authenticity::Signed {
        issuer,
        client_id,
        key_id,
        ..
    } = webhook.authenticity().clone()
    else {
        panic!()
    };
    let signed = StoredWebhook::new(webhook, at(ISSUED_AT + 7));
    let authenticity = json!({"signed": {
        "issuer": issuer, "client_id": client_id, "key_id": key_id, "issued_at": "2025-01-01T00:00:00Z",
    }});
    let form =
        json!({"text": token().claims_text(), "authenticity": authenticity, "received_at": time});
    assert_eq!(serde_json::to_value(&signed).unwrap(), form);
}

#[test]
fn an_event_that_was_unknown_when_it_was_stored_becomes_typed() {
    let text =
        r#"{"id":"w","eventType":"refreshReminder","payload":{"connectionId":"c","bankName":"b"}}"#;
    let form =
        json!({"text": text, "authenticity": "unsigned", "received_at": "2025-01-01T00:00:00Z"});
    let stored: StoredWebhook = serde_json::from_value(form).unwrap();
    assert!(matches!(stored.event(), Event::RefreshReminder(_)));
}

#[test]
fn stored_text_that_no_receiver_accepts_is_rejected() {
    let signed = json!({"signed": {
        "issuer": "i", "client_id": "c", "key_id": "k", "issued_at": "2025-01-01T00:00:00Z",
    }});
    let envelope = r#"{"id":"w","eventType":"x","payload":[]}"#;
    for (text, authenticity) in [
        ("", json!("unsigned")),
        (r#"{"id":"w"}"#, json!("unsigned")),
        (envelope, signed.clone()),
        (r#"{"jti":"w","events":{}}"#, signed),
        (envelope, json!("trusted")),
    ] {
        let form = json!({"text": text, "authenticity": authenticity, "received_at": "2025-01-01T00:00:00Z"});
        assert!(
            serde_json::from_value::<StoredWebhook>(form).is_err(),
            "{text}"
        );
    }
}
