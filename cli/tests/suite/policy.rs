//! The options that say what is accepted, tested through `inspect`.

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};

use crate::support::{CLIENT_ID, Run, SIGNED_AT, fixture, received, run, run_with, server};

fn policy<'a>(jwks: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["inspect", "--keys", jwks, "--client-id", CLIENT_ID], more].concat()
}

/// Inspects a fixture as of the time when it was signed.
pub(crate) fn inspected(body: &str, more: &[&str]) -> Run {
    let (jwks, body) = (fixture("keys/jwks.json"), fixture(body));
    run(&policy(
        &jwks,
        &[&["--at", SIGNED_AT, &body], more].concat(),
    ))
}

#[test]
fn limits_can_be_set() {
    let token = "tokens/paymentError.jwt";
    assert_eq!(
        inspected(token, &["--max-body", "100", "--output", "json"]).json()["error"]["message"],
        "body too large: over 100 bytes"
    );
    let (jwks, body) = (fixture("keys/jwks.json"), fixture(token));
    let at = |at, more: &[&str]| run(&policy(&jwks, &[&["--at", at, &body], more].concat())).status;
    assert_eq!(at("2025-01-01T00:05:00Z", &[]), 0);
    assert_eq!(at("2025-01-01T00:05:01Z", &[]), 1);
    assert_eq!(at("2025-01-01T00:05:01Z", &["--max-age", "301"]), 0);
    assert_eq!(at("2035-01-01T00:00:00Z", &["--max-age", "none"]), 0);
    assert_eq!(at("2024-12-31T23:59:00Z", &[]), 0);
    assert_eq!(at("2024-12-31T23:58:59Z", &[]), 1);
    assert_eq!(at("2024-12-31T23:58:59Z", &["--clock-skew", "61"]), 0);
}

#[test]
fn wrong_usage_is_status_2_and_a_missing_file_is_status_1() {
    let jwks = fixture("keys/jwks.json");
    for args in [
        &["inspect", "--at", "yesterday"][..],
        &["inspect", "--keys", &jwks],
        &["inspect", "--keys", &jwks, "--test-issuer"],
        &[
            "inspect",
            "--keys",
            "http://keys.invalid/jwks",
            "--client-id",
            "c",
        ],
        &["inspect", "--max-age", "-1"],
        &["inspect", "--no-such-option"],
        &[],
    ] {
        let usage = run(args);
        assert_eq!((usage.status, usage.stdout.as_str()), (2, ""), "{args:?}");
        assert!(!usage.stderr.is_empty());
    }
    let missing = run(&["inspect", "/no/such/file"]);
    assert_eq!((missing.status, missing.stdout.as_str()), (1, ""));
    assert!(
        missing
            .stderr
            .starts_with("error: /no/such/file: No such file"),
        "{}",
        missing.stderr
    );
}

#[test]
fn keys_are_fetched_from_a_url_but_not_through_a_redirect() {
    let issuer = TestIssuer::new();
    let token = issuer.sign(&samples::of(EventType::PaymentError));
    let inspect = |url: &str| {
        let args = [
            "inspect",
            "--keys",
            url,
            "--client-id",
            issuer.client_id(),
            "--issuer",
            issuer.issuer(),
        ];
        run_with(&args, token.as_bytes())
    };
    let (url, requests) = server("200 OK", issuer.jwks());
    assert_eq!(inspect(&url).status, 0);
    assert!(received(&requests).starts_with("GET / HTTP/1.1\r\n"));
    let (url, _requests) = server("302 Found\r\nlocation: /elsewhere", issuer.jwks());
    let redirected = inspect(&url);
    assert_eq!(redirected.status, 1);
    assert!(
        redirected.stderr.contains("the answer has the status 302"),
        "{}",
        redirected.stderr
    );
}

#[test]
fn an_empty_or_padded_client_id_or_issuer_is_wrong_usage_that_says_so() {
    for (option, value, why) in [
        ("--client-id", "", "it is empty"),
        ("--client-id", "id\n", "white space at an end"),
        ("--issuer", "", "it is empty"),
        (
            "--issuer",
            " https://issuer.example",
            "white space at an end",
        ),
    ] {
        let usage = run(&["inspect", "--test-issuer", option, value]);
        assert_eq!(usage.status, 2, "{option} {value:?}");
        assert!(usage.stderr.contains(why), "{}", usage.stderr);
        assert!(usage.stderr.contains(option), "{}", usage.stderr);
    }
}
