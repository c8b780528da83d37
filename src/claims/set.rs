//! The form of the claims in Moneyhub's security event token (RFC 8417). Whether their values are acceptable is checked
//! later.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error as _, Unexpected};
use serde_json::value::RawValue;

use crate::envelope::{DIRECT, RAW, SignedEvent};
use crate::error::{Error, ErrorKind};
use crate::event::Event;
use crate::ids::{UserId, WebhookId};
use crate::tools::json::number::is_number;
use crate::tools::json::{Absent, Outline, Text, object_from_str, string};

/// The claims that this crate reads. All others are ignored.
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
    /// Parses the claims, through their outline if they have one.
    pub(super) fn read(claims: &'a str, outline: Option<&'a Outline<'_>>) -> Result<Self, Error> {
        if let Some(Outline { text, lists }) = outline
            && let Ok(mut claims) = Self::read_text(text)
            && claims.event.put_back(lists).is_some()
        {
            return Ok(claims);
        }
        Self::read_text(claims).map_err(|error| ErrorKind::Claims.because_json(&error))
    }

    fn read_text(text: &'a str) -> serde_json::Result<Self> {
        Self::parse::<DIRECT>(text).or_else(|_| Self::parse::<RAW>(text))
    }

    fn parse<const MODE: bool>(text: &'a str) -> serde_json::Result<Self> {
        #[derive(serde::Deserialize)]
        struct Wire<'a, const MODE: bool> {
            #[serde(borrow, default, deserialize_with = "string_claim::<MODE, _>")]
            iss: StringClaim<'a>,
            #[serde(borrow, default)]
            aud: Audience<'a>,
            jti: WebhookId,
            sub: Option<UserId>,
            #[serde(deserialize_with = "numeric_date::<MODE, _>")]
            iat: DateTime<Utc>,
            #[serde(default, deserialize_with = "optional_numeric_date")]
            exp: Option<DateTime<Utc>>,
            #[serde(default, deserialize_with = "optional_numeric_date")]
            nbf: Option<DateTime<Utc>>,
            events: SignedEvent<MODE>,
            /// Claims that mark an ID token (OpenID Connect Core 1.0; `s_hash` is from FAPI 1.0), which the same keys
            /// sign for the same audience. RFC 8417, section 4, warns of this confusion.
            #[serde(default, rename = "nonce", alias = "at_hash", alias = "c_hash", alias = "s_hash")]
            _id_token: Absent,
        }

        let wire: Wire<'_, MODE> = object_from_str(text)?;
        if wire.jti.is_empty() {
            return Err(serde_json::Error::invalid_value(Unexpected::Other("empty string"), &"a `jti`"));
        }
        Ok(Self {
            iss: wire.iss,
            aud: wire.aud,
            jti: wire.jti,
            sub: wire.sub,
            iat: wire.iat,
            exp: wire.exp,
            nbf: wire.nbf,
            event: wire.events.0,
        })
    }
}

/// A claim that should be a string. The check of the claim rejects any other value.
#[derive(Default)]
pub(super) enum StringClaim<'a> {
    #[default]
    Absent,
    Text(Cow<'a, str>),
    Other,
}

/// Deserialises a [`StringClaim`]. [`DIRECT`] mode accepts only a string.
fn string_claim<'de, const MODE: bool, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<StringClaim<'de>, D::Error> {
    if MODE == DIRECT {
        return Text::deserialize(deserializer).map(|Text(text)| StringClaim::Text(text));
    }
    StringClaim::deserialize(deserializer)
}

impl<'de: 'a, 'a> Deserialize<'de> for StringClaim<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = string(<&RawValue>::deserialize(deserializer)?).map_err(undecodable)?;
        Ok(text.map_or(Self::Other, Self::Text))
    }
}

