//! [`Delivery`]: one webhook of the test issuer.
//!
//! Its state is the members of the header and the claims, in the order of Moneyhub's sample. Each adjustment sets one
//! of them.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::{TestIssuer, key};
use crate::event::{Event, EventName, EventType, Payload, URN_PREFIX};
use crate::id::{UserId, WebhookId};
use crate::keys::ALGORITHM;
use crate::tools::base64url;

/// The user of Moneyhub's examples.
const USER_ID: &str = "5c79210bbac25ecb5e71ac40";

/// A webhook to adjust before it is sent, created by [`TestIssuer::delivery`](super::TestIssuer::delivery).
///
/// Get its body as a signed [`token`](Self::token), as plain [`json`](Self::json), or with a [fault](Self::faulty).
///
/// The defaults are acceptable to [`TestIssuer::receiver`](super::TestIssuer::receiver): the id is new, the user is the
/// one of Moneyhub's examples, and the token is issued at the time of the issuer.
///
/// # Examples
///
/// ```
/// use moneyhub_webhooks::EventType;
/// use moneyhub_webhooks::testing::{TestIssuer, samples};
///
/// let moneyhub = TestIssuer::new();
/// let body = moneyhub.delivery(&samples::of(EventType::DeletedAccount)).id("1").user_id("ada").claim("extra", [1, 2]).token();
/// let webhook = moneyhub.receiver().parse(body.as_bytes())?;
/// assert!(*webhook.id() == "1" && *webhook.user_id().unwrap() == "ada");
/// # Ok::<(), moneyhub_webhooks::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Delivery {
    event_name: String,
    payload: Box<RawValue>,
    pub(super) header: Members,
    pub(super) claims: Members,
    /// The issuer's time, whatever `iat` says.
    pub(super) time: DateTime<Utc>,
}

impl Delivery {
    pub(super) fn new(issuer: &TestIssuer, event: &Event, id: String, time: DateTime<Utc>) -> Self {
        let payload = to_raw_value(&Payload(event)).expect("payloads are JSON");
        let mut events = Members::default();
        events.set(&urn_of(event), &payload);
        let (header, claims) = Default::default();
        Self {
            event_name: event.name().to_owned(),
            payload,
            header,
            claims,
            time,
        }
        .key_id(issuer.key_id())
        .header("alg", ALGORITHM)
        .issuer(issuer.issuer())
        .audience(issuer.client_id())
        .id(id)
        .user_id(USER_ID)
        .claim("events", events)
        .issued_at(time)
    }

    /// Sets the id: `jti` in a token, `id` in plain JSON.
    #[must_use]
    pub fn id(self, id: impl Into<WebhookId>) -> Self {
        self.claim("jti", id.into())
    }

    /// Sets the user: `sub` in a token, `userId` in plain JSON.
    #[must_use]
    pub fn user_id(self, user_id: impl Into<UserId>) -> Self {
        self.claim("sub", user_id.into())
    }

    /// Removes the user.
    #[must_use]
    pub fn without_user_id(self) -> Self {
        self.without_claim("sub")
    }

    /// Sets the time at which the token was issued, in whole seconds: `iat`.
    #[must_use]
    pub fn issued_at(self, time: DateTime<Utc>) -> Self {
        self.claim("iat", time.timestamp())
    }

    /// Sets the issuer of the token: `iss`.
    #[must_use]
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.claim("iss", issuer.into())
    }

    /// Sets the audience of the token: `aud`. For a list of audiences use [`claim`](Self::claim).
    #[must_use]
    pub fn audience(self, audience: impl Into<String>) -> Self {
        self.claim("aud", audience.into())
    }

    /// Sets the key id that the token names: `kid`. The signing key stays the same.
    #[must_use]
    pub fn key_id(self, key_id: impl Into<String>) -> Self {
        self.header("kid", key_id.into())
    }

    /// Sets a claim of the token to any value that serializes as JSON.
    ///
    /// # Panics
    ///
    /// Panics if the value does not serialize as JSON.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Serialize) -> Self {
        self.claims.set(name, &value);
        self
    }

    /// Removes a claim of the token.
    #[must_use]
    pub fn without_claim(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets a member of the token's header to any value that serializes as JSON.
    ///
    /// # Panics
    ///
    /// Panics if the value does not serialize as JSON.
    #[must_use]
    pub fn header(mut self, name: &str, value: impl Serialize) -> Self {
        self.header.set(name, &value);
        self
    }

    /// Removes a member of the token's header.
    #[must_use]
    pub fn without_header(mut self, name: &str) -> Self {
        self.header.remove(name);
        self
    }

    /// Returns the body as a signed token, in the compact serialization of RFC 7515, section 7.1.
    ///
    /// It is signed with RS256 and the bundled key, whatever the header says.
    #[must_use]
    pub fn token(&self) -> String {
        let signing_input = self.signing_input();
        let signature = key::sign(&signing_input);
        format!("{signing_input}.{signature}")
    }

    /// Returns the part of the token that is signed.
    pub(super) fn signing_input(&self) -> String {
        let [header, claims] =
            [&self.header, &self.claims].map(|part| base64url::encode(part.to_json().as_bytes()));
        format!("{header}.{claims}")
    }

    /// Returns the body as plain JSON: Moneyhub's envelope of the id, the event and the user.
    #[must_use]
    pub fn json(&self) -> String {
        let mut envelope = Members::default();
        envelope.copy("id", self.claims.get("jti"));
        envelope.set("eventType", &self.event_name);
        envelope.copy("userId", self.claims.get("sub"));
        envelope.set("payload", &self.payload);
        envelope.to_json()
    }
}

/// Returns the URN of an event in a token. The URN of an unknown event from JSON is one that parses to the same name.
fn urn_of(event: &Event) -> String {
    if let Event::Unknown(unknown) = event {
        let word = unknown.wire_name();
        let urn = format!("{URN_PREFIX}{}", kebab_case(word));
        return match EventName::from_urn(&urn) {
            EventName::Unknown { name, .. } if name == word && !word.starts_with("urn:") => urn,
            _ => word.to_owned(),
        };
    }
    event
        .event_type()
        .map(EventType::urn)
        .unwrap_or_default()
        .to_owned()
}

/// Converts `somethingNew` to `something-new`.
fn kebab_case(camel: &str) -> String {
    let mut kebab = String::new();
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            kebab.push('-');
        }
        kebab.push(letter.to_ascii_lowercase());
    }
    kebab
}

/// The members of a JSON object, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Members(Vec<(String, Box<RawValue>)>);

impl Members {
    fn set(&mut self, name: &str, value: &(impl Serialize + ?Sized)) {
        let value = to_raw_value(value).expect("the value is JSON");
        match self.0.iter_mut().find(|(member, _)| member == name) {
            Some((_, place)) => *place = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    fn copy(&mut self, name: &str, value: Option<&RawValue>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    fn remove(&mut self, name: &str) {
        self.0.retain(|(member, _)| member != name);
    }

    pub(super) fn get(&self, name: &str) -> Option<&RawValue> {
        self.0
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| &**value)
    }

    fn to_json(&self) -> String {
        serde_json::to_string(self).expect("members are JSON")
    }
}

impl Serialize for Members {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
