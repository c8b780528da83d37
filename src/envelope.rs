//! [`Envelope`]: what both formats say, in one shape. Plain JSON has it as its members `id`, `userId`, `eventType` and
//! `payload`; a token has it in its claims.

use std::ops::{ControlFlow, Range};

use serde_json::value::RawValue;

use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventName};
use crate::id::{UserId, WebhookId};
use crate::json;

/// The contents of a webhook, in either format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) id: WebhookId,
    pub(crate) user_id: Option<UserId>,
    pub(crate) event: Event,
    /// Where the payload is in the text. `None`: the text has none.
    pub(crate) payload: Option<Range<usize>>,
    pub(crate) passed_over: PassedOver,
}

/// What a webhook says besides its envelope, where only one value has a place. It stays in the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PassedOver {
    /// There is a user that is neither a string nor null.
    pub(crate) user: bool,
    /// The number of further events.
    pub(crate) events: usize,
}

/// The members of an envelope in plain JSON, as sent.
#[derive(Default)]
pub(crate) struct Members<'a> {
    id: Option<&'a RawValue>,
    pub(crate) event_type: Option<&'a RawValue>,
    user_id: Option<&'a RawValue>,
    /// The table in Moneyhub's documentation spells `userId` like this.
    userid: Option<&'a RawValue>,
    payload: Option<&'a RawValue>,
    /// A name that appears twice.
    duplicate: Option<&'static str>,
}

impl<'a> Members<'a> {
    /// Takes a member of the object. Ignores one that the envelope does not have.
    pub(crate) fn take(&mut self, name: &str, value: &'a RawValue) {
        let (slot, name) = match name {
            "id" => (&mut self.id, "id"),
            "eventType" => (&mut self.event_type, "eventType"),
            "userId" => (&mut self.user_id, "userId"),
            "userid" => (&mut self.userid, "userid"),
            "payload" => (&mut self.payload, "payload"),
            _ => return,
        };
        if slot.replace(value).is_some() {
            self.duplicate = Some(name);
        }
    }
}

impl Envelope {
    /// Reads plain JSON that was accepted before.
    pub(crate) fn from_json(text: &str) -> Result<Self, Error> {
        let mut members = Members::default();
        json::object(text, |name, value| {
            members.take(&name, value);
            ControlFlow::Continue(())
        })
        .map_err(|error| ErrorKind::Body.because_json(&error))?;
        Self::from_members(text, &members)
    }

    /// Reads the members of an envelope in `text`.
    pub(crate) fn from_members(text: &str, members: &Members<'_>) -> Result<Self, Error> {
        if let Some(name) = members.duplicate {
            return Err(ErrorKind::Body.because(format!("duplicate `{name}`")));
        }
        let id = read_id(ErrorKind::Body, "id", members.id)?;
        let name = match members.event_type.map(json::string) {
            Some(Ok(Some(name))) => EventName::from_json(&name),
            _ => return Err(ErrorKind::Body.because("`eventType` is not a string")),
        };
        let (user_id, passed_over_user) = members.user()?;
        Ok(Self {
            id,
            user_id,
            event: Event::new(name, members.payload),
            payload: members
                .payload
                .and_then(|payload| json::place(text, payload)),
            passed_over: PassedOver {
                user: passed_over_user,
                events: 0,
            },
        })
    }
}

impl Members<'_> {
    /// Returns the user under either name, and whether one was ignored. Both may be there if they are equal, or if one is
    /// null.
    fn user(&self) -> Result<(Option<UserId>, bool), Error> {
        let stated = |value: Option<&'_ RawValue>| value.is_some_and(|value| !json::is_null(value));
        let (one, other) = (read_user(self.user_id), read_user(self.userid));
        if stated(self.user_id) && stated(self.userid) && one != other {
            return Err(ErrorKind::Body.because("`userId` and `userid` differ"));
        }
        Ok(if stated(self.user_id) { one } else { other })
    }
}

/// Reads the id of a webhook, which is a string and not empty. `name` is that of the member.
pub(crate) fn read_id(
    kind: ErrorKind,
    name: &str,
    value: Option<&RawValue>,
) -> Result<WebhookId, Error> {
    let fault = match value.map(json::string) {
        Some(Ok(Some(id))) if !id.is_empty() => return Ok(WebhookId::from(&*id)),
        Some(Ok(Some(_))) => "empty",
        Some(_) => "not a string",
        None => "missing",
    };
    Err(kind.because(format!("`{name}` is {fault}")))
}

/// Reads a user, which is optional: any value but a string is absent. Also returns whether one was ignored.
pub(crate) fn read_user(value: Option<&RawValue>) -> (Option<UserId>, bool) {
    match value {
        None => (None, false),
        Some(value) => match json::string(value) {
            Ok(Some(user)) => (Some(UserId::from(&*user)), false),
            _ => (None, !json::is_null(value)),
        },
    }
}
