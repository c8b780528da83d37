//! Shared by the targets: the receivers, and the checks of every result.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Error, Event, KeySet, Receiver, StoredWebhook, Webhook};

pub const JWKS: &[u8] = include_bytes!("../../fixtures/keys/jwks.json");
pub const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";

/// One receiver for each policy.
pub static RECEIVERS: LazyLock<[Receiver; 3]> = LazyLock::new(|| {
    let keys = || KeySet::from_jwks(JWKS).unwrap();
    [
        Receiver::unsigned_json(),
        Receiver::signed(keys(), CLIENT_ID),
        Receiver::signed(keys(), CLIENT_ID).and_unsigned_json(),
    ]
});

/// The time at which the fixtures were signed.
pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_735_689_600, 0).unwrap()
}

/// Checks a result: an error has a proper message and status, and a webhook can be forwarded and stored unchanged.
pub fn check(result: Result<Webhook, Error>) {
    let webhook = match result {
        Ok(webhook) => webhook,
        Err(error) => {
            let message = error.to_string();
            assert!(message.starts_with(&error.kind().to_string()));
            assert!(!message.contains(char::is_control));
            assert!((400..=503).contains(&error.http_status()));
            return;
        }
    };
    let _ = format!("{webhook:?} {:?}", webhook.event());

    // The payload is a slice of the text, and decodes to the same event.
    let payload = webhook.payload();
    let text = webhook.text().as_bytes().as_ptr_range();
    assert!(payload == "null" || text.contains(&payload.as_ptr()));
    let name = serde_json::to_string(webhook.event().name()).unwrap();
    let tagged = format!(r#"{{"eventType":{name},"payload":{payload}}}"#);
    assert!(same(
        webhook.event(),
        &serde_json::from_str(&tagged).unwrap()
    ));

    // A stored webhook loses nothing.
    let stored = StoredWebhook::new(webhook.clone(), now());
    let again: StoredWebhook =
        serde_json::from_str(&serde_json::to_string(&stored).unwrap()).unwrap();
    assert_eq!(again, stored);

    let body = serde_json::to_vec(&webhook).unwrap();
    let again = Receiver::unsigned_json()
        .max_body(usize::MAX)
        .parse_at(&body, now())
        .unwrap();
    assert_eq!(again.id(), webhook.id());
    assert_eq!(again.user_id(), webhook.user_id());
    assert_eq!(again.payload(), webhook.payload());
    assert!(same(webhook.event(), again.event()));
}

/// Whether two events are the same. An unknown event in a token also has a URN, which JSON does not contain.
fn same(event: &Event, again: &Event) -> bool {
    match (event, again) {
        (Event::Unknown(one), Event::Unknown(other)) => {
            one.name() == other.name() && one.payload() == other.payload()
        }
        _ => event == again,
    }
}
