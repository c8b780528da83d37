//! The claims of Moneyhub's security event token (RFC 8417): their form, and which of the receiver's client ids the
//! audience names. Whether the other values are acceptable is checked by the requirements of the receiver.
//!
//! They are accepted only after the signature is verified. So the reading is generous, except about what tells the token
//! from an ID token or a logout token, which the same keys sign for the same audience, and about what tells a fresh
//! token from a replayed one.

use std::borrow::Cow;
use std::mem;
use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use serde_json::value::RawValue;

use crate::envelope::{Envelope, PassedOver, read_id, read_user};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventName};
use crate::json;

/// The claims that this crate reads, in the form that they must have.
pub(super) struct ClaimSet {
    pub(super) registered: Registered,
    pub(super) envelope: Envelope,
}

/// The claims that say whose token it is, for whom, and when it is valid (RFC 7519, section 4.1).
pub(super) struct Registered {
    pub(super) iss: Issuer,
    pub(super) aud: Audience,
    pub(super) times: Times,
}

/// The claims that are times.
pub(super) struct Times {
    pub(super) iat: DateTime<Utc>,
    pub(super) exp: Option<DateTime<Utc>>,
    pub(super) nbf: Option<DateTime<Utc>>,
}

/// The `iss` claim.
pub(super) enum Issuer {
    Absent,
    Text(String),
    NoString,
}

/// The `aud` claim.
pub(super) enum Audience {
    /// It names this client id of the receiver, and none of its others before.
    Ours(String),
    /// It names none of the receiver's client ids.
    Others,
    /// It is missing, or neither a string nor an array of strings.
    Unreadable,
}

/// The event of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The maximum number of events in a token. Moneyhub sends one.
const MAX_EVENTS: usize = 64;

/// The claims as sent.
#[derive(Default)]
struct Members<'a> {
    iss: Option<&'a RawValue>,
    aud: Option<&'a RawValue>,
    jti: Option<&'a RawValue>,
    sub: Option<&'a RawValue>,
    iat: Option<&'a RawValue>,
    exp: Option<&'a RawValue>,
    nbf: Option<&'a RawValue>,
    events: Events<'a>,
    /// A claim of an ID token: `nonce` and the hashes of OpenID Connect Core 1.0; `s_hash` is from FAPI 1.0. RFC 8417,
    /// section 4, warns of this confusion.
    is_id_token: bool,
    /// A name that appears twice.
    duplicate: Option<&'static str>,
}

impl<'a> Members<'a> {
    fn read(text: &'a str) -> Result<Self, Error> {
        let mut members = Self::default();
        let mut events = Events::default();
        let mut times = 0_u32;
        let take = |name: Cow<'a, str>, value: Option<&'a RawValue>| match value {
            Some(value) => members.take(&name, value),
            None => times = times.saturating_add(1),
        };
        json::object_with(text, "events", take, |urn, payload| {
            events.take(urn, payload)
        })
        .map_err(|error| ErrorKind::Claims.because_json(&error))?;
        events.times = times;
        members.events = events;
        Ok(members)
    }

    fn take(&mut self, name: &str, value: &'a RawValue) {
        let (slot, name) = match name {
            "iss" => (&mut self.iss, "iss"),
            "aud" => (&mut self.aud, "aud"),
            "jti" => (&mut self.jti, "jti"),
            "sub" => (&mut self.sub, "sub"),
            "iat" => (&mut self.iat, "iat"),
            "exp" => (&mut self.exp, "exp"),
            "nbf" => (&mut self.nbf, "nbf"),
            "nonce" | "at_hash" | "c_hash" | "s_hash" => {
                self.is_id_token = true;
                return;
            }
            _ => return,
        };
        if slot.replace(value).is_some() {
            self.duplicate = Some(name);
        }
    }

