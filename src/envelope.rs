//! Parses both wire formats into one [`Envelope`]: plain JSON `{id, eventType, userId, payload}` as a whole, and the
//! `events` claim of a token ([`SignedEvent`]); its id and user are other claims.
//!
//! A body in the usual form is parsed in one pass ([`DIRECT`]). Its payload is decoded in place, as the event that is
//! named before it or, by a guess, after it. If that fails, the body is parsed again in any allowed form, with the
//! payload kept raw ([`RAW`]); errors come from this second pass only. Long lists of ids are taken out beforehand and
//! put back afterwards ([`Outline`]).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventName, EventType, PayloadOf};
use crate::ids::{UserId, WebhookId};
use crate::tools::json::{Outline, Text, is_object, once};

/// The contents of a webhook, in either format.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) id: WebhookId,
    pub(crate) user_id: Option<UserId>,
    pub(crate) event: Event,
}

impl Envelope {
    /// Parses Moneyhub's JSON envelope. Members may be in any order, and unknown members are ignored.
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        if let Some(Outline { text, lists }) = Outline::of(text)
            && let Ok(mut envelope) = Self::read(&text)
            && envelope.event.put_back(&lists).is_some()
        {
            return Ok(envelope);
        }
        Self::read(text).map_err(|error| ErrorKind::Body.because_json(&error))
    }

    fn read(text: &str) -> serde_json::Result<Self> {
        Self::parse::<DIRECT>(text).or_else(|_| Self::parse::<RAW>(text))
    }

    fn parse<const MODE: bool>(text: &str) -> serde_json::Result<Self> {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let envelope = deserializer.deserialize_map(EnvelopeVisitor::<MODE> { text });
        if envelope.is_ok() {
            deserializer.end()?;
        }
        envelope
    }
}

/// Accepts only the usual form, and decodes the payload in the same pass.
pub(crate) const DIRECT: bool = true;
/// Accepts every allowed form, and keeps the payload raw until the rest is parsed.
pub(crate) const RAW: bool = false;

struct EnvelopeVisitor<'a, const MODE: bool> {
    text: &'a str,
}

impl<'de, const MODE: bool> Visitor<'de> for EnvelopeVisitor<'_, MODE> {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Envelope, A::Error> {
        let mut id = None;
        let mut user_id = None;
        let mut name = None;
        let mut event: Option<Event> = None;
        let mut payload: Option<&RawValue> = None;
        while let Some(member) = members.next_key::<Text<'de>>()? {
            match &*member {
                "id" => once(&mut id, "id", members.next_value()?)?,
                // The table in Moneyhub's documentation spells it `userid`.
                "userId" | "userid" => once(&mut user_id, "userId", members.next_value()?)?,
                "eventType" => {
                    let event_type = members.next_value::<Text<'de>>()?;
                    once(&mut name, "eventType", EventName::from_json(&event_type))?;
                }
                "payload" => {
                    let event_type = match &name {
                        Some(EventName::Known(event_type)) => Some(*event_type),
                        Some(EventName::Unknown { .. }) => None,
                        None if MODE == DIRECT => guess_event_type(self.text),
                        None => None,
                    };
                    if event.is_some() || payload.is_some() {
                        return Err(A::Error::duplicate_field("payload"));
                    }
                    match event_type {
                        Some(event_type) if MODE == DIRECT => {
                            event = Some(members.next_value_seed(PayloadOf(event_type))?);
                        }
                        _ => payload = Some(members.next_value()?),
                    }
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        let id: WebhookId = id.ok_or_else(|| A::Error::missing_field("id"))?;
        if id.is_empty() {
            return Err(A::Error::invalid_value(Unexpected::Other("empty string"), &"an `id`"));
        }
        let name = name.ok_or_else(|| A::Error::missing_field("eventType"))?;
        let event = match event {
            None => Event::new(name, payload.ok_or_else(|| A::Error::missing_field("payload"))?),
            Some(event) if matches!(name, EventName::Known(name) if event.event_type() == Some(name)) => {
                event
            }
            Some(_) => return Err(A::Error::custom("the payload was read as that of another event")),
        };
        Ok(Envelope { id, user_id: user_id.flatten(), event })
    }
}

