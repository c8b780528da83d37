//! [`Webhook`]: what a [`Receiver`] accepted, and [`Authenticity`]: whether Moneyhub is known to have sent it.

mod receiver;

pub use receiver::Receiver;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer};

use crate::envelope::Envelope;
use crate::event::{Event, Payload};
use crate::ids::{UserId, WebhookId};
use crate::replay::ReplayKey;

/// A webhook that a [`Receiver`] accepted.
///
/// Only a receiver creates a `Webhook`: there is no public constructor, and it does not implement `Deserialize`.
///
/// It serialises as Moneyhub's JSON envelope, `{"id", "eventType", "userId", "payload"}`, so a signed delivery can be
/// forwarded in the documented JSON form. The payload of a known event contains the fields that this crate knows; the
/// payload of any other event is the sender's text. The envelope does not record the authenticity: never feed it back
/// to a receiver that others can reach.
///
/// `Debug` shows the ids, the name of the event and the authenticity, but nothing of the payload.
///
/// # Examples
///
/// A function that acts on an event takes a `Webhook`:
///
/// ```
/// use moneyhub_webhooks::{Receiver, Webhook};
///
/// fn act(webhook: Webhook) {}
/// act(Receiver::unsigned_json().parse(br#"{"id":"1","eventType":"x","payload":{}}"#)?);
/// # Ok::<(), moneyhub_webhooks::Error>(())
/// ```
///
/// There is no way to create one without a receiver:
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
    /// Returns the id of the webhook.
    ///
    /// Moneyhub does not promise to deliver a webhook only once. Deduplicate by the [`replay_key`](Self::replay_key),
    /// which combines this id with the authenticity.
    #[must_use]
    pub fn id(&self) -> &WebhookId {
        &self.envelope.id
    }

    /// Returns the key that every delivery of this webhook shares and that no other sender's webhook has: plain JSON
    /// with the id of a signed webhook has a different key.
    ///
    /// Use it with a [`ReplayGuard`](crate::ReplayGuard), or as the primary key of a database table.
    #[must_use]
    pub fn replay_key(&self) -> ReplayKey {
        ReplayKey::new(&self.authenticity, self.id())
    }

    /// Returns the id of the user that the webhook is about, if it names one.
    #[must_use]
    pub fn user_id(&self) -> Option<&UserId> {
        self.envelope.user_id.as_ref()
    }

    /// Returns the event: what has happened.
    #[must_use]
    pub fn event(&self) -> &Event {
        &self.envelope.event
    }

    /// Returns whether Moneyhub is known to have sent the webhook.
    #[must_use]
    pub fn authenticity(&self) -> &Authenticity {
        &self.authenticity
    }

    /// Returns the event, and discards the rest.
    #[must_use]
    pub fn into_event(self) -> Event {
        self.envelope.event
    }

    /// Returns the id, the user id, the event and the authenticity.
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
    /// The webhook came as a token that met every requirement of the receiver: Moneyhub sent it, to this client, and no
    /// longer ago than the maximum age.
    #[non_exhaustive]
    Signed {
        /// The issuer: one of those that the receiver accepts.
        issuer: String,
        /// The receiver's client id, which the token's audience contains.
        client_id: String,
        /// The id of the key that verified the signature.
        key_id: String,
        /// When the token was issued.
        issued_at: DateTime<Utc>,
    },
    /// The webhook came as plain JSON. Anyone may have sent it.
    Unsigned,
}

impl Authenticity {
    /// Returns `true` if the webhook was [`Signed`](Self::Signed).
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::Signed { .. })
    }
}
