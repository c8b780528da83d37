//! `inspect`: verdicts, the order of the checks, and the contents shown.

use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
use moneyhub_webhooks::{ErrorKind, EventType};
use serde_json::{Value, json};

use crate::policy::inspected;
use crate::schema::CHECKS;
use crate::support::{CLIENT_ID, SIGNED_AT, fixture, run, run_with};

/// `name status` of each check.
fn checks(report: &Value) -> Vec<String> {
    let check = |check: &Value| {
        format!(
            "{} {}",
            check["name"].as_str().unwrap(),
            check["status"].as_str().unwrap()
        )
    };
    report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(check)
        .collect()
}

#[test]
fn a_good_token_is_accepted_and_passes_every_check() {
    let report = inspected("tokens/paymentError.jwt", &["--output", "json"]);
    assert_eq!(report.status, 0, "{}", report.stderr);
    let report = report.json();
    assert_eq!(report["accepted"], true);
    assert_eq!(
        (&report["verdict"], &report["trust"]),
        (&json!("accepted"), &json!("verified"))
    );
    assert_eq!(report["format"], "token");
    assert_eq!(report["verified_as_of"], SIGNED_AT);
    assert_eq!(checks(&report), CHECKS.map(|name| format!("{name} passed")));
    assert_eq!(report["header"]["alg"], "RS256");
    assert_eq!(report["claims"]["aud"], CLIENT_ID);
    assert_eq!(report["id"], report["claims"]["jti"]);
    assert_eq!(report["user_id"], "5c79210bbac25ecb5e71ac40");
    assert_eq!(report["signed_by"]["issued_at"], SIGNED_AT);
    assert_eq!(report["event"]["name"], "paymentError");
    assert_eq!(
        report["event"]["wire_name"],
        "urn:com:moneyhub:events:payment-error"
    );
    assert_eq!(report["event"]["form"], "known");
    assert_eq!(report["event"]["payload"]["status"], "rejected");
    assert_eq!(report["error"], Value::Null);
}

#[test]
fn the_text_has_the_verdict_first_and_no_warning_on_verified_contents() {
    let report = inspected("tokens/paymentError.jwt", &[]);
    assert!(
        report
            .stdout
            .starts_with("✓ accepted, signed by https://identity.moneyhub.co.uk with key YWGB")
    );
    assert!(
        report
            .stdout
            .contains("  ✓ audience       d9dc9d5e-d190-438c-b658-a4be3779100d\n"),
        "{}",
        report.stdout
    );
    assert!(report.stdout.contains("    \"status\": \"rejected\",\n"));
    assert!(!report.stdout.contains("VERIFIED") && !report.stdout.contains('–'));
}

#[test]
fn every_fixture_is_accepted_as_a_token_and_as_plain_json() {
    for event_type in EventType::ALL {
        for body in [
            format!("tokens/{event_type}.jwt"),
            format!("json/{event_type}.json"),
        ] {
            let report = inspected(&body, &["--unsigned", "--output", "json"]);
            assert_eq!(report.status, 0, "{body}: {}", report.stdout);
            assert_eq!(report.json()["event"]["name"], event_type.as_str());
        }
    }
}

#[test]
fn plain_json_is_rejected_where_only_tokens_are_accepted_and_shown_as_not_verified() {
    let report = inspected("json/paymentError.json", &["--output", "json"]);
    assert_eq!(report.status, 1);
    let report = report.json();
    assert_eq!(report["error"]["kind"], "format_rejected");
    assert_eq!(report["error"]["http_status"], 401);
    assert_eq!(report["trust"], "not_verified");
    assert_eq!(
        checks(&report),
        ["size passed", "body passed", "format failed"]
    );
    assert_eq!(report["event"]["payload"]["status"], "rejected");
}

