//! The JSON Schema of webhooks, for readers in other languages and for validation at a gateway (feature `schema`).
//!
//! It describes plain JSON: the envelope and its payloads. [`webhook`] and [`payload`] return the schema as text. The
//! types implement [`schemars::JsonSchema`], so they can be part of a larger schema. The dialect is
//! [draft 2020-12](https://json-schema.org/draft/2020-12). The repository contains the schema as
//! `fixtures/schema/webhook.schema.json`.
//!
//! ```
//! let schema = moneyhub_webhooks::schema::webhook();
//! assert!(schema.contains(r#""const": "newTransactions""#));
//! ```
//!
//! The schema is as open as the parser. It allows additional fields, any string for a status (with the known ones as
//! examples), and any payload for an unknown event.
//!
//! A body that is valid [parses](crate::Receiver::parse) to an event that is not
//! [`Malformed`](crate::Event::Malformed). A body that is not valid is rejected or malformed. The exceptions are what a
//! schema can't express:
//!
//! - **Valid, but rejected or malformed**: a duplicate name, also under its other spelling; a `userid` that is not a
//!   string; a number that does not fit in [`Amount`](crate::Amount) or 64 bits; a string that is not a timestamp or
//!   date, if the validator treats `format` as an annotation; a lone surrogate.
//! - **Not valid, but parsed**: a required field under its other name (`paymentID`), which its description mentions; a
//!   timestamp or date that is nearly in its form, if the validator asserts `format`.
//!
//! Don't drop a body that does not validate: Moneyhub sends it only once.
//!
//! A version of the crate that knows more events has a larger schema.

use std::borrow::Cow;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value, json};

use crate::event::{Event, EventType};
use crate::ids::{UserId, WebhookId};
use crate::webhook::Webhook;

/// Returns the schema of the envelope, `{"id", "eventType", "userId", "payload"}`, and of every payload, as JSON text.
#[must_use]
pub fn webhook() -> String {
    text(&generator().into_root_schema_for::<Webhook>())
}

/// Returns the schema of an event's payload, as JSON text.
#[must_use]
pub fn payload(event_type: EventType) -> String {
    let mut generator = generator();
    let mut schema = event_type.payload_schema(&mut generator);
    schema.insert("$schema".to_owned(), json!(generator.settings().meta_schema));
    schema.insert("$defs".to_owned(), generator.take_definitions(true).into());
    text(&schema)
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().with_transform(RecursiveTransform(describe_for_all)).into_generator()
}

/// Descriptions come from the documentation of the Rust types. Everything after the first paragraph is for users of the
/// crate and is removed, and so is the markup of links.
fn describe_for_all(schema: &mut Schema) {
    if let Some(Value::String(description)) = schema.get_mut("description") {
        let first = description.split("\n\n").next().unwrap_or_default();
        *description = first.replace('\n', " ").replace("[`", "`").replace("`]", "`");
    }
}

fn text(schema: &Schema) -> String {
    format!("{:#}", schema.as_value())
}

impl JsonSchema for Webhook {
    fn schema_name() -> Cow<'static, str> {
        "Webhook".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut id = generator.subschema_for::<WebhookId>();
        // Strict validators require `type` next to `minLength`, and don't follow the reference.
        id.insert("type".to_owned(), json!("string"));
        id.insert("minLength".to_owned(), json!(1));
        let user_id = generator.subschema_for::<Option<UserId>>();
        let envelope = Map::from_iter([("id".to_owned(), id.into()), ("userId".to_owned(), user_id.into())]);
        tagged(
            "A Moneyhub webhook in plain JSON. `userId` is also accepted as `userid`.",
            envelope,
            &["id", "eventType", "payload"],
            generator,
        )
    }
}

impl JsonSchema for Event {
    fn schema_name() -> Cow<'static, str> {
        "Event".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        tagged("What a webhook says has happened.", Map::new(), &["eventType", "payload"], generator)
    }
}

impl JsonSchema for EventType {
    fn schema_name() -> Cow<'static, str> {
        "EventType".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"description": "The name of a known event.", "type": "string", "enum": known_names()})
    }
}

/// Returns every name of every known event.
fn known_names() -> Vec<&'static str> {
    EventType::ALL.iter().flat_map(|event_type| event_type.names()).copied().collect()
}

/// Returns the schema of an object with these properties, and with a payload that depends on its `eventType`.
fn tagged(
    description: &str,
    mut properties: Map<String, Value>,
    required: &[&str],
    generator: &mut SchemaGenerator,
) -> Schema {
    let branch = |event_type: &EventType| {
        let name = match event_type.names() {
            [name] => json!({"const": name}),
            names => json!({"enum": names}),
        };
        let payload = event_type.payload_schema(generator);
        json!({
            "title": event_type.as_str(),
            "description": event_type.documentation(),
            "properties": {"eventType": name, "payload": payload},
        })
    };
    let mut branches: Vec<Value> = EventType::ALL.iter().map(branch).collect();
    branches.push(json!({
        "title": "unknown",
        "description": "Moneyhub adds events without notice.",
        "properties": {"eventType": {"not": {"enum": known_names()}}},
    }));
    properties.insert("eventType".to_owned(), json!({"type": "string"}));
    properties.insert("payload".to_owned(), json!(true));
    json_schema!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "oneOf": branches,
    })
}
