//! The claims of Moneyhub's security event token (RFC 8417): their form, before anybody asks whether what
//! they say is acceptable.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error as _, Unexpected};
use serde_json::value::RawValue;

use crate::envelope::{DIRECT, RAW, SignedEvent};
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::ids::{UserId, WebhookId};
use crate::json::number::is_number;
use crate::json::{Absent, object_from_str, present, string};

/// The claims that are read. All others are ignored.
pub(super) struct SecurityEvent<'a> {
    pub(super) iss: StringClaim<'a>,
    pub(super) aud: Audience<'a>,
    pub(super) jti: WebhookId,
    pub(super) sub: Option<UserId>,
    pub(super) iat: DateTime<Utc>,
    pub(super) exp: Option<DateTime<Utc>>,
    pub(super) nbf: Option<DateTime<Utc>>,
    pub(super) event: Event,
}

impl<'a> SecurityEvent<'a> {
    pub(super) fn read(claims: &'a [u8]) -> Result<Self, Error> {
        let text = str::from_utf8(claims).map_err(|_| Error::new(ErrorKind::Claims, "not UTF-8"))?;
        Self::parse::<DIRECT>(text)
            .or_else(|_| Self::parse::<RAW>(text))
            .map_err(|error| Error::json(ErrorKind::Claims, &error))
    }

    fn parse<const WAY: bool>(text: &'a str) -> serde_json::Result<Self> {
        #[derive(serde::Deserialize)]
        struct Wire<'a, const WAY: bool> {
            #[serde(borrow, default)]
            iss: StringClaim<'a>,
            #[serde(borrow, default)]
            aud: Audience<'a>,
            jti: WebhookId,
            sub: Option<UserId>,
            iat: NumericDate,
            #[serde(default, deserialize_with = "present")]
            exp: Option<NumericDate>,
            #[serde(default, deserialize_with = "present")]
            nbf: Option<NumericDate>,
            events: SignedEvent<WAY>,
            /// The marks of an id token (OpenID Connect Core 1.0; `s_hash` is of FAPI 1.0), which the same
            /// keys sign for the same audience. RFC 8417, section 4, warns of the confusion.
            #[serde(default, rename = "nonce", alias = "at_hash", alias = "c_hash", alias = "s_hash")]
            _id_token: Absent,
        }

        let wire: Wire<'_, WAY> = object_from_str(text)?;
        if wire.jti == "" {
            return Err(serde_json::Error::invalid_value(Unexpected::Other("empty string"), &"a `jti`"));
        }
        let NumericDate(iat) = wire.iat;
        Ok(Self {
            iss: wire.iss,
            aud: wire.aud,
            jti: wire.jti,
            sub: wire.sub,
            iat,
            exp: wire.exp.map(|NumericDate(exp)| exp),
            nbf: wire.nbf.map(|NumericDate(nbf)| nbf),
            event: wire.events.0,
        })
    }
}

/// A claim that should be a string. Whether it is one is asked by the check of that claim.
#[derive(Default)]
pub(super) enum StringClaim<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for StringClaim<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = string(<&RawValue>::deserialize(deserializer)?).map_err(undecodable)?;
        Ok(text.map_or(Self::Other, Self::Text))
    }
}

/// The audience: `None` unless it is a string or an array of strings.
#[derive(Default)]
pub(super) struct Audience<'a>(pub(super) Option<Vec<Cow<'a, str>>>);

impl<'de: 'a, 'a> Deserialize<'de> for Audience<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if !raw.get().starts_with('[') {
            return Ok(Self(string(raw).map_err(undecodable)?.map(|name| vec![name])));
        }
        let names: Vec<StringClaim<'de>> = serde_json::from_str(raw.get()).map_err(undecodable)?;
        let text = |name| match name {
            StringClaim::Text(name) => Some(name),
            StringClaim::Other | StringClaim::Absent => None,
        };
        Ok(Self(names.into_iter().map(text).collect()))
    }
}

fn undecodable<E: serde::de::Error>(_: serde_json::Error) -> E {
    E::invalid_value(Unexpected::Other("string"), &"a string without lone surrogates")
}

/// Seconds since 1970, a JSON number of any form (RFC 7519, section 2), here to the microsecond.
struct NumericDate(DateTime<Utc>);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let unexpected = |expected| D::Error::invalid_value(Unexpected::Other("claim"), &expected);
        let raw = <&RawValue>::deserialize(deserializer)?;
        if !is_number(raw) {
            return Err(unexpected("a number of seconds"));
        }
        let micros = raw.get().parse::<f64>().unwrap_or(f64::INFINITY) * 1e6;
        // The conversion saturates, and what it saturates to is beyond chrono's range.
        DateTime::from_timestamp_micros(micros.round() as i64)
            .map(Self)
            .ok_or_else(|| unexpected("a time within the range of the calendar"))
    }
}
