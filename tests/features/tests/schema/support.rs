//! Shared by the tests: the fixtures, their edits, the validators and the parser.

use std::path::Path;

use jsonschema::Validator;
use moneyhub_webhooks::event::JSON_SCHEMA;
use moneyhub_webhooks::{Event, EventType, Receiver};
use serde_json::Value;

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The body of an event as Moneyhub documents it.
pub(crate) fn fixture(event_type: EventType) -> Value {
    let name = format!("../../fixtures/json/{event_type}.json");
    json(&std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap())
}

/// Returns a validator of webhooks that asserts `format`.
pub(crate) fn webhook() -> Validator {
    validator(&json(JSON_SCHEMA))
}

/// Returns a validator of the payload of an event.
pub(crate) fn payload(event_type: EventType) -> Validator {
    let mut schema = json(JSON_SCHEMA);
    let root = schema.as_object_mut().unwrap();
    let branches = root.remove("oneOf").unwrap();
    root.retain(|name, _| name.starts_with('$'));
    let branches = branches.as_array().unwrap();
    let branch = branches
        .iter()
        .find(|branch| branch["title"] == event_type.as_str())
        .unwrap();
    root.insert(
        "$ref".to_owned(),
        branch["properties"]["payload"]["$ref"].clone(),
    );
    validator(&schema)
}

fn validator(schema: &Value) -> Validator {
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(schema)
        .unwrap()
}

/// Whether a body is accepted and its event is not malformed.
pub(crate) fn parses(body: &str) -> bool {
    let webhook = Receiver::unsigned_json().parse(body.as_bytes());
    webhook.is_ok_and(|webhook| !matches!(webhook.event(), Event::Malformed(_)))
}

/// The pointers to everything inside a value, at any depth.
pub(crate) fn places(value: &Value) -> Vec<String> {
    let inside: Vec<(String, &Value)> = match value {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| (at.to_string(), item))
            .collect(),
        _ => Vec::new(),
    };
    let places = inside.into_iter().flat_map(|(name, value)| {
        let deeper = places(value).into_iter().map({
            let name = name.clone();
            move |place| format!("/{name}{place}")
        });
        std::iter::once(format!("/{name}"))
            .chain(deeper)
            .collect::<Vec<_>>()
    });
    places.collect()
}

pub(crate) fn replaced(body: &Value, place: &str, by: &Value) -> Value {
    let mut body = body.clone();
    *body.pointer_mut(place).unwrap() = by.clone();
    body
}

pub(crate) fn removed(body: &Value, place: &str) -> Value {
    let mut body = body.clone();
    let (parent, name) = place.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Object(members) => _ = members.remove(name).unwrap(),
        Value::Array(items) => _ = items.remove(name.parse().unwrap()),
        _ => panic!("{place}"),
    }
    body
}
