//! What is wrong with a JSON text, without quoting it: serde's messages quote the values that they reject.

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_json::value::RawValue;
use serde_path_to_error::{Path, Track};

/// Where a value does not have the expected form, and why. Neither part contains a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) path: String,
    pub(crate) reason: String,
}

/// A payload type.
pub(crate) trait Payload: DeserializeOwned {
    /// Decodes a payload.
    fn read(payload: &RawValue) -> Result<Self, Fault> {
        decode(payload)
    }
}

impl<T: DeserializeOwned> Payload for T {}

/// Decodes a payload. Null is read as an object without members: an event without data may have no payload.
///
/// The path of a fault is determined in a second pass, so that a valid payload costs one plain pass.
pub(crate) fn decode<T: DeserializeOwned>(payload: &RawValue) -> Result<T, Fault> {
    let text = match payload.get() {
        "null" => "{}",
        text => text,
    };
    if let Ok(value) = T::deserialize(&mut serde_json::Deserializer::from_str(text)) {
        return Ok(value);
    }
    let mut track = Track::new();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    T::deserialize(serde_path_to_error::Deserializer::new(
        &mut deserializer,
        &mut track,
    ))
    .map_err(|error| fault(&track.path(), &error))
}

/// Creates a [`Fault`] whose path leads to the field. For a missing or duplicate field, serde names the field in the
/// message, and the path is that of its object.
fn fault(path: &Path, error: &serde_json::Error) -> Fault {
    let reason = reason(error);
    let object = path.to_string();
    for what in [MISSING, DUPLICATE] {
        if let Some(field) = reason.strip_prefix(what) {
            let field = field.trim_matches('`');
            let path = if object == "." {
                field.to_owned()
            } else {
                format!("{object}.{field}")
            };
            return Fault {
                path,
                reason: what.trim_end().to_owned(),
            };
        }
    }
    Fault {
        path: object,
        reason,
    }
}

const MISSING: &str = "missing field ";
const DUPLICATE: &str = "duplicate field ";

/// The messages of serde that quote a value. They end with what was expected.
const QUOTING: [&str; 3] = ["invalid type: ", "invalid value: ", "invalid length "];

/// Returns the reason of a serde_json error, with its line and column if it has them.
pub(crate) fn located_reason(error: &serde_json::Error) -> String {
    let reason = reason(error);
    match error.line() {
        0 => reason,
        line => format!("{reason} at line {line} column {}", error.column()),
    }
}

/// Returns the reason of a serde_json error, without the value and the place.
///
/// Syntax errors are constant strings. Of a data error, only the parts that come from the *reading type* are kept: the
/// name of a field, and what was expected. A message in any other form may contain anything, and is replaced.
fn reason(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message
        .rsplit_once(" at line ")
        .map_or(message.as_str(), |(message, _place)| message);
    if error.classify() != Category::Data {
        return message.to_owned();
    }
    if [MISSING, DUPLICATE]
        .iter()
        .filter_map(|what| message.strip_prefix(what))
        .any(is_field)
    {
        return message.to_owned();
    }
    match message.rsplit_once(", expected ") {
        Some((_, expected)) if QUOTING.iter().any(|quoting| message.starts_with(quoting)) => {
            format!("expected {expected}")
        }
        _ => "a value does not have the expected form".to_owned(),
    }
}

/// Returns whether a string is a field name as serde's messages write it: an identifier in backticks.
fn is_field(text: &str) -> bool {
    let name = text
        .strip_prefix('`')
        .and_then(|text| text.strip_suffix('`'));
    name.is_some_and(|name| {
        name.chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    })
}
