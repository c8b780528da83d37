//! The shape of a body: its names and types, with every value replaced. It can be shown to others, as an issue needs.
//!
//! A name is shown if it is an identifier with few digits, or a URN of such. Any other may be a value: a list of accounts
//! can be an object by account number.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate};
use moneyhub_webhooks::Event;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::body::{Contents, Members, Part, json_name};
use crate::json::pretty;

/// A name with more digits or bytes is replaced.
const MAX_DIGITS: usize = 3;
const MAX_NAME: usize = 64;

#[derive(Default, Serialize)]
struct Shape {
    /// The version of this program.
    version: &'static str,
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<String>,
    /// `known`, `unknown` or `malformed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    form: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    malformed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
}

/// Returns the shape of a body as JSON, with one member per line.
pub(crate) fn shape(body: &[u8]) -> String {
    let contents = Contents::of(body);
    let mut shape = Shape {
        version: env!("CARGO_PKG_VERSION"),
        format: contents.format.id(),
        header: contents.header.as_ref().and_then(of_part),
        claims: contents.claims.as_ref().and_then(of_part),
        ..Shape::default()
    };
    if contents.header.is_none() {
        let json = serde_json::from_slice::<&RawValue>(body).ok();
        shape.body = json.and_then(|json| raw(of(json)));
    }
    if let Some((name, payload)) = &contents.event {
        shape.event = Some(shown(name));
        match read(name, payload.as_deref()) {
            Some(Event::Unknown(_)) => shape.form = Some("unknown"),
            Some(Event::Malformed(event)) => {
                shape.form = Some("malformed");
                shape.malformed_at = Some(event.path().to_owned());
                shape.reason = Some(event.reason().to_owned());
            }
            Some(_) => shape.form = Some("known"),
            None => {}
        }
    }
    pretty(&serde_json::to_string(&shape).unwrap_or_default(), "") + "\n"
}

/// Reads an event by its name in either format.
fn read(name: &str, payload: Option<&RawValue>) -> Option<Event> {
    let payload = payload.map_or("null", RawValue::get);
    let event = format!(
        r#"{{"eventType":{},"payload":{payload}}}"#,
        quoted(&json_name(name))
    );
    serde_json::from_str(&event).ok()
}

fn of_part(part: &Part) -> Option<Box<RawValue>> {
    raw(match part {
        Part::Json(json) => of(json),
        Part::Text(_) => quoted("not JSON"),
    })
}

/// Returns the shape of a value, as JSON text.
fn of(value: &RawValue) -> String {
    let text = value.get();
    match text.as_bytes().first() {
        Some(b'{') => of_object(text),
        Some(b'[') => of_array(text),
        Some(b'"') => quoted(&of_string(text)),
        Some(b't' | b'f') => quoted("true or false"),
        Some(b'n') => "null".to_owned(),
        _ if text.contains(['.', 'e', 'E']) => quoted("number with a fraction or an exponent"),
        _ => quoted("whole number"),
    }
}

fn of_object(text: &str) -> String {
    let Ok(members) = serde_json::from_str::<Members<'_>>(text) else {
        return quoted("object with a name that is not Unicode");
    };
    let members = members.0.iter().map(|(name, value)| {
        let name = quoted(&shown(name));
        format!("{name}:{}", of(value))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}

/// Each shape once, in the order of the first element that has it, after how many have it.
fn of_array(text: &str) -> String {
    let elements: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    let mut counts: HashMap<String, usize> = HashMap::new();
    let mut shapes = Vec::new();
    for element in elements {
        let shape = of(element);
        match counts.get_mut(&shape) {
            Some(count) => *count = count.saturating_add(1),
            None => {
                counts.insert(shape.clone(), 1);
                shapes.push(shape);
            }
        }
    }
    let shapes = shapes.iter().map(|shape| match counts.get(shape) {
        Some(1) | None => shape.clone(),
        Some(count) => format!("{},{shape}", quoted(&format!("{count} times"))),
    });
    format!("[{}]", shapes.collect::<Vec<_>>().join(","))
}

/// Says which form a string has, among those of Moneyhub's values.
fn of_string(text: &str) -> String {
    let Ok(text) = serde_json::from_str::<String>(text) else {
        return "string that is not Unicode".to_owned();
    };
    let length = text.chars().count();
    let is_all = |of: fn(&u8) -> bool| text.bytes().all(|byte| of(&byte));
    if text.is_empty() {
        "empty string".to_owned()
    } else if Uuid::try_parse(&text).is_ok() && length == 36 {
        "UUID".to_owned()
    } else if DateTime::parse_from_rfc3339(&text).is_ok() {
        "timestamp".to_owned()
    } else if NaiveDate::parse_from_str(&text, "%Y-%m-%d").is_ok() {
        "date".to_owned()
    } else if is_all(u8::is_ascii_digit) {
        format!("string of {length} digits")
    } else if is_all(u8::is_ascii_hexdigit) {
        format!("string of {length} hexadecimal digits")
    } else {
        format!("string of length {length}")
    }
}

/// Returns a name if it can be shown, and otherwise what stands in its place.
fn shown(name: &str) -> String {
    let is_identifier = |part: &str| {
        let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.bytes().all(is_letter)
    };
    let digits = name.bytes().filter(u8::is_ascii_digit).count();
    if name.len() <= MAX_NAME && digits <= MAX_DIGITS && name.split(':').all(is_identifier) {
        name.to_owned()
    } else {
        format!("(name of length {})", name.chars().count())
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}

fn raw(json: String) -> Option<Box<RawValue>> {
    RawValue::from_string(json).ok()
}
