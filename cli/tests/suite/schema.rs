//! The JSON documents keep their form: version, members, and the identifiers that programs compare with.

use std::collections::BTreeSet;

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
use serde_json::{Value, json};

use crate::policy::inspected as inspect_file;
use crate::support::{Listening, fixture, run, run_with, scratch};

/// Every check, in order.
pub(crate) const CHECKS: [&str; 13] = [
    "size",
    "body",
    "format",
    "header",
    "algorithm",
    "key_id",
    "known_key",
    "signature",
    "claims",
    "issuer",
    "audience",
    "age",
    "not_ahead",
];

const FORMATS: [&str; 5] = [
    "json",
    "token",
    "token_in_json",
    "token_in_form",
    "unreadable",
];

const REPORT: [&str; 14] = [
    "accepted",
    "bytes",
    "checks",
    "claims",
    "error",
    "event",
    "format",
    "header",
    "id",
    "signed_by",
    "trust",
    "user_id",
    "verdict",
    "verified_as_of",
];

fn names(object: &Value) -> Vec<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

/// Asserts the version, and gives the other members.
fn members(document: &Value) -> Vec<&str> {
    assert_eq!(document["schema_version"], 1, "{document}");
    names(document)
        .into_iter()
        .filter(|member| *member != "schema_version")
        .collect()
}

fn inspected(body: &[u8], policy: &[&str]) -> Value {
    run_with(&[&["inspect", "--output", "json"], policy].concat(), body).json()
}

#[test]
fn inspect_has_these_members() {
    let accepted = inspect_file("tokens/paymentError.jwt", &["--output", "json"]).json();
    assert_eq!(members(&accepted), REPORT);
    assert_eq!(
        names(&accepted["signed_by"]),
        ["client_id", "issued_at", "issuer", "key_id"]
    );
    assert_eq!(
        names(&accepted["event"]),
        ["form", "name", "payload", "wire_name"]
    );
    let other_issuer = ["--issuer", "https://other", "--output", "json"];
    let rejected = inspect_file("tokens/paymentError.jwt", &other_issuer).json();
    assert_eq!(members(&rejected), REPORT);
    assert_eq!(
        names(&rejected["error"]),
        ["http_status", "kind", "message", "rfc8935_code"]
    );
    let failed = rejected["checks"]
        .as_array()
        .unwrap()
        .iter()
        .find(|check| check["status"] == "failed");
    assert_eq!(
        names(failed.unwrap()),
        ["expected", "found", "name", "reason", "status"]
    );
    let malformed = inspected(
        TestIssuer::new().sign(&samples::malformed()).as_bytes(),
        &["--test-issuer"],
    );
    assert_eq!(
        names(&malformed["event"]),
        ["form", "name", "path", "payload", "reason", "wire_name"]
    );
    assert!(members(&inspected(b"x", &[])).contains(&"start"));
}

#[test]
fn checks_and_formats_have_these_names() {
    let issuer = TestIssuer::new();
    let event = samples::of(EventType::PaymentError);
    let (token, json) = (issuer.sign(&event), issuer.delivery(&event).json());
    let bodies = [
        json,
        token.clone(),
        format!(r#"{{"token":"{token}"}}"#),
        format!("token={token}"),
        "x".to_owned(),
    ];
    for (body, format) in bodies.iter().zip(FORMATS) {
        let report = inspected(body.as_bytes(), &["--test-issuer", "--unsigned"]);
        assert_eq!(report["format"], format);
        let names: Vec<_> = report["checks"]
            .as_array()
            .unwrap()
            .iter()
            .map(|check| check["name"].clone())
            .collect();
        assert_eq!(
            names,
            if format == "json" {
                &CHECKS[..3]
            } else {
                &CHECKS[..]
            }
        );
    }
}

#[test]
fn verdicts_trusts_statuses_and_forms_have_these_names() {
    let issuer = TestIssuer::new();
    let faulty = |fault: &Fault| {
        issuer
            .delivery(&samples::of(EventType::PaymentError))
            .faulty(*fault)
    };
    let mut bodies: Vec<_> = Fault::ALL.iter().map(faulty).collect();
    for event in [
        samples::of(EventType::PaymentError),
        samples::unknown(),
        samples::malformed(),
    ] {
        bodies.push(issuer.sign(&event).into_bytes());
        bodies.push(issuer.delivery(&event).json().into_bytes());
    }
    let mut found = [(); 4].map(|()| BTreeSet::new());
    let [verdicts, trusts, statuses, forms] = &mut found;
    for policy in [
        &["--test-issuer"][..],
        &["--test-issuer", "--unsigned"],
        &[],
    ] {
        for body in &bodies {
            let report = inspected(body, policy);
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            verdicts.insert(text(&report["verdict"]));
            trusts.insert(text(&report["trust"]));
            statuses.extend(
                report["checks"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|check| text(&check["status"])),
            );
            forms.extend(report["event"].get("form").map(text));
        }
    }
    let expected = [
        &["accepted", "not_verified", "rejected"][..],
        &[
            "not_verified",
            "signed_but_rejected",
            "unsigned",
            "verified",
        ],
        &["failed", "not_reached", "passed"],
        &["known", "malformed", "not_read", "unknown"],
    ];
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.iter().eq(expected), "{found:?}");
    }
}

