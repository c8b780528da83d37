//! Instants and dates in payloads, read by chrono: RFC 3339 and YYYY-MM-DD, and what is nearly so (a space for
//! the `T`, one digit for two), since a refusal would lose more than it wins. Digits beyond nanoseconds are cut.
//! chrono's own serde would do, but its errors don't say what was expected.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::de::{Deserialize, Deserializer, Error, Unexpected};

use crate::tools::json::Text;

/// Reads an instant of RFC 3339, in any time zone.
pub(super) fn instant<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    let text = Text::deserialize(deserializer)?;
    match DateTime::parse_from_rfc3339(&text) {
        // Nearly always, and in a third of the time that the lenient reading takes.
        Ok(instant) => Ok(instant.to_utc()),
        Err(_) => parse(&text, "an RFC 3339 timestamp"),
    }
}

/// Reads an [`instant`], or null.
pub(super) fn optional_instant<'de, D>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error>
where
    D: Deserializer<'de>,
{
    #[derive(serde::Deserialize)]
    struct Instant(#[serde(deserialize_with = "instant")] DateTime<Utc>);

    Ok(Option::<Instant>::deserialize(deserializer)?.map(|Instant(instant)| instant))
}

/// Reads a date, `YYYY-MM-DD`.
pub(super) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveDate, D::Error> {
    parse(&Text::deserialize(deserializer)?, "a date of the form YYYY-MM-DD")
}

fn parse<T: FromStr, E: Error>(text: &str, expected: &str) -> Result<T, E> {
    text.parse().map_err(|_| E::invalid_value(Unexpected::Other("string"), &expected))
}
