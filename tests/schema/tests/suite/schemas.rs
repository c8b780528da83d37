//! The schemas themselves.

use moneyhub_webhooks::{EventType, schema};

use crate::support::json;

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
        "The payment. Tables in the documentation spell it `paymentID`, which is taken too."
    );
}