    /// Chooses the event, and rejects other kinds of tokens.
    fn event(&mut self) -> Result<SignedEvent<'a>, Error> {
        if self.is_id_token {
            return Err(claims(
                "`nonce`, `at_hash`, `c_hash` or `s_hash`: an ID token",
            ));
        }
        mem::take(&mut self.events).choose()
    }

    fn envelope(&self, text: &str, event: SignedEvent<'_>) -> Result<Envelope, Error> {
        let id = read_id(ErrorKind::Claims, "jti", self.jti)?;
        let (user_id, passed_over_user) = read_user(self.sub);
        Ok(Envelope {
            id,
            user_id,
            event: Event::new(event.name, Some(event.payload)),
            payload: json::place(text, event.payload),
            passed_over: PassedOver {
                user: passed_over_user,
                events: event.passed_over,
            },
        })
    }
}

fn claims(detail: impl Into<Cow<'static, str>>) -> Error {
    ErrorKind::Claims.because(detail)
}

impl ClaimSet {
    /// Reads the claims. `client_ids` are those of the receiver.
    pub(super) fn read(text: &str, client_ids: &[String]) -> Result<Self, Error> {
        let mut members = Members::read(text)?;
        let event = members.event()?;
        // It is a security event token, so each error from here on says that it is signed.
        Self::from_members(text, &members, event, client_ids).map_err(Error::signed)
    }

    fn from_members(
        text: &str,
        members: &Members<'_>,
        event: SignedEvent<'_>,
        client_ids: &[String],
    ) -> Result<Self, Error> {
        Ok(Self {
            registered: Registered::from_members(members, &event, client_ids)?,
            envelope: members.envelope(text, event)?,
        })
    }
}

impl Registered {
    /// Reads them from the claims of a token whose signature is not verified. Nothing else of the claims is read: no event
    /// is decoded.
    pub(super) fn read_unverified(text: &str, client_ids: &[String]) -> Result<Self, Error> {
        let mut members = Members::read(text)?;
        let event = members.event()?;
        Self::from_members(&members, &event, client_ids)
    }

    fn from_members(
        members: &Members<'_>,
        event: &SignedEvent<'_>,
        client_ids: &[String],
    ) -> Result<Self, Error> {
        if let Some(name) = members.duplicate {
            return Err(claims(format!("duplicate claim `{name}`")));
        }
        if let Some(fault) = event.fault {
            return Err(claims(fault));
        }
        let iat = members.iat.ok_or_else(|| claims("`iat` is missing"))?;
        Ok(Self {
            iss: issuer(members.iss)?,
            aud: audience(members.aud, client_ids)?,
            times: Times {
                iat: numeric_date("iat", iat)?,
                exp: optional_numeric_date("exp", members.exp)?,
                nbf: optional_numeric_date("nbf", members.nbf)?,
            },
        })
    }
}

/// Reads the envelope of claims that were accepted before. What told the token from other kinds is not checked again: a
/// later version may know more of them, and a store must stay readable.
pub(crate) fn read_stored(text: &str) -> Result<Envelope, Error> {
    let mut members = Members::read(text)?;
    let event = mem::take(&mut members.events).choose()?;
    members.envelope(text, event)
}

/// The `events` claim (RFC 8417, section 2.2): an object of events by their URNs. Moneyhub sends one event.
#[derive(Default)]
struct Events<'a> {
    /// At most [`MAX_EVENTS`].
    all: Vec<(Cow<'a, str>, &'a RawValue)>,
    /// How many times the claim appears.
    times: u32,
    is_logout: bool,
    fault: Option<&'static str>,
}

/// The event that was chosen.
struct SignedEvent<'a> {
    name: EventName,
    payload: &'a RawValue,
    /// The number of events besides this one.
    passed_over: usize,
    /// Why the claim is rejected, although it is that of a security event token. It is not an error yet, since the error
    /// has to say that the token is signed.
    fault: Option<&'static str>,
}

