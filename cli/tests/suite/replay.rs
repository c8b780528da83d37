//! `send --replay`: what was recorded is posted again, and should be answered as it was.

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use serde_json::{Value, json};

use crate::support::{Listening, Run, run, scratch, server};

const ACCEPTED: &str = r#"{"id":"1","eventType":"x","payload":{}}"#;

/// The answers of a run with `--output json`: status, expected status, and whether it is as expected.
fn answers(sent: &Run) -> Vec<(Value, Value, bool)> {
    let answer = |line: &Value| {
        (
            line["status"].clone(),
            line["expected"].clone(),
            line["as_expected"].as_bool().unwrap(),
        )
    };
    sent.json_lines()
        .iter()
        .filter(|line| line.get("number").is_some())
        .map(answer)
        .collect()
}

/// A recording of one accepted and one rejected body, made by `listen`.
fn recording(name: &str) -> String {
    let file = scratch(name);
    let listening = Listening::start(&["--unsigned", "--record", &file]);
    listening.post("/", ACCEPTED.as_bytes());
    listening.post("/", b"x");
    assert_eq!(listening.interrupt().status, 0);
    file
}

#[test]
fn the_recorded_status_is_expected_of_accepted_and_rejected_bodies() {
    let file = recording("replay-same.jsonl");
    let listening = Listening::start(&["--unsigned"]);
    let sent = run(&[
        "send",
        "--replay",
        &file,
        &listening.url,
        "--output",
        "json",
    ]);
    assert_eq!((sent.status, sent.stderr.as_str()), (0, ""));
    let expected = [
        (json!(202), json!("202"), true),
        (json!(400), json!("400"), true),
    ];
    assert_eq!(answers(&sent), expected);
    assert_eq!(sent.json_lines()[0]["origin"], "recording");
    listening.interrupt();
}

#[test]
fn another_status_is_shown_and_a_failure() {
    let file = recording("replay-other.jsonl");
    let (url, _requests) = server("204 No Content", String::new());
    let sent = run(&["send", "--replay", &file, &url]);
    assert_eq!(sent.status, 1);
    let lines: Vec<_> = sent.stdout.lines().collect();
    for (line, expected) in lines.iter().zip(["202", "400"]) {
        assert!(
            line.starts_with("✗ 204 ") && line.ends_with(&format!("  expected {expected}")),
            "{line}"
        );
    }
    assert!(
        lines
            .last()
            .unwrap()
            .starts_with("✗ 2 not answered as expected"),
        "{}",
        sent.stdout
    );
}

#[test]
fn expect_compares_classes_or_wants_success() {
    let file = recording("replay-expect.jsonl");
    let (url, _requests) = server("204 No Content", String::new());
    let replay = |expect| {
        run(&[
            "send", "--replay", &file, "--expect", expect, &url, "--output", "json",
        ])
    };
    let class = replay("class");
    assert_eq!(class.status, 1);
    assert_eq!(
        answers(&class),
        [
            (json!(204), json!("2xx"), true),
            (json!(204), json!("4xx"), false)
        ]
    );
    let success = replay("success");
    assert_eq!(success.status, 0);
    assert_eq!(
        answers(&success),
        [
            (json!(204), json!("2xx"), true),
            (json!(204), json!("2xx"), true)
        ]
    );
    let without_replay = run(&["send", "--expect", "class", &url]);
    assert_eq!(without_replay.status, 2);
    assert!(
        without_replay.stderr.contains("--replay"),
        "{}",
        without_replay.stderr
    );
}

#[test]
fn a_delivery_recorded_without_an_answer_should_be_accepted() {
    let file = scratch("replay-unanswered.jsonl");
    let line = |more: &str| {
        format!(r#"{{"schema_version":1,"received_at":"then","path":"/","body":"eA=="{more}}}"#)
            + "\n"
    };
    std::fs::write(&file, line("") + &line(r#","status":null"#)).unwrap();
    for (status, exit) in [("200 OK", 0), ("400 Bad Request", 1)] {
        let (url, _requests) = server(status, String::new());
        let sent = run(&["send", "--replay", &file, &url, "--output", "json"]);
        assert_eq!(sent.status, exit, "{status}");
        let told = answers(&sent);
        assert_eq!(told.len(), 2);
        assert!(
            told.iter()
                .all(|(_, expected, good)| expected == "2xx" && *good == (exit == 0)),
            "{told:?}"
        );
    }
}

#[test]
fn a_token_that_is_too_old_by_now_is_a_mismatch_with_a_warning() {
    let issuer = TestIssuer::at("2025-01-01T00:00:00Z".parse().unwrap());
    let file = scratch("replay-old.jsonl");
    let listening = Listening::start(&["--max-age", "none", "--record", &file]);
    listening.post(
        "/",
        issuer
            .sign(&samples::of(EventType::PaymentError))
            .as_bytes(),
    );
    // Recorded as rejected: its age changes nothing.
    listening.post(
        "/",
        issuer
            .clone()
            .with_client_id("another")
            .sign(&samples::of(EventType::PaymentError))
            .as_bytes(),
    );
    assert_eq!(listening.interrupt().status, 0);

    let warning = ": tokens that are now over 300 s old: 1; a receiver rejects them unless its maximum age is lifted";
    for (max_age, exit, status) in [("300", 1, 401), ("none", 0, 202)] {
        let listening = Listening::start(&["--max-age", max_age]);
        let sent = run(&[
            "send",
            "--replay",
            &file,
            &listening.url,
            "--output",
            "json",
        ]);
        assert_eq!(sent.status, exit, "{max_age}");
        let expected = [
            (json!(status), json!("202"), exit == 0),
            (json!(401), json!("401"), true),
        ];
        assert_eq!(answers(&sent), expected);
        assert!(sent.stderr.contains(warning), "{}", sent.stderr);
        listening.interrupt();
    }
}

#[test]
fn a_young_token_brings_no_warning() {
    let file = scratch("replay-young.jsonl");
    let listening = Listening::start(&["--record", &file]);
    run(&["send", &listening.url]);
    let sent = run(&["send", "--replay", &file, &listening.url]);
    assert_eq!(
        (sent.status, sent.stderr.as_str()),
        (0, ""),
        "{}",
        sent.stdout
    );
    listening.interrupt();
}
