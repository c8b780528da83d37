//! The schema as text. That it says what the parser does is tested in `tests/schema/`, with a validator.

use moneyhub_webhooks::schema;
use serde_json::Value;

use crate::support::{fixture, fixture_path};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// Compared as JSON: in which order names come, other crates of the build decide.
#[test]
fn the_published_schema_is_that_of_the_crate() {
    const NAME: &str = "schema/webhook.schema.json";

    let schema = schema::webhook();
    if std::env::var_os("UPDATE_FIXTURES").is_some() {
        std::fs::write(fixture_path(NAME), format!("{schema}\n")).unwrap();
    }
    assert_eq!(
        json(&fixture(NAME)),
        json(&schema),
        "{NAME}: run the tests with UPDATE_FIXTURES=1 and the feature schema to write it anew"
    );
}
