//! `keys`: usable and ignored keys.

use moneyhub_webhooks::testing::TestIssuer;
use serde_json::json;

use crate::support::{fixture, received, run, run_with, scratch, server};

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
fn an_empty_set_is_said_to_be_empty() {
    let path = scratch("empty-jwks.json");
    std::fs::write(&path, r#"{"keys":[]}"#).unwrap();
    assert_eq!(
        run(&["keys", &path]).stdout,
        "0 usable: the key set is empty\n"
    );
}

#[test]
fn the_key_set_of_the_test_issuer_verifies_what_send_signs() {
    let jwks = run(&["keys", "--test-issuer"]);
    assert_eq!(jwks.status, 0);
    let path = scratch("test-issuer.json");
    std::fs::write(&path, jwks.stdout).unwrap();
    let body = run(&["send", "--event", "paymentError", "--print"]).stdout;
    let args = [
        "inspect",
        "--keys",
        &path,
        "--client-id",
        "test-client",
        "--issuer",
        "https://test-issuer.invalid",
    ];
    assert_eq!(run_with(&args, body.as_bytes()).status, 0);
    assert_eq!(run(&["keys", "--test-issuer", &path]).status, 2);
}

#[test]
fn a_place_with_another_scheme_is_wrong_usage() {
    let keys = run(&["keys", "ftp://keys.example/jwks"]);
    assert_eq!(keys.status, 2);
    assert!(
        keys.stderr.contains("over https or http, not ftp"),
        "{}",
        keys.stderr
    );
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
