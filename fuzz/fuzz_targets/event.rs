//! Any bytes as a serialized [`Event`]: an event that deserializes survives another round trip.
//!
//! An input that starts with 0xff, which no UTF-8 text contains, is two identities instead. Each has an issuer, a
//! client id and a webhook id, all separated by 0xff. An empty issuer and client id stand for plain JSON. Two webhooks
//! have the same replay key exactly if they have the same identity.
#![no_main]

mod common;
mod signer;

use std::sync::LazyLock;
use std::time::Duration;

use moneyhub_webhooks::{Event, KeySet, Receiver, ReplayKey};
use serde_json::json;

static KEYS: LazyLock<KeySet> = LazyLock::new(|| KeySet::from_jwks(common::JWKS).unwrap());

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    match input.strip_prefix(b"\xff") {
        Some(identities) => replay_keys(identities),
        None => round_trip(input),
    }
});

fn round_trip(bytes: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Event>(bytes) else {
        return;
    };
    let text = serde_json::to_string(&event).unwrap();
    let again: Event = serde_json::from_str(&text).unwrap();
    assert_eq!(again, event);
    assert_eq!(again.name(), event.name());
    assert_eq!(serde_json::to_string(&again).unwrap(), text);
    match &event {
        Event::Unknown(unknown) => assert!(text.ends_with(&format!("{}}}", unknown.payload()))),
        Event::Malformed(malformed) => {
            assert!(text.ends_with(&format!("{}}}", malformed.payload())))
        }
        _ => assert!(event.event_type().is_some()),
    }

    // The same event in the body of a webhook.
    let body = format!(r#"{{"id":"1",{}"#, text.strip_prefix('{').unwrap());
    let webhook = Receiver::unsigned_json()
        .max_body(usize::MAX)
        .parse_at(body.as_bytes(), common::now());
    assert_eq!(webhook.unwrap().event(), &event);
}

#[derive(PartialEq)]
struct Identity<'a> {
    issuer: &'a str,
    client_id: &'a str,
    id: &'a str,
}

impl<'a> Identity<'a> {
    /// Returns `None` if no webhook can have this identity.
    fn next(parts: &mut impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        let mut part = || str::from_utf8(parts.next()?).ok();
        let identity = Self {
            issuer: part()?,
            client_id: part()?,
            id: part()?,
        };
        let in_full = identity.issuer.is_empty() == identity.client_id.is_empty();
        (in_full && !identity.id.is_empty()).then_some(identity)
    }

    fn is_signed(&self) -> bool {
        !self.issuer.is_empty()
    }

    /// The replay key of a webhook with this identity, user and age.
    fn key(&self, user: &str, age: u16) -> ReplayKey {
        let receiver = if self.is_signed() {
            Receiver::signed(KEYS.clone(), self.client_id).issuers([self.issuer])
        } else {
            Receiver::unsigned_json()
        };
        let body = if self.is_signed() {
            let claims = json!({
                "iss": self.issuer, "aud": self.client_id, "jti": self.id, "sub": user,
                "iat": common::now().timestamp() - i64::from(age), "events": {"urn:x": {}},
            });
            signer::sign(
                &json!({"alg": "RS256", "kid": signer::KEY_ID}).to_string(),
                &claims.to_string(),
            )
        } else {
            json!({"id": self.id, "userId": user, "eventType": age.to_string(), "payload": age})
                .to_string()
        };
        let receiver = receiver.max_age(Duration::from_secs(u16::MAX.into()));
        receiver
            .parse_at(body.as_bytes(), common::now())
            .unwrap()
            .replay_key()
    }
}

fn replay_keys(identities: &[u8]) {
    let mut parts = identities.split(|byte| *byte == 0xff);
    let Some(one) = Identity::next(&mut parts) else {
        return;
    };
    let Some(other) = Identity::next(&mut parts) else {
        return;
    };
    let key = one.key("u", 0);
    assert_eq!(key.is_signed(), one.is_signed());
    assert_eq!(key.to_string().parse::<ReplayKey>().unwrap(), key);
    // The second webhook differs in user and age, which must not change the key.
    assert_eq!(
        other.key(one.id, identities.len() as u16) == key,
        one == other
    );
}
