//! `payload` and `text` return the bytes as sent, for every event and in both formats.

use moneyhub_webhooks::{Event, EventType};

use crate::support::{PREFIX, parse_json, parse_token, token};

/// Payloads of a deleted account with spacing, numbers, escapes and duplicates that a serializer would change.
const PAYLOADS: [&str; 6] = [
    r#"{"accountId":"a"}"#,
    r#"{ "new":1.10, "accountId" : "a" }"#,
    r#"{"new":1e3,"accountId":"\u0061"}"#,
    "{\n\t\"accountId\":\"a\",\r\n\t\"new\":{\"b\":2,\"a\":1}\n}",
    r#"{"accountId":"a","x":1,"x":2,"emoji":"😀 \ud83d\ude00 \ud83d"}"#,
    r#"{"accountId":"a","big":123456789012345678901234567890.000}"#,
];

#[test]
fn the_payload_of_every_event_is_kept_exactly() {
    for payload in PAYLOADS {
        for (event_type, urn) in [
            ("deletedAccount", "deleted-account"),
            ("somethingNew", "something-new"),
            ("paymentError", "payment-error"),
        ] {
            let body = format!(
                " {{ \"payload\" : {payload} ,\"eventType\":\"{event_type}\",\"id\":\"w\"}}\n"
            );
            let json = parse_json(&body).unwrap();
            assert_eq!((json.payload(), json.text()), (payload, &*body));
            let forwarded = serde_json::to_string(&json).unwrap();
            let expected =
                format!(r#"{{"id":"w","eventType":"{event_type}","payload":{payload}}}"#);
            assert_eq!(forwarded, expected);

            let token = token().event(&format!("{PREFIX}{urn}"), payload);
            let signed = parse_token(&token.signed()).unwrap();
            assert_eq!(
                (signed.payload(), signed.text()),
                (payload, &*token.claims_text())
            );
            assert_eq!(signed.event().name(), json.event().name());
            assert!(
                serde_json::to_string(&signed)
                    .unwrap()
                    .ends_with(&format!(r#""payload":{payload}}}"#))
            );
        }
    }
}

#[test]
fn decoding_the_payload_again_gives_the_same_event() {
    for event_type in EventType::ALL {
        let webhook = parse_json(&crate::support::json_fixture(*event_type)).unwrap();
        let again = format!(
            r#"{{"eventType":"{event_type}","payload":{}}}"#,
            webhook.payload()
        );
        assert_eq!(
            serde_json::from_str::<Event>(&again).unwrap(),
            *webhook.event()
        );
    }
}