/// Guesses the event type of a payload that comes before its `eventType`, from the last `eventType` in the body.
///
/// The payload is accepted only if the guess proves right. This saves a third of the time of parsing such a body.
fn guess_event_type(text: &str) -> Option<EventType> {
    let (_, member) = text.rsplit_once(r#""eventType""#)?;
    member.split('"').nth(1)?.parse().ok()
}

/// The `events` claim: an object with the URN of the event and its payload (RFC 8417, section 2.2). Moneyhub puts
/// exactly one event in a token.
pub(crate) struct SignedEvent<const MODE: bool>(pub(crate) Event);

/// The event of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4), which is signed with the same
/// keys for the same audience but is not a webhook.
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

impl<'de, const MODE: bool> Deserialize<'de> for SignedEvent<MODE> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EventsVisitor<const MODE: bool>;

        impl<'de, const MODE: bool> Visitor<'de> for EventsVisitor<MODE> {
            type Value = SignedEvent<MODE>;

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
                    EventName::Known(event_type) if MODE == DIRECT => {
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

#[cfg(test)]
mod tests {
    //! Not visible from outside: a valid body is parsed in one pass.

    use super::{DIRECT, Envelope, Outline, RAW};
    use crate::event::{Event, EventType};

    fn in_both_orders(event_type: EventType, payload: &str) -> [String; 2] {
        let payload = format!(r#""payload":{payload}"#);
        let name = format!(r#""eventType":"{event_type}""#);
        [format!(r#"{{"id":"1",{name},{payload}}}"#), format!(r#"{{"id":"1",{payload},{name}}}"#)]
    }

    #[test]
    fn a_good_payload_is_decoded_in_passing_wherever_it_stands() {
        for body in in_both_orders(EventType::DeletedAccount, r#"{"accountId":"a"}"#) {
            let envelope = Envelope::parse::<DIRECT>(&body).unwrap();
            assert!(matches!(envelope.event, Event::DeletedAccount(_)), "{body}");
        }
    }

    #[test]
    fn an_event_with_a_long_list_is_read_by_its_outline() {
        let ids = vec![r#""d520402a-d982-43ee-b1d1-97b7758b4e04""#; 30].join(",");
        for body in in_both_orders(EventType::NewRegularTransactions, &format!(r#"{{"seriesIds":[{ids}]}}"#))
        {
            let outline = Outline::of(&body).unwrap();
            let mut event = Envelope::parse::<DIRECT>(&outline.text).unwrap().event;
            assert!(event.put_back(&outline.lists).is_some(), "{body}");
            assert_eq!(event, Envelope::parse::<DIRECT>(&body).unwrap().event);
        }
    }

    #[test]
    fn only_the_second_reading_says_that_a_payload_is_malformed() {
        for body in in_both_orders(EventType::DeletedAccount, r#"{"accountId":1}"#) {
            assert!(Envelope::parse::<DIRECT>(&body).is_err(), "{body}");
            let envelope = Envelope::parse::<RAW>(&body).unwrap();
            assert!(matches!(envelope.event, Event::Malformed(_)), "{body}");
        }
    }

    #[test]
    fn a_payload_read_as_that_of_another_event_is_not_taken() {
        // The last `eventType` is in a member that is ignored.
        let body =
            r#"{"payload":{"accountId":"a"},"id":"1","eventType":"x","y":{"eventType":"deletedAccount"}}"#;
        assert!(Envelope::parse::<DIRECT>(body).is_err());
        assert_eq!(Envelope::from_json(body).unwrap().event.name(), "x");
    }
}