#[test]
fn checks_before_the_failing_one_passed_and_those_after_it_were_not_reached() {
    let issuer = TestIssuer::new();
    for fault in Fault::ALL {
        let body = issuer
            .delivery(&samples::of(EventType::PaymentError))
            .faulty(*fault);
        let report = run_with(&["inspect", "--test-issuer", "--output", "json"], &body);
        assert_eq!(report.status, 1, "{fault}");
        let report = report.json();
        assert_eq!(
            report["error"]["kind"],
            fault.error_kind().as_str(),
            "{fault}"
        );
        assert_eq!(
            report["error"]["http_status"],
            fault.error_kind().http_status(),
            "{fault}"
        );
        let statuses: Vec<_> = checks(&report);
        let failed = statuses
            .iter()
            .position(|check| check.ends_with(" failed"))
            .unwrap();
        let of_kind = match fault.error_kind() {
            ErrorKind::TooLarge => "size",
            ErrorKind::Body => "body",
            ErrorKind::FormatRejected => "format",
            ErrorKind::Header => "header",
            ErrorKind::Algorithm => "algorithm",
            ErrorKind::KeyId => "key_id",
            ErrorKind::UnknownKey => "known_key",
            ErrorKind::Signature => "signature",
            ErrorKind::Claims => "claims",
            ErrorKind::Issuer => "issuer",
            ErrorKind::Audience => "audience",
            ErrorKind::Expired => "age",
            ErrorKind::NotYetValid => "not_ahead",
            other => panic!("{other}"),
        };
        assert_eq!(statuses[failed], format!("{of_kind} failed"), "{fault}");
        assert_eq!(CHECKS[failed], of_kind);
        for (index, check) in statuses.iter().enumerate() {
            let expected = match index.cmp(&failed) {
                std::cmp::Ordering::Less => "passed",
                std::cmp::Ordering::Equal => "failed",
                std::cmp::Ordering::Greater => "not_reached",
            };
            assert!(check.ends_with(expected), "{fault}: {check}");
        }
    }
}

#[test]
fn attacks_are_rejected_with_the_matching_kind() {
    for (body, kind) in [
        ("attacker-jku", "signature"),
        ("attacker-jwk", "signature"),
        ("attacker-jwk-own-kid", "unknown_key"),
        ("attacker-x5c", "signature"),
        ("attacker-x5u", "signature"),
        ("es256", "algorithm"),
        ("hs256-der", "algorithm"),
        ("hs256-jwk", "algorithm"),
        ("hs256-modulus", "algorithm"),
        ("hs256-pem", "algorithm"),
        ("other-key", "signature"),
        ("ps256", "algorithm"),
        ("rs384", "algorithm"),
        ("rs512", "algorithm"),
    ] {
        let report = inspected(&format!("rejected/{body}.jwt"), &["--output", "json"]);
        assert_eq!(report.status, 1, "{body}");
        let report = report.json();
        assert_eq!(report["error"]["kind"], kind, "{body}");
        assert_eq!(
            (&report["accepted"], &report["trust"]),
            (&json!(false), &json!("not_verified")),
            "{body}"
        );
    }
}

#[test]
fn a_rejection_says_what_was_found_and_what_was_expected() {
    let report = inspected(
        "tokens/paymentError.jwt",
        &["--issuer", "https://one", "--issuer", "https://two"],
    );
    assert_eq!(report.status, 1);
    let shown = "  ✗ issuer         `iss` is not an issuer of this receiver\n                   found     \
                 https://identity.moneyhub.co.uk\n                   expected  https://one or https://two\n";
    assert!(report.stdout.contains(shown), "{}", report.stdout);
    assert!(report.stdout.starts_with("✗ rejected: wrong issuer: "));
    assert!(
        report
            .stdout
            .contains("\nPayload REJECTED: the signature is valid, but do not act on this\n")
    );
}

#[test]
fn every_part_that_was_not_verified_is_marked() {
    let report = inspected("rejected/other-key.jwt", &[]);
    for part in ["Header", "Claims", "Event", "Payload"] {
        let marked = format!("\n{part} NOT VERIFIED: anyone can have written this\n");
        assert!(report.stdout.contains(&marked), "{}", report.stdout);
    }
}

#[test]
fn without_keys_and_without_unsigned_nothing_is_accepted() {
    for body in [
        "tokens/paymentError.jwt",
        "json/paymentError.json",
        "published-sample.jwt",
    ] {
        let report = run(&["inspect", &fixture(body), "--output", "json"]);
        assert_eq!(report.status, 1, "{body}");
        let report = report.json();
        assert_eq!(
            (&report["accepted"], &report["verdict"]),
            (&json!(false), &json!("not_verified")),
            "{body}"
        );
        assert_eq!(
            (&report["trust"], &report["error"]),
            (&json!("not_verified"), &Value::Null),
            "{body}"
        );
        assert!(!checks(&report).contains(&"signature passed".to_owned()));
        let text = run(&["inspect", &fixture(body)]);
        assert!(
            text.stdout.starts_with("? not verified\n"),
            "{}",
            text.stdout
        );
    }
}

