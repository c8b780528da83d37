//! The JSON Schema of webhooks, for those who read them in other languages, or want them checked at a gateway.
//!
//! Of plain JSON: the envelope and its payloads. [`webhook`] and [`payload`] give the text; the types themselves
//! implement [`schemars::JsonSchema`], to be part of a larger schema. The dialect is
//! [draft 2020-12](https://json-schema.org/draft/2020-12). The repository has the text as
//! `fixtures/schema/webhook.schema.json`.
//!
//! ```
//! let schema = moneyhub_webhooks::schema::webhook();
//! assert!(schema.contains(r#""const": "newTransactions""#));
//! ```
//!
//! It is as open as the parser. Fields that it does not name are allowed, words are any string with the known ones
//! as examples, and an event that is not known may have any payload. What is valid is
//! [`parse`](crate::Receiver::parse)d to an event that is not [`Malformed`](crate::Event::Malformed), and what is not
//! valid is refused or malformed, but for what a schema does not say:
//!
//! - **valid and yet refused or malformed**: a name that is there twice, under its other spelling too; a `userid`
//!   that is no string; a number that [`Amount`](crate::Amount) or 64 bits don't hold; a string that is no instant or
//!   date, where the validator takes `format` for a remark; a lone surrogate;
//! - **not valid and yet parsed**: a required field under its other name (`paymentID`), which its description tells;
//!   and an instant or date that is nearly of its form, where the validator insists on `format`.
//!
//! So don't drop what does not validate: Moneyhub sends it once.
//!
//! The schema follows what the crate knows: a version that knows more of Moneyhub's events says more.

use std::borrow::Cow;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, json_schema};
use serde_json::{Map, Value, json};

use crate::event::{Event, EventType};
use crate::ids::{UserId, WebhookId};
use crate::webhook::Webhook;

/// The schema of the envelope, `{"id", "eventType", "userId", "payload"}`, with that of every payload: JSON text.
#[must_use]
pub fn webhook() -> String {
    text(&generator().into_root_schema_for::<Webhook>())
}

/// The schema of the payload of an event: JSON text.
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

/// Descriptions are the documentation of the Rust types. What comes after its first paragraph is for those who write
/// Rust, and so is the markup of its links.
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
        // Strict validators want the type beside the keyword, and don't follow the reference.
        id.insert("type".to_owned(), json!("string"));
        id.insert("minLength".to_owned(), json!(1));
        let user_id = generator.subschema_for::<Option<UserId>>();
        let envelope = Map::from_iter([("id".to_owned(), id.into()), ("userId".to_owned(), user_id.into())]);
        tagged(
            "A webhook of Moneyhub's in plain JSON. `userId` may be spelt `userid`.",
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

/// Every name of every known event.
fn known_names() -> Vec<&'static str> {
    EventType::ALL.iter().flat_map(|event_type| event_type.names()).copied().collect()
}

/// An object with these properties, and a payload by its `eventType`.
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
