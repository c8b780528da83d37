//! [`Webhook`]: what a [`Receiver`] accepted, and how sure it is of the sender.

mod receiver;

pub use receiver::Receiver;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::envelope::Envelope;
use crate::event::{Event, Payload};
use crate::ids::{UserId, WebhookId};
use crate::replay::ReplayKey;

/// A webhook that a [`Receiver`] accepted. There is no other way to have one: it can't be made by hand, and
/// nothing deserialises into it.
///
/// It serialises as Moneyhub's JSON envelope, `{"id", "eventType", "userId", "payload"}`, so that a signed
/// delivery can be handed on in the documented JSON form: the fields this crate knows of a known event, the
/// sender's text of any other. That form says nothing of its authenticity: never feed it back to a receiver
/// that is open to others.
///
/// `Debug` shows ids, the name of the event and the authenticity, and none of the payload.
///
/// It is what functions ask for that act on an event:
///
/// ```
/// use moneyhub_webhooks::{Receiver, Webhook};
///
/// fn act(webhook: Webhook) {}
/// act(Receiver::unsigned_json().parse(br#"{"id":"1","eventType":"x","payload":{}}"#)?);
/// # Ok::<(), moneyhub_webhooks::Error>(())
/// ```
///
/// And there is no way around the receiver:
///
/// ```compile_fail,E0277
/// # use moneyhub_webhooks::Webhook;
/// # fn act(webhook: Webhook) {}
/// act(serde_json::from_str(r#"{"id":"1","eventType":"x","payload":{}}"#).unwrap());
/// ```
///
/// ```compile_fail,E0451
/// # use moneyhub_webhooks::{Receiver, Webhook};
/// # let webhook = Receiver::unsigned_json().parse(br#"{"id":"1","eventType":"x","payload":{}}"#).unwrap();
/// let Webhook { envelope, .. } = webhook;
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    envelope: Envelope,
    authenticity: Authenticity,
}

impl Webhook {
    /// The id of the webhook. Deliveries are not promised to be without duplicates: drop them by the
    /// [`replay_key`](Self::replay_key), which is made of it and of the authenticity.
    #[must_use]
    pub fn id(&self) -> &WebhookId {
        &self.envelope.id
    }

    /// What copies of this webhook have in common, and nobody else's webhook has: for a
    /// [`ReplayGuard`](crate::ReplayGuard) or a table.
    #[must_use]
    pub fn replay_key(&self) -> ReplayKey {
        ReplayKey::new(&self.authenticity, self.id())
    }

    /// The user whose data it is about, if it names one.
    #[must_use]
    pub fn user_id(&self) -> Option<&UserId> {
        self.envelope.user_id.as_ref()
    }

    /// What has happened.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.envelope.event
    }

    /// Whether Moneyhub is known to have sent it.
    #[must_use]
    pub fn authenticity(&self) -> &Authenticity {
        &self.authenticity
    }

    /// The event, owned.
    #[must_use]
    pub fn into_event(self) -> Event {
        self.envelope.event
    }

    /// All parts, owned.
    #[must_use]
    pub fn into_parts(self) -> (WebhookId, Option<UserId>, Event, Authenticity) {
        let Envelope { id, user_id, event } = self.envelope;
        (id, user_id, event, self.authenticity)
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("id", self.id())
            .field("user_id", &self.user_id())
            .field("event", &self.event().name())
            .field("authenticity", &self.authenticity)
            .finish()
    }
}

impl Serialize for Webhook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Wire<'a> {
            id: &'a WebhookId,
            event_type: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            user_id: Option<&'a UserId>,
            payload: Payload<'a>,
        }

        let event = self.event();
        Wire { id: self.id(), event_type: event.name(), user_id: self.user_id(), payload: Payload(event) }
            .serialize(serializer)
    }
}

/// Whether Moneyhub is known to have sent a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authenticity {
    /// It came as a token that met every requirement of the receiver: Moneyhub sent it, to this client, not
    /// longer ago than the maximum age.
    #[non_exhaustive]
    Signed {
        /// The issuer, one of the receiver's.
        issuer: String,
        /// The receiver's client id, which the audience named.
        client_id: String,
        /// The id of the key that verified the signature.
        key_id: String,
        /// When the token was issued.
        issued_at: DateTime<Utc>,
    },
    /// It came as plain JSON: anyone may have sent it.
    Unsigned,
}

impl Authenticity {
    /// Whether it is [`Signed`](Self::Signed).
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::Signed { .. })
    }
}
