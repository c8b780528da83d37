//! A `StoredWebhook` in each type of column that can hold it.

use moneyhub_webhooks::{Receiver, StoredWebhook, Webhook};

use super::{bench, clock, delivery, issuer};

/// A payload that a database might change: the order of members, numbers, escapes, white space, duplicates.
const ODD: &str = r#"{ "z":1.10, "a" : 1e3, "big":123456789012345678901234567890, "text":"\u0000\u0041\/ 😀 \ud800", "x":1, "x":2 }"#;

fn webhooks() -> Vec<Webhook> {
    let json = Receiver::unsigned_json();
    let token = delivery("signed").token();
    let mut webhooks = vec![
        issuer()
            .receiver()
            .parse_at(token.as_bytes(), clock())
            .unwrap(),
    ];
    for event_type in ["deletedAccount", "paymentError", "somethingNew"] {
        let body = format!(r#" {{"eventType":"{event_type}","payload": {ODD} ,"id":"w\u0000"}} "#);
        webhooks.push(json.parse_at(body.as_bytes(), clock()).unwrap());
    }
    webhooks
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_webhook_survives_columns_of_text_json_and_jsonb() {
    let Some(bench) = bench().await else { return };
    for webhook in webhooks() {
        let stored = StoredWebhook::new(webhook.clone(), clock());
        let text = serde_json::to_string(&stored).unwrap();
        for column in ["text", "json", "jsonb"] {
            let select = format!("SELECT ($1::text::{column})::text");
            let row = bench.client.query_one(&select, &[&text]).await.unwrap();
            let read: StoredWebhook = serde_json::from_str(row.get(0)).unwrap();
            assert_eq!(read, stored, "{column}");
            assert_eq!(read.payload(), webhook.payload());
        }
    }
}