/// The `aud` claim.
#[derive(Default)]
pub(super) enum Audience<'a> {
    /// The claim is missing, or is neither a string nor an array of strings.
    #[default]
    Unreadable,
    One(Cow<'a, str>),
    Many(Vec<Cow<'a, str>>),
}

impl<'de: 'a, 'a> Deserialize<'de> for Audience<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = <&RawValue>::deserialize(deserializer)?;
        if !raw.get().starts_with('[') {
            return Ok(string(raw).map_err(undecodable)?.map_or(Self::Unreadable, Self::One));
        }
        let names: Vec<StringClaim<'de>> = serde_json::from_str(raw.get()).map_err(undecodable)?;
        let text = |name| match name {
            StringClaim::Text(name) => Some(name),
            StringClaim::Other | StringClaim::Absent => None,
        };
        Ok(names.into_iter().map(text).collect::<Option<_>>().map_or(Self::Unreadable, Self::Many))
    }
}

fn undecodable<E: serde::de::Error>(_: serde_json::Error) -> E {
    E::invalid_value(Unexpected::Other("string"), &"a string without lone surrogates")
}

/// Deserialises a NumericDate (RFC 7519, section 2): seconds since 1970 as any JSON number, here to the microsecond.
/// [`DIRECT`] mode accepts only a whole number.
fn numeric_date<'de, const MODE: bool, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<DateTime<Utc>, D::Error> {
    let unexpected = |expected| D::Error::invalid_value(Unexpected::Other("claim"), &expected);
    let beyond = || unexpected("a time within the supported range");
    if MODE == DIRECT {
        return DateTime::from_timestamp(i64::deserialize(deserializer)?, 0).ok_or_else(beyond);
    }
    let raw = <&RawValue>::deserialize(deserializer)?;
    if !is_number(raw) {
        return Err(unexpected("a number of seconds"));
    }
    let micros = raw.get().parse::<f64>().unwrap_or(f64::INFINITY) * 1e6;
    // The conversion saturates at a value outside chrono's range.
    DateTime::from_timestamp_micros(micros.round() as i64).ok_or_else(beyond)
}

/// Deserialises a NumericDate that may be absent but not null.
fn optional_numeric_date<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    numeric_date::<RAW, _>(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    //! Not visible from outside: valid claims are parsed in one pass.

    use super::{DIRECT, RAW, SecurityEvent};
    use crate::event::Event;

    fn claims(iss: &str, iat: &str, payload: &str) -> String {
        format!(
            r#"{{"iss":{iss},"aud":"c","jti":"1","sub":"u","events":{{"urn:com:moneyhub:events:deleted-account":{payload}}},"iat":{iat}}}"#
        )
    }

    const ISS: &str = r#""i""#;
    const IAT: &str = "1735689600";
    const PAYLOAD: &str = r#"{"accountId":"a"}"#;

    #[test]
    fn good_claims_are_decoded_in_passing() {
        let claims = claims(ISS, IAT, PAYLOAD);
        let claims = SecurityEvent::parse::<DIRECT>(&claims).unwrap();
        assert!(matches!(claims.event, Event::DeletedAccount(_)));
    }

    #[test]
    fn only_the_second_reading_says_that_a_payload_is_malformed() {
        let claims = claims(ISS, IAT, r#"{"accountId":1}"#);
        assert!(SecurityEvent::parse::<DIRECT>(&claims).is_err());
        let claims = SecurityEvent::parse::<RAW>(&claims).unwrap();
        assert!(matches!(claims.event, Event::Malformed(_)));
    }

    #[test]
    fn only_the_second_reading_takes_claims_of_unusual_forms() {
        for (iss, iat) in [(ISS, "1735689600.0"), (ISS, "1.7356896e9"), ("1", IAT), ("null", IAT)] {
            let claims = claims(iss, iat, PAYLOAD);
            assert!(SecurityEvent::parse::<DIRECT>(&claims).is_err(), "{claims}");
            let claims = SecurityEvent::parse::<RAW>(&claims).unwrap();
            assert_eq!(claims.iat.timestamp(), 1_735_689_600);
        }
    }
}