impl<'a> Events<'a> {
    fn take(&mut self, urn: Cow<'a, str>, payload: &'a RawValue) {
        if urn == LOGOUT {
            self.is_logout = true;
        } else if self.all.len() >= MAX_EVENTS {
            self.fault = Some("`events` has over 64 events");
        } else if self.all.iter().any(|(other, _)| *other == urn) {
            self.fault = Some("`events` has an event twice");
        } else {
            self.all.push((urn, payload));
        }
    }

    /// Chooses the first event that is known, or else the first.
    fn choose(self) -> Result<SignedEvent<'a>, Error> {
        match self.times {
            0 => return Err(claims("`events` is missing")),
            1 => {}
            // Which kind of token it is depends on the reader.
            _ => return Err(claims("duplicate claim `events`")),
        }
        if self.is_logout {
            return Err(claims("`events` has a logout event: a logout token"));
        }
        let passed_over = self.all.len().saturating_sub(1);
        let mut all = self
            .all
            .into_iter()
            .map(|(urn, payload)| (EventName::from_urn(&urn), payload));
        let first = all.next().ok_or_else(|| claims("`events` has no event"))?;
        let (name, payload) = if first.0.is_known() {
            first
        } else {
            all.find(|(name, _)| name.is_known()).unwrap_or(first)
        };
        Ok(SignedEvent {
            name,
            payload,
            passed_over,
            fault: self.fault,
        })
    }
}

fn issuer(iss: Option<&RawValue>) -> Result<Issuer, Error> {
    let Some(iss) = iss else {
        return Ok(Issuer::Absent);
    };
    let text = json::string(iss).map_err(|_| claims("`iss` has a lone surrogate"))?;
    Ok(text.map_or(Issuer::NoString, |text| Issuer::Text(text.into_owned())))
}

fn audience(aud: Option<&RawValue>, client_ids: &[String]) -> Result<Audience, Error> {
    let Some(aud) = aud else {
        return Ok(Audience::Unreadable);
    };
    let mut found = Audience::Others;
    let mut is_undecodable = false;
    let mut take = |name: &RawValue| {
        match json::string(name) {
            Ok(Some(name)) => {
                let ours = client_ids.iter().find(|id| !id.is_empty() && **id == *name);
                if let (Some(id), Audience::Others) = (ours, &found) {
                    found = Audience::Ours(id.clone());
                }
            }
            Ok(None) => found = Audience::Unreadable,
            Err(json::Undecodable) => is_undecodable = true,
        }
        ControlFlow::Continue(())
    };
    if aud.get().starts_with('[') {
        json::array(aud.get(), &mut take)
            .map_err(|error| ErrorKind::Claims.because_json(&error))?;
    } else {
        _ = take(aud);
    }
    if is_undecodable {
        return Err(claims("`aud` has a lone surrogate"));
    }
    Ok(found)
}

/// Reads a NumericDate (RFC 7519, section 2): seconds since 1970 as any JSON number, here to the microsecond.
fn numeric_date(name: &str, value: &RawValue) -> Result<DateTime<Utc>, Error> {
    if !json::is_number(value) {
        return Err(claims(format!("`{name}` is not a number of seconds")));
    }
    let time = match value.get().parse() {
        Ok(seconds) => DateTime::from_timestamp(seconds, 0),
        Err(_) => {
            let micros = value.get().parse::<f64>().unwrap_or(f64::INFINITY) * 1e6;
            // The conversion saturates at a value outside chrono's range.
            DateTime::from_timestamp_micros(micros.round() as i64)
        }
    };
    time.ok_or_else(|| claims(format!("`{name}` is outside the supported range of times")))
}

/// Reads a NumericDate that may be absent or null.
fn optional_numeric_date(
    name: &str,
    value: Option<&RawValue>,
) -> Result<Option<DateTime<Utc>>, Error> {
    match value {
        Some(value) if !json::is_null(value) => numeric_date(name, value).map(Some),
        _ => Ok(None),
    }
}
