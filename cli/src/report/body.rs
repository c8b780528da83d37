//! Takes a body apart without verifying it, to show its format and contents. Whether it is acceptable is decided by
//! the library.

use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use moneyhub_webhooks::EventType;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The format of a body, as it appears.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    Token,
    /// `{"token": "…"}`, from payment widgets.
    TokenInJson,
    /// `token=…`, from payment widgets.
    TokenInForm,
    Unreadable,
}

impl Format {
    /// Its name in JSON.
    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Token => "token",
            Self::TokenInJson => "token_in_json",
            Self::TokenInForm => "token_in_form",
            Self::Unreadable => "unreadable",
        }
    }

    /// Its name for people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Json => "plain JSON",
            Self::Token => "token",
            Self::TokenInJson => "token in a JSON object",
            Self::TokenInForm => "token in a form",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A part of a token.
pub(super) enum Part {
    Json(Box<RawValue>),
    /// Not JSON. Invalid UTF-8 is replaced.
    Text(String),
}

/// What a body contains.
pub(super) struct Contents {
    pub(super) format: Format,
    pub(super) header: Option<Part>,
    pub(super) claims: Option<Part>,
    pub(super) id: Option<Box<RawValue>>,
    pub(super) user_id: Option<Box<RawValue>>,
    /// The name as the sender wrote it, and the payload.
    pub(super) event: Option<(String, Option<Box<RawValue>>)>,
}

impl Contents {
    pub(super) fn nothing() -> Self {
        let (header, claims, id, user_id, event) = Default::default();
        Self {
            format: Format::Unreadable,
            header,
            claims,
            id,
            user_id,
            event,
        }
    }

    pub(super) fn of(body: &[u8]) -> Self {
        let Ok(text) = str::from_utf8(body) else {
            return Self::nothing();
        };
        if !text.trim_start().starts_with('{') {
            let line = text
                .strip_suffix('\n')
                .map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
            let mut tokens = line
                .split('&')
                .filter_map(|pair| pair.strip_prefix("token="));
            return match (tokens.next(), tokens.next()) {
                (Some(token), None) => Self::of_token(token, Format::TokenInForm),
                _ => Self::of_token(line, Format::Token),
            };
        }
        let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
            return Self::nothing();
        };
        match members.text("token") {
            Some(token) if members.get("eventType").is_none() => {
                Self::of_token(&token, Format::TokenInJson)
            }
            _ => Self {
                format: Format::Json,
                id: members.owned("id"),
                user_id: members.owned("userId").or_else(|| members.owned("userid")),
                event: members
                    .text("eventType")
                    .map(|name| (name, members.owned("payload"))),
                ..Self::nothing()
            },
        }
    }

    /// A token's `iat`, if it is a whole number.
    pub(super) fn issued_at(&self) -> Option<i64> {
        serde_json::from_str(self.claims.as_ref()?.members()?.get("iat")?.get()).ok()
    }

    fn of_token(token: &str, format: Format) -> Self {
        let mut parts = token.split('.');
        let (Some(header), Some(claims), Some(_), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Self::nothing();
        };
        let (header, claims) = (Part::decode(header), Part::decode(claims));
        let members = claims.as_ref().and_then(Part::members);
        let claim = |name| members.as_ref().and_then(|members| members.owned(name));
        let event = claim("events").and_then(|events| {
            let events: Members<'_> = serde_json::from_str(events.get()).ok()?;
            let is_known = |(urn, _): &&(String, _)| EventType::from_urn(urn).is_some();
            let (urn, payload) = events
                .0
                .iter()
                .find(is_known)
                .or_else(|| events.0.first())?;
            Some((urn.clone(), Some((*payload).to_owned())))
        });
        let (id, user_id) = (claim("jti"), claim("sub"));
        Self {
            format,
            header,
            id,
            user_id,
            event,
            claims,
        }
    }
}

impl Part {
    fn decode(base64url: &str) -> Option<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(base64url).ok()?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Some(match RawValue::from_string(text) {
            Ok(json) => Self::Json(json),
            Err(_) => Self::Text(String::from_utf8_lossy(&bytes).into_owned()),
        })
    }

    /// The members, if this is an object.
    pub(super) fn members(&self) -> Option<Members<'_>> {
        match self {
            Self::Json(json) => serde_json::from_str(json.get()).ok(),
            Self::Text(_) => None,
        }
    }
}

/// The JSON name of the event with this URN; any other word is returned as it is.
pub(super) fn json_name(word: &str) -> String {
    EventType::from_urn(word)
        .map_or(word, |event_type| event_type.as_str())
        .to_owned()
}

/// The members of an object in order, with the values as written.
pub(super) struct Members<'a>(pub(super) Vec<(String, &'a RawValue)>);

impl<'a> Members<'a> {
    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| *value)
    }

    fn owned(&self, name: &str) -> Option<Box<RawValue>> {
        self.get(name).map(ToOwned::to_owned)
    }

    fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}
