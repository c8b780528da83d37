//! Output to a terminal: nothing in a body acts on it. A closed pipe is not an error.

use std::io::{BufRead as _, BufReader, Read as _};

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};

use crate::support::{Listening, command, run_with, scratch};

/// A window title, a colour, a direction mark, C1 controls and a line break.
const HOSTILE: &str = "\u{1b}]0;owned\u{7}\u{1b}[31m\u{202e}\u{9b}2J\u{7f}\r\nok";

fn has_no_controls(text: &str) {
    let found = text
        .chars()
        .find(|letter| (letter.is_control() && *letter != '\n') || *letter == '\u{202e}');
    assert_eq!(found, None, "{text:?}");
}

fn plain() -> String {
    let hostile = serde_json::to_string(HOSTILE).unwrap();
    format!(
        "{{\"id\":{hostile},\"eventType\":{hostile},\"userId\":{hostile},\"payload\":{{{hostile}:[{hostile},\"\u{202e}\u{9b}\"]}}}}"
    )
}

#[test]
fn nothing_in_a_body_acts_on_the_terminal() {
    let token = TestIssuer::new()
        .delivery(&samples::of(EventType::PaymentError))
        .id(HOSTILE)
        .user_id(HOSTILE)
        .issuer(HOSTILE)
        .claim(HOSTILE, HOSTILE)
        .header("kid", HOSTILE)
        .header(HOSTILE, HOSTILE)
        .token();
    for body in [
        plain(),
        token,
        HOSTILE.to_owned(),
        format!("token={HOSTILE}"),
        format!("a.b.{HOSTILE}"),
    ] {
        for output in ["text", "json"] {
            for policy in [&[][..], &["--unsigned"], &["--test-issuer"]] {
                let shown = run_with(
                    &[&["inspect", "--output", output], policy].concat(),
                    body.as_bytes(),
                );
                has_no_controls(&shown.stdout);
                has_no_controls(&shown.stderr);
                // Each JSON document is on one line.
                assert!(output == "text" || shown.stdout.lines().count() == 1);
                assert!(!shown.stdout.contains("\nok"), "{}", shown.stdout);
            }
        }
    }
}

#[test]
fn nothing_in_a_key_set_acts_on_the_terminal() {
    let kid = serde_json::to_string(HOSTILE).unwrap();
    let path = scratch("hostile-jwks.json");
    std::fs::write(&path, format!(r#"{{"keys":[{{"kty":"EC","kid":{kid}}}]}}"#)).unwrap();
    for output in ["text", "json"] {
        has_no_controls(&run_with(&["keys", &path, "--output", output], b"").stdout);
    }
}

#[test]
fn nothing_in_a_delivery_acts_on_the_terminal_of_listen() {
    for output in ["text", "json"] {
        let listening = Listening::start(&["--unsigned", "--output", output]);
        let answer = listening.post("/%1b%5b31m", plain().as_bytes());
        assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
        let end = listening.interrupt();
        has_no_controls(&end.stdout);
        assert!(end.stdout.contains("owned"), "{}", end.stdout);
    }
}

#[test]
fn a_closed_pipe_is_not_a_failure() {
    let payload = format!("[{}0]", "0,".repeat(200_000));
    let path = scratch("long.json");
    std::fs::write(
        &path,
        format!(r#"{{"id":"1","eventType":"x","payload":{payload}}}"#),
    )
    .unwrap();
    for args in [
        &["inspect", "--unsigned", path.as_str()][..],
        &[
            "send",
            "--print",
            "--plain",
            "--count",
            "18446744073709551615",
        ],
        &["completions", "zsh"],
    ] {
        let mut child = command(args).spawn().unwrap();
        let mut first = String::new();
        BufReader::with_capacity(16, child.stdout.take().unwrap())
            .read_line(&mut first)
            .unwrap();
        let mut complaint = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut complaint)
            .unwrap();
        assert_eq!(
            (child.wait().unwrap().code(), complaint.as_str()),
            (Some(0), ""),
            "{args:?}"
        );
        assert!(!first.is_empty());
    }
}

#[test]
fn a_deeply_nested_body_does_not_overflow_the_stack() {
    let depth = 100_000;
    let body = format!(
        r#"{{"id":"1","eventType":"x","payload":{}{}}}"#,
        "[".repeat(depth),
        "]".repeat(depth)
    );
    for output in ["text", "json"] {
        let shown = run_with(
            &["inspect", "--unsigned", "--output", output],
            body.as_bytes(),
        );
        assert_eq!(shown.status, 0, "{}", shown.stderr);
    }
}
