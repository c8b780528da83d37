//! The schema itself: its draft, its branches, and its descriptions.

use std::collections::BTreeSet;

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::event::JSON_SCHEMA;
use serde_json::Value;

use crate::support::{json, places};

/// The names in older documentation. They are also accepted.
const OLDER: [&str; 2] = ["syncComplete", "postConnectionEnrichmentComplete"];

/// Returns the names of events that the schema of a string allows.
fn names(schema: &Value) -> Vec<&str> {
    match schema["const"].as_str() {
        Some(name) => vec![name],
        None => schema["enum"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap())
            .collect(),
    }
}

#[test]
fn the_schema_is_valid_by_its_meta_schema() {
    let schema = json(JSON_SCHEMA);
    assert_eq!(
        schema["$schema"],
        "https://json-schema.org/draft/2020-12/schema"
    );
    jsonschema::meta::validate(&schema).unwrap();
}

#[test]
fn every_event_has_a_branch_with_its_page_and_its_payload() {
    let schema = json(JSON_SCHEMA);
    let branches = schema["oneOf"].as_array().unwrap();
    assert_eq!(branches.len(), EventType::ALL.len() + 1);
    for (event_type, branch) in EventType::ALL.iter().zip(branches) {
        assert_eq!(branch["title"], event_type.as_str());
        assert_eq!(branch["description"], event_type.documentation());
        let payload = branch["properties"]["payload"]["$ref"].as_str().unwrap();
        let types = &schema.pointer(&payload[1..]).unwrap()["type"];
        let may_be_absent = branch["required"].is_null();
        let expected = if may_be_absent {
            json(r#"["object","null"]"#)
        } else {
            json(r#""object""#)
        };
        assert_eq!(*types, expected, "{event_type}");
    }
}

#[test]
fn the_schema_lists_exactly_the_known_event_names() {
    let schema = json(JSON_SCHEMA);
    let (unknown, branches) = schema["oneOf"].as_array().unwrap().split_last().unwrap();
    for (event_type, branch) in EventType::ALL.iter().zip(branches) {
        let names = names(&branch["properties"]["eventType"]);
        assert_eq!(names[0], event_type.as_str());
        for name in names {
            assert_eq!(name.parse(), Ok(*event_type), "{name}");
        }
    }
    let known = branches
        .iter()
        .flat_map(|branch| names(&branch["properties"]["eventType"]));
    let known: BTreeSet<_> = known.collect();
    let expected = EventType::ALL
        .iter()
        .map(|event_type| event_type.as_str())
        .chain(OLDER);
    assert_eq!(known, expected.collect());
    let excluded = names(&unknown["properties"]["eventType"]["not"]);
    assert_eq!(known, excluded.into_iter().collect());
}

#[test]
fn every_definition_is_referenced() {
    let schema = json(JSON_SCHEMA);
    for name in schema["$defs"].as_object().unwrap().keys() {
        assert!(
            JSON_SCHEMA.contains(&format!("\"#/$defs/{name}\"")),
            "{name}"
        );
    }
}

#[test]
fn the_schema_is_open_and_its_descriptions_contain_no_rust() {
    assert!(
        !JSON_SCHEMA.contains("additionalProperties")
            && !JSON_SCHEMA.contains("unevaluatedProperties")
    );
    for rust in ["[`", "::", "&str", r"\n"] {
        assert!(!JSON_SCHEMA.contains(rust), "{rust}");
    }
}

/// Strict validators, such as ajv with `strict: true`, reject a schema that has `minLength` without a type.
#[test]
fn type_specific_keywords_come_with_their_type() {
    const KEYWORDS: [(&str, &[&str]); 5] = [
        ("minLength", &["string"]),
        ("format", &["string", "integer", "number"]),
        ("items", &["array"]),
        ("minimum", &["integer", "number"]),
        ("maximum", &["integer", "number"]),
    ];

    let schema = json(JSON_SCHEMA);
    for place in places(&schema) {
        let part = schema.pointer(&place).unwrap();
        for (keyword, types) in KEYWORDS
            .iter()
            .filter(|(keyword, _)| part.get(keyword).is_some())
        {
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

/// `enum` is used for event names, but not in payloads.
#[test]
fn open_vocabularies_allow_any_string_and_list_known_values_as_examples() {
    let defs = &json(JSON_SCHEMA)["$defs"];
    assert!(!defs.to_string().contains("\"enum\""));
    for (word, known) in [
        ("PaymentStatus", "rejected"),
        ("ProcessingStatus", "mfa-required"),
        ("Currency", "GBP"),
    ] {
        let word = &defs[word];
        assert_eq!(word["type"], "string");
        assert!(
            word["examples"]
                .as_array()
                .unwrap()
                .iter()
                .any(|example| example == known)
        );
    }
}

#[test]
fn money_and_times_have_types_and_formats() {
    let defs = &json(JSON_SCHEMA)["$defs"];
    assert_eq!(defs["Amount"]["type"], "number");
    assert_eq!(defs["MinorUnits"]["type"], "integer");
    assert_eq!(
        defs["Payment"]["properties"]["submittedAt"]["format"],
        "date-time"
    );
    assert_eq!(defs["Balance"]["properties"]["date"]["format"], "date");
    assert_eq!(
        defs["Payment"]["properties"]["paymentId"]["description"],
        "The payment. Tables in the documentation name this field `paymentID`, which is accepted too."
    );
}
