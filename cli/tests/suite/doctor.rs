//! `doctor`: what is wrong with the settings of a receiver.

use moneyhub_webhooks::testing::TestIssuer;
use serde_json::Value;

use crate::support::{CLIENT_ID, fixture, run, scratch, server};

/// The status and the reason of a check.
fn check<'a>(report: &'a Value, name: &str) -> (&'a str, &'a str) {
    let checks = report["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["name"] == name).unwrap();
    (
        check["status"].as_str().unwrap(),
        check["reason"].as_str().unwrap(),
    )
}

#[test]
fn good_settings_pass() {
    let jwks = fixture("keys/jwks.json");
    let doctor = run(&["doctor", "--client-id", CLIENT_ID, "--keys", &jwks]);
    assert_eq!(doctor.status, 0, "{}", doctor.stdout);
    assert_eq!(
        doctor.stdout,
        format!(
            "✓ client id  {CLIENT_ID}\n✓ keys       1 usable\n✓ issuer     Moneyhub's\n\
             – clock      a file has no clock\n"
        )
    );
}

#[test]
fn each_mistake_is_named() {
    let useless = scratch("useless-jwks.json");
    std::fs::write(&useless, r#"{"keys":[{"kty":"EC","kid":"curve"}]}"#).unwrap();
    let good = fixture("keys/jwks.json");
    for (client_id, jwks, issuer, name, status, reason) in [
        ("", &*good, "", "client_id", "failed", "it is empty"),
        (
            "id ",
            &good,
            "",
            "client_id",
            "failed",
            "white space at an end",
        ),
        ("id", &good, "", "client_id", "doubtful", "not a UUID"),
        (
            CLIENT_ID,
            &useless,
            "",
            "keys",
            "failed",
            "curve (`kty` is not RSA)",
        ),
        (
            CLIENT_ID,
            "/no/such/file",
            "",
            "keys",
            "failed",
            "/no/such/file: No such file",
        ),
        (CLIENT_ID, &good, "", "issuer", "failed", "it is empty"),
        (
            CLIENT_ID,
            &good,
            "a ",
            "issuer",
            "failed",
            "white space at an end",
        ),
    ] {
        let doctor = run(&[
            "doctor",
            "--output",
            "json",
            "--client-id",
            client_id,
            "--keys",
            jwks,
            "--issuer",
            issuer,
        ]);
        let report = doctor.json();
        let (found, why) = check(&report, name);
        assert_eq!(found, status, "{report}");
        assert!(why.contains(reason), "{why}");
        assert_eq!(doctor.status, 1);
    }
}

#[test]
fn the_clock_is_that_of_the_key_server() {
    let jwks = TestIssuer::new().jwks();
    for (status, expected) in [
        ("200 OK\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT", "failed"),
        ("200 OK\r\ndate: once upon a time", "not_reached"),
        ("200 OK", "not_reached"),
    ] {
        let (url, _requests) = server(status, jwks.clone());
        let doctor = run(&[
            "doctor",
            "--client-id",
            CLIENT_ID,
            "--keys",
            &url,
            "--issuer",
            "https://test-issuer.invalid",
            "--output",
            "json",
        ]);
        let report = doctor.json();
        assert_eq!(check(&report, "keys"), ("passed", "1 usable"));
        assert_eq!(check(&report, "issuer").0, "passed");
        assert_eq!(check(&report, "clock").0, expected, "{report}");
        assert_eq!(doctor.status, i32::from(expected == "failed"));
    }
}
