//! [`Webhook`]: what a receiver accepted. [`StoredWebhook`]: the same, written to a queue or a table and read again.

mod stored;

pub use stored::StoredWebhook;

use std::fmt;
use std::ops::Range;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::authenticity::Authenticity;
use crate::envelope::Envelope;
use crate::id::{UserId, WebhookId};
use crate::replay::ReplayKey;

/// A webhook that a [`Receiver`](crate::Receiver) accepted.
///
/// Only a receiver creates a `Webhook`: there is no public constructor, and it does not implement `Deserialize`. To put
/// one into a queue or a table, make it a [`StoredWebhook`].
///
/// Its [`event`](Self::event) is a typed view of the [`payload`](Self::payload), which is kept exactly as it was sent:
/// [`decode`](Self::decode) reads a field from it that this version of the crate does not know.
///
/// It serializes as Moneyhub's JSON envelope, `{"id", "eventType", "userId", "payload"}`, with the exact text of the
/// payload, so a signed delivery can be forwarded in the documented JSON form. Write it as JSON text, with serde_json.
/// The envelope does not record the authenticity: never feed it back to a receiver that others can reach.
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
/// let Webhook { contents, .. } = webhook;
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook {
    contents: Contents,
}

/// What a webhook and a stored one have in common.
#[derive(Clone, PartialEq, Eq)]
struct Contents {
    /// The JSON that was accepted.
    text: String,
    envelope: Envelope,
    authenticity: Authenticity,
}

/// Implements the accessors of a type with a field `contents`.
macro_rules! accessors {
    ($type:ident) => {
        impl $type {
            /// Returns the id of the webhook.
            ///
            /// Moneyhub does not promise to deliver a webhook only once. Deduplicate by the
            /// [`replay_key`](Self::replay_key), which combines this id with the authenticity.
            #[must_use]
            pub fn id(&self) -> &crate::id::WebhookId {
                &self.contents.envelope.id
            }

            /// Returns the id of the user that the webhook is about, if it names one.
            #[must_use]
            pub fn user_id(&self) -> Option<&crate::id::UserId> {
                self.contents.envelope.user_id.as_ref()
            }

            /// Returns the event: what has happened.
            #[must_use]
            pub fn event(&self) -> &crate::event::Event {
                &self.contents.envelope.event
            }

            /// Returns whether Moneyhub is known to have sent the webhook.
            #[must_use]
            pub fn authenticity(&self) -> &crate::authenticity::Authenticity {
                &self.contents.authenticity
            }

            /// Returns the key that every delivery of this webhook shares. Of a signed webhook no other sender's has
            /// it: plain JSON with its id has a different key.
            ///
            /// Use it with a [`MemoryReplayGuard`](crate::MemoryReplayGuard), or as the primary key of a database table.
            #[must_use]
            pub fn replay_key(&self) -> crate::replay::ReplayKey {
                self.contents.replay_key()
            }

            /// Returns the payload exactly as it was sent: any JSON value, and an object or null unless the event is
            /// unknown or malformed.
            ///
            /// It is `null` if the envelope has no payload.
            #[must_use]
            pub fn payload(&self) -> &str {
                self.contents.payload()
            }

            /// Returns the JSON that was accepted, exactly as it was sent: the envelope, or the claims of the token.
            #[must_use]
            pub fn text(&self) -> &str {
                &self.contents.text
            }

            /// Decodes the [`payload`](Self::payload) as another type: one of your own for a field or an event that this
            /// version of the crate does not know, or a payload type of the crate.
            ///
            /// # Errors
            ///
            /// Returns [`DecodeError`](crate::event::DecodeError) if the payload does not match `T`.
            ///
            /// # Examples
            ///
            /// ```
            /// use moneyhub_webhooks::{Receiver, Webhook};
            /// use serde::Deserialize;
            ///
            /// #[derive(Deserialize)]
            /// #[serde(rename_all = "camelCase")]
            /// struct FailureReason {
            ///     failure_reason: String,
            /// }
            ///
            /// let body = br#"{"id":"1","eventType":"paymentError",
            ///     "payload":{"paymentId":"p","status":"rejected","failureReason":"no funds"}}"#;
            /// let webhook = Receiver::unsigned_json().parse(body)?;
            /// assert_eq!(webhook.decode::<FailureReason>()?.failure_reason, "no funds");
            /// # Ok::<(), Box<dyn std::error::Error>>(())
            /// ```
            pub fn decode<'a, T: serde::Deserialize<'a>>(
                &'a self,
            ) -> Result<T, crate::event::DecodeError> {
                crate::event::decode(self.payload())
            }

            /// Returns the event, and discards the rest.
            #[must_use]
            pub fn into_event(self) -> crate::event::Event {
                self.contents.envelope.event
            }

            /// Returns the id, the user id, the event and the authenticity.
            #[must_use]
            pub fn into_parts(
                self,
            ) -> (
                crate::id::WebhookId,
                Option<crate::id::UserId>,
                crate::event::Event,
                crate::authenticity::Authenticity,
            ) {
                let crate::webhook::Contents {
                    envelope:
                        crate::envelope::Envelope {
                            id, user_id, event, ..
                        },
                    authenticity,
                    ..
                } = self.contents;
                (id, user_id, event, authenticity)
            }
        }
    };
}
use accessors;

accessors!(Webhook);

impl Webhook {
    pub(crate) fn new(text: String, envelope: Envelope, authenticity: Authenticity) -> Self {
        Self {
            contents: Contents {
                text,
                envelope,
                authenticity,
            },
        }
    }

    /// Returns what the webhook says besides its envelope.
    #[cfg(any(feature = "metrics", feature = "tracing"))]
    pub(crate) fn passed_over(&self) -> crate::envelope::PassedOver {
        self.contents.envelope.passed_over
    }
}

impl Contents {
    fn payload(&self) -> &str {
        let place: Option<Range<usize>> = self.envelope.payload.clone();
        place
            .and_then(|place| self.text.get(place))
            .unwrap_or("null")
    }

    fn replay_key(&self) -> ReplayKey {
        let id = self.envelope.id.as_str();
        match &self.authenticity {
            Authenticity::Signed {
                issuer, client_id, ..
            } => ReplayKey::signed(issuer, client_id, id),
            Authenticity::Unsigned => ReplayKey::unsigned(id),
        }
    }

    fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("id", &self.envelope.id)
            .field("user_id", &self.envelope.user_id)
            .field("event", &self.envelope.event.name())
            .field("authenticity", &self.authenticity)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.contents.debug("Webhook", f)
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
            payload: &'a RawValue,
        }

        let payload = serde_json::from_str(self.payload()).map_err(serde::ser::Error::custom)?;
        let event_type = self.event().name();
        Wire {
            id: self.id(),
            event_type,
            user_id: self.user_id(),
            payload,
        }
        .serialize(serializer)
    }
}
