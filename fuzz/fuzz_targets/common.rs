//! What the targets share: the receivers, and what must hold of every answer.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Error, Event, KeySet, Receiver, Webhook};

pub const JWKS: &[u8] = include_bytes!("../../fixtures/keys/jwks.json");
pub const CLIENT_ID: &str = "d9dc9d5e-d190-438c-b658-a4be3779100d";

/// One receiver of each policy.
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

/// Whatever the bytes: an error is fit to be logged and answered, and a webhook can be handed on unchanged.
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

    let body = serde_json::to_vec(&webhook).unwrap();
    let again = Receiver::unsigned_json().max_body(usize::MAX).parse_at(&body, now()).unwrap();
    assert_eq!(again.id(), webhook.id());
    assert_eq!(again.user_id(), webhook.user_id());
    let (event, again) = (webhook.event(), again.event());
    assert_eq!(event.name(), again.name());
    if let (Event::Unknown(one), Event::Unknown(other)) = (event, again) {
        // The name in a token may be a URN, which JSON does not carry.
        assert_eq!(one.payload(), other.payload());
    } else if event.event_type().is_some() {
        assert_eq!(event, again);
    }
}