#[test]
fn an_empty_body_and_utf_16_are_named() {
    for (body, why) in [
        (&b""[..], "the body is empty"),
        (b"\xff\xfe{\0}\0", "UTF-16 instead of UTF-8"),
    ] {
        let report = run_with(&["inspect", "--unsigned"], body);
        assert_eq!(report.status, 1);
        let verdict = format!("✗ rejected: unreadable body: {why}\n");
        assert!(report.stdout.starts_with(&verdict), "{}", report.stdout);
    }
    let time = run(&["inspect", "--at", "yesterday"]);
    assert_eq!(time.status, 2);
    assert!(
        time.stderr.contains("2025-01-01T00:00:00Z"),
        "{}",
        time.stderr
    );
}

#[test]
fn an_unreadable_body_is_rejected_even_without_keys_and_its_beginning_shown() {
    let report = run_with(&["inspect"], b"<html>\x1b[2J");
    assert_eq!(report.status, 1);
    assert!(
        report
            .stdout
            .starts_with("✗ rejected: unreadable body: neither a JSON object nor a token\n")
    );
    assert!(
        report
            .stdout
            .contains("Body NOT VERIFIED: anyone can have written this\n  <html>\\u{1b}[2J\n")
    );
}

#[test]
fn unknown_and_malformed_events_are_accepted_and_labelled() {
    let issuer = TestIssuer::new();
    let unknown = issuer.delivery(&samples::unknown()).token();
    let report = run_with(
        &["inspect", "--test-issuer", "--output", "json", "-"],
        unknown.as_bytes(),
    );
    assert_eq!(
        (report.status, &report.json()["event"]["form"]),
        (0, &json!("unknown"))
    );
    let malformed = issuer.delivery(&samples::malformed()).token();
    let report = run_with(
        &["inspect", "--test-issuer", "--output", "json"],
        malformed.as_bytes(),
    );
    assert_eq!(report.status, 0);
    let event = report.json()["event"].clone();
    assert_eq!(
        (&event["name"], &event["form"]),
        (&json!("paymentError"), &json!("malformed"))
    );
    assert_eq!(
        (&event["path"], &event["reason"]),
        (&json!("paymentId"), &json!("expected a string"))
    );
}

#[test]
fn tokens_in_widget_wrappers_are_accepted_and_labelled() {
    let token = TestIssuer::new().sign(&samples::of(EventType::PaymentError));
    for (body, format) in [
        (format!(r#"{{"token":"{token}"}}"#), "token_in_json"),
        (format!("token={token}"), "token_in_form"),
        (token.clone() + "\r\n", "token"),
    ] {
        let report = run_with(
            &["inspect", "--test-issuer", "--output", "json"],
            body.as_bytes(),
        );
        assert_eq!(
            (report.status, &report.json()["format"]),
            (0, &json!(format))
        );
    }
}

#[test]
fn a_payload_is_shown_as_the_sender_wrote_it() {
    let body =
        br#"{"id":"1","eventType":"x","payload":{"b":1.50,"a":1e2,"b":12345678901234567890.10}}"#;
    let report = run_with(&["inspect", "--unsigned", "--output", "json"], body);
    let payload = r#""payload":{"b":1.50,"a":1e2,"b":12345678901234567890.10}"#;
    assert!(report.stdout.contains(payload), "{}", report.stdout);
}

#[test]
fn a_string_is_not_shown_like_an_array_and_an_array_not_like_a_string() {
    let delivery = TestIssuer::new().delivery(&samples::of(EventType::PaymentError));
    for (alg, shown) in [
        (json!(["RS256"]), r#"["RS256"]"#),
        (json!(r#"["RS256"]"#), r#""[\"RS256\"]""#),
        (
            json!({ "toString": 1, "valueOf": 1 }),
            r#"{"toString":1,"valueOf":1}"#,
        ),
        (json!("ES256"), "ES256"),
    ] {
        let token = delivery.clone().header("alg", alg).token();
        let report = run_with(&["inspect", "--test-issuer"], token.as_bytes());
        let found = format!("\n                   found     {shown}\n");
        assert!(report.stdout.contains(&found), "{}", report.stdout);
    }
}