#[test]
fn the_readme_lists_the_same_checks_formats_and_version() {
    let readme = include_str!("../../README.md");
    let listed = |member: &str| -> Vec<&str> {
        let start = format!("| `{member}` | ");
        let row = readme
            .lines()
            .find_map(|line| line.strip_prefix(&start))
            .unwrap();
        row.split('`').skip(1).step_by(2).collect()
    };
    assert_eq!(listed("checks[].name"), CHECKS);
    assert_eq!(listed("format"), FORMATS);
    assert!(readme.contains("The version is 1."));
}

#[test]
fn listen_send_keys_and_recordings_have_these_members() {
    let file = scratch("schema.jsonl");
    let listening = Listening::start(&["--output", "json", "--record", &file]);
    let sent = run(&["send", "--output", "json", &listening.url]).json_lines();
    let faulty = run(&[
        "send",
        "--output",
        "json",
        "--fault",
        "expired",
        &listening.url,
    ])
    .json_lines();
    let lines = listening.interrupt().json_lines();
    assert_eq!(lines.len(), 4);
    assert_eq!(members(&lines[0]), ["accepts", "listening", "page"]);
    let mut delivery = [
        &REPORT[..],
        &["content_type", "number", "path", "received_at", "status"],
    ]
    .concat();
    delivery.sort_unstable();
    assert_eq!(members(&lines[1]), delivery);
    assert_eq!(members(&lines[3]), ["counts"]);
    let counts = json!({
        "total": 2, "signed": 1, "unsigned": 0, "rejected": 1, "rejections": { "expired": 1 },
        "not_printed": 0, "not_recorded": 0,
    });
    assert_eq!(lines[3]["counts"], counts);

    assert_eq!(
        members(&sent[0]),
        [
            "as_expected",
            "expected",
            "microseconds",
            "name",
            "number",
            "origin",
            "status"
        ]
    );
    let answer = [
        "as_expected",
        "body",
        "expected",
        "microseconds",
        "name",
        "number",
        "origin",
        "status",
    ];
    assert_eq!(members(&faulty[0]), answer);
    let said = |line: &Value| [&line["origin"], &line["name"], &line["expected"]].map(Value::clone);
    assert_eq!(
        said(&sent[0]),
        [json!("event"), json!("newTransactions"), json!("2xx")]
    );
    assert_eq!(
        said(&faulty[0]),
        [json!("fault"), json!("expired"), json!("4xx")]
    );
    assert_eq!(members(&sent[1]), ["summary"]);
    let summary = [
        "by_status",
        "latency_microseconds",
        "per_second",
        "seconds",
        "sent",
        "wrong",
    ];
    assert_eq!(names(&sent[1]["summary"]), summary);

    let keys = run(&["keys", "--output", "json", &fixture("keys/jwks.json")]).json();
    assert_eq!(members(&keys), ["ignored", "usable", "usable_key_ids"]);

    let recorded = std::fs::read_to_string(&file).unwrap();
    for line in recorded.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(
            members(&line),
            ["body", "content_type", "path", "received_at", "status"]
        );
    }
    assert_eq!(recorded.lines().count(), 2);
}

#[test]
fn a_recording_of_another_version_is_not_read() {
    let file = scratch("version.jsonl");
    let line =
        json!({ "received_at": "x", "path": "/", "status": 202, "body": "", "schema_version": 2 });
    std::fs::write(&file, line.to_string()).unwrap();
    let replay = run(&["send", "--replay", &file, "http://127.0.0.1:1"]);
    assert_eq!(replay.status, 1);
    let reason = ":1: `schema_version` is 2; this version of the command reads 1\n";
    assert!(replay.stderr.ends_with(reason), "{}", replay.stderr);
}
