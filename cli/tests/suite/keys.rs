//! `keys`: usable and ignored keys.

use moneyhub_webhooks::testing::TestIssuer;
use serde_json::json;

use crate::support::{fixture, received, run, scratch, server};

#[test]
fn usable_keys_are_counted_and_named() {
    let keys = run(&["keys", &fixture("keys/jwks.json")]);
    assert_eq!(keys.status, 0);
    assert_eq!(
        keys.stdout,
        "1 usable\n  ✓ YWGBb1-BbQpkmMrRf8nsfJqW46T0uCZOap_1PYdeIyo\n"
    );
}

#[test]
fn ignored_keys_are_listed_with_the_reason() {
    let usable: serde_json::Value = serde_json::from_str(&TestIssuer::new().jwks()).unwrap();
    let keys =
        json!({ "keys": [usable["keys"][0], { "kty": "EC", "kid": "curve" }, { "kty": "RSA" }] });
    let path = scratch("mixed-jwks.json");
    std::fs::write(&path, keys.to_string()).unwrap();
    let keys = run(&["keys", &path, "--output", "json"]);
    assert_eq!(keys.status, 0);
    let keys = keys.json();
    assert_eq!(keys["usable"], 1);
    assert_eq!(
        keys["usable_key_ids"],
        json!(["test-key-known-to-everyone"])
    );
    assert_eq!(
        keys["ignored"][0],
        json!({ "key_id": "curve", "reason": "`kty` is not RSA" })
    );
    assert_eq!(keys["ignored"][1]["key_id"], json!(null));
}

#[test]
fn a_set_without_a_usable_key_and_an_invalid_set_are_failures() {
    for (name, set) in [
        ("empty", r#"{"keys":[]}"#),
        ("useless", r#"{"keys":[{"kty":"EC"}]}"#),
        ("none", "[]"),
    ] {
        let path = scratch(name);
        std::fs::write(&path, set).unwrap();
        assert_eq!(run(&["keys", &path]).status, 1, "{set}");
    }
    assert_eq!(run(&["keys"]).status, 2);
}

#[test]
fn a_set_is_fetched_from_its_url() {
    let (url, _requests) = server("200 OK", TestIssuer::new().jwks());
    assert_eq!(run(&["keys", &url]).status, 0);
    let (url, _requests) = server("404 Not Found", TestIssuer::new().jwks());
    assert_eq!(run(&["keys", &url]).status, 1);
}

#[test]
fn a_set_is_fetched_by_the_rules_of_a_receiver() {
    let (url, requests) = server("200 OK\r\ncontent-encoding: gzip", TestIssuer::new().jwks());
    let keys = run(&["keys", &url]);
    assert_eq!(keys.status, 1);
    assert!(keys.stderr.contains("`gzip`"), "{}", keys.stderr);
    assert!(
        received(&requests)
            .to_lowercase()
            .contains("\r\naccept-encoding: identity\r\n")
    );

    let (url, _requests) = server("200 OK\r\ncontent-encoding: ", TestIssuer::new().jwks());
    assert_eq!(run(&["keys", &url]).status, 0);

    let curve = r#"{"keys":[{"kty":"EC"}]}"#.to_owned();
    let (url, _requests) = server("200 OK", curve);
    let keys = run(&["keys", &url]);
    assert_eq!(keys.status, 1);
    assert!(keys.stderr.contains("`kty` is not RSA"), "{}", keys.stderr);
}
