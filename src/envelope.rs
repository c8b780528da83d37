//! The two wire shapes become one [`Envelope`]: plain JSON `{id, eventType, userId, payload}` here whole, and
//! a token's `events` ([`SignedEvent`]) whose other parts are claims.
//!
//! A payload is decoded straight from the body where its type is known by then. If anything fails on that
//! way, the body is read again with the payload kept raw: that reading alone says what is wrong.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventName, PayloadOf};
use crate::ids::{UserId, WebhookId};
use crate::json::{Text, is_object};

/// What a webhook carries, in either shape.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) id: WebhookId,
    pub(crate) user_id: Option<UserId>,
    pub(crate) event: Event,
}

impl Envelope {
    /// Reads Moneyhub's JSON envelope. Members may come in any order; those that are not its own are ignored.
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        serde_json::from_str::<JsonEnvelope<DIRECT>>(text)
            .map(|JsonEnvelope(envelope)| envelope)
            .or_else(|_| {
                serde_json::from_str::<JsonEnvelope<RAW>>(text).map(|JsonEnvelope(envelope)| envelope)
            })
            .map_err(|error| Error::json(ErrorKind::Body, &error))
    }
}

/// The payload is decoded in passing.
pub(crate) const DIRECT: bool = true;
/// The payload is kept raw first.
pub(crate) const RAW: bool = false;

struct JsonEnvelope<const WAY: bool>(Envelope);

/// A payload, before or after it became an event.
enum Payload<'a> {
    Decoded(Event),
    Raw(&'a RawValue),
}

impl<'de, const WAY: bool> Deserialize<'de> for JsonEnvelope<WAY> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EnvelopeVisitor<const WAY: bool>;

        impl<'de, const WAY: bool> Visitor<'de> for EnvelopeVisitor<WAY> {
            type Value = JsonEnvelope<WAY>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
                let mut id = None;
                let mut user_id = None;
                let mut name = None;
                let mut payload = None;
                while let Some(member) = members.next_key::<Text<'de>>()? {
                    match &*member {
                        "id" => once(&mut id, "id", members.next_value()?)?,
                        // The schema's table prints `userid`.
                        "userId" | "userid" => once(&mut user_id, "userId", members.next_value()?)?,
                        "eventType" => {
                            let event_type = members.next_value::<Text<'de>>()?;
                            once(&mut name, "eventType", EventName::from_json(&event_type))?;
                        }
                        "payload" => {
                            let value = match name {
                                Some(EventName::Known(event_type)) if WAY == DIRECT => {
                                    Payload::Decoded(members.next_value_seed(PayloadOf(event_type))?)
                                }
                                _ => Payload::Raw(members.next_value()?),
                            };
                            once(&mut payload, "payload", value)?;
                        }
                        _ => {
                            members.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                let id: WebhookId = id.ok_or_else(|| A::Error::missing_field("id"))?;
                if id == "" {
                    return Err(A::Error::invalid_value(Unexpected::Other("empty string"), &"an `id`"));
                }
                let name = name.ok_or_else(|| A::Error::missing_field("eventType"))?;
                let event = match payload.ok_or_else(|| A::Error::missing_field("payload"))? {
                    Payload::Decoded(event) => event,
                    Payload::Raw(payload) => Event::new(name, payload),
                };
                Ok(JsonEnvelope(Envelope { id, user_id: user_id.flatten(), event }))
            }
        }

        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

fn once<T, E: serde::de::Error>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::duplicate_field(name)),
    }
}

/// The claim `events`: one URN with the payload, as RFC 8417, section 2.2, lays it out; Moneyhub puts exactly
/// one event in a token.
pub(crate) struct SignedEvent<const WAY: bool>(pub(crate) Event);

/// A logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4) is signed by the same keys for the
/// same audience, and is no webhook.
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl<'de, const WAY: bool> Deserialize<'de> for SignedEvent<WAY> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EventsVisitor<const WAY: bool>;

        impl<'de, const WAY: bool> Visitor<'de> for EventsVisitor<WAY> {
            type Value = SignedEvent<WAY>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut events: A) -> Result<Self::Value, A::Error> {
                let unexpected = |expected| A::Error::invalid_value(Unexpected::Other("events"), &expected);

                let Some(urn) = events.next_key::<Text<'de>>()? else {
                    return Err(unexpected("exactly one event"));
                };
                if &*urn == LOGOUT {
                    return Err(unexpected("an event other than a logout"));
                }
                let event = match EventName::from_urn(&urn) {
                    EventName::Known(event_type) if WAY == DIRECT => {
                        events.next_value_seed(PayloadOf(event_type))?
                    }
                    name => {
                        let payload = events.next_value::<&RawValue>()?;
                        if !is_object(payload) {
                            return Err(unexpected("the event to be an object"));
                        }
                        Event::new(name, payload)
                    }
                };
                if events.next_key::<IgnoredAny>()?.is_some() {
                    return Err(unexpected("exactly one event"));
                }
                Ok(SignedEvent(event))
            }
        }

        deserializer.deserialize_map(EventsVisitor)
    }
}
