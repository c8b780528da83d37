//! The schemas themselves.

use moneyhub_webhooks::{EventType, schema};
use serde_json::Value;

use crate::support::{json, places};

fn schemas() -> impl Iterator<Item = String> {
    EventType::ALL.iter().map(|event_type| schema::payload(*event_type)).chain([schema::webhook()])
}

#[test]
fn every_schema_is_valid_by_the_schema_of_schemas_of_its_draft() {
    for schema in schemas() {
        let schema = json(&schema);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        jsonschema::meta::validate(&schema).unwrap();
    }
}

#[test]
fn every_event_has_a_branch_with_its_name_its_page_and_the_schema_of_its_payload() {
    let schema = json(&schema::webhook());
    let branches = schema["oneOf"].as_array().unwrap();
    assert_eq!(branches.len(), EventType::ALL.len() + 1);
    for (event_type, branch) in EventType::ALL.iter().zip(branches) {
        assert_eq!(branch["title"], event_type.as_str());
        assert_eq!(branch["description"], event_type.documentation());
        let name = &branch["properties"]["eventType"];
        assert!(
            name["const"] == event_type.as_str() || name["enum"][0] == event_type.as_str(),
            "{event_type}: {name}"
        );
        let payload = branch["properties"]["payload"]["$ref"].as_str().unwrap();
        assert_eq!(json(&schema::payload(*event_type))["$ref"], payload);
        assert_eq!(schema.pointer(&payload[1..]).unwrap()["type"], "object");
    }
}

#[test]
fn nothing_is_closed_and_no_description_is_in_rust() {
    for schema in schemas() {
        assert!(!schema.contains("additionalProperties") && !schema.contains("unevaluatedProperties"));
        for rust in ["[`", "::", "&str", r"\n"] {
            assert!(!schema.contains(rust), "{rust}");
        }
    }
}

/// Strict validators, such as ajv with `strict: true`, refuse a schema in which `minLength` stands without a type.
#[test]
fn a_keyword_of_one_type_stands_beside_that_type() {
    const KEYWORDS: [(&str, &[&str]); 5] = [
        ("minLength", &["string"]),
        ("format", &["string", "integer", "number"]),
        ("items", &["array"]),
        ("minimum", &["integer", "number"]),
        ("maximum", &["integer", "number"]),
    ];

    for schema in schemas() {
        let schema = json(&schema);
        let parts = places(&schema).into_iter().map(|place| schema.pointer(&place).unwrap().clone());
        for part in parts.chain([schema.clone()]) {
            for (keyword, types) in KEYWORDS.iter().filter(|(keyword, _)| part.get(keyword).is_some()) {
                let named = |name: &str| types.contains(&name);
                let beside = match &part["type"] {
                    Value::String(name) => named(name),
                    Value::Array(names) => names.iter().filter_map(Value::as_str).any(named),
                    _ => false,
                };
                assert!(beside, "{keyword} in {part}");
            }
        }
    }
}

/// `enum` stands where event names do, and nowhere in a payload.
#[test]
fn words_are_any_string_with_the_known_ones_as_examples() {
    for event_type in EventType::ALL {
        assert!(!schema::payload(*event_type).contains("\"enum\""), "{event_type}");
    }
    let schema = json(&schema::webhook());
    for (word, known) in
        [("PaymentStatus", "rejected"), ("ProcessingStatus", "mfa-required"), ("Currency", "GBP")]
    {
        let word = &schema["$defs"][word];
        assert_eq!(word["type"], "string");
        assert!(word["examples"].as_array().unwrap().iter().any(|example| example == known));
    }
}

#[test]
fn money_and_times_have_their_forms() {
    let schema = json(&schema::webhook());
    let defs = &schema["$defs"];
    assert_eq!(defs["Amount"]["type"], "number");
    assert_eq!(defs["MinorUnits"]["type"], "integer");
    assert_eq!(defs["Payment"]["properties"]["submittedAt"]["format"], "date-time");
    assert_eq!(defs["Balance"]["properties"]["date"]["format"], "date");
    assert_eq!(
        defs["Payment"]["properties"]["paymentId"]["description"],
        "The payment. Tables in the documentation name this field `paymentID`, which is accepted too."
    );
}

#[test]
fn an_event_type_is_any_name_of_a_known_event() {
    let schema = schemars::schema_for!(EventType);
    let validator = jsonschema::validator_for(schema.as_value()).unwrap();
    for event_type in EventType::ALL {
        assert!(validator.is_valid(&serde_json::to_value(event_type).unwrap()), "{event_type}");
    }
    assert!(validator.is_valid(&"syncComplete".into()), "a name of older documentation");
    assert!(!validator.is_valid(&"unheardOf".into()));
    assert!(!validator.is_valid(&7.into()));
}
