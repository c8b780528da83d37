//! Timestamps and dates in payloads, parsed by chrono: RFC 3339 and YYYY-MM-DD.
//!
//! Near misses (a space for the `T`, one digit for two) are accepted too, because rejecting them would lose the typed
//! event and gain nothing. Digits beyond nanoseconds are truncated. chrono's own serde implementation would do, but its
//! errors don't say what was expected.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{Deserialize, Deserializer, Error, Unexpected};

use crate::json::Text;

/// Deserializes an RFC 3339 timestamp, in any time zone.
fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let Text(text) = Text::deserialize(deserializer)?;
    match DateTime::parse_from_rfc3339(&text) {
        // The usual case. This takes a third of the time of the lenient parser.
        Ok(instant) => Ok(instant.to_utc()),
        Err(_) => parse(&text, "an RFC 3339 timestamp"),
    }
}

/// Deserializes an [`instant`], or null.
pub(super) fn optional_instant<'de, D>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(serde::Deserialize)]
    struct Instant(#[serde(deserialize_with = "instant")] DateTime<Utc>);

    Ok(Option::<Instant>::deserialize(deserializer)?.map(|Instant(instant)| instant))
}

/// Deserializes a date, `YYYY-MM-DD`.
pub(super) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    parse(
        &Text::deserialize(deserializer)?.0,
        "a date in the form YYYY-MM-DD",
    )
}

fn parse<T: FromStr, E: Error>(text: &str, expected: &str) -> Result<T, E> {
    text.parse()
        .map_err(|_| E::invalid_value(Unexpected::Other("string"), &expected))
}
