//! Output to a terminal: nothing in a body acts on it. A closed pipe is not an error.

use std::io::{BufRead as _, BufReader, Read as _};

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};

use regex::Regex;
use serde_json::Value;
use unicode_bidi::BidiClass;

use crate::support::{Listening, command, run_with, scratch};

/// A window title, a color, a direction mark, C1 controls and a line break.
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

/// The letters of texts, each once.
fn letters<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<char> {
    let mut is_there = vec![false; 0x11_0000];
    for letter in texts.into_iter().flat_map(str::chars) {
        is_there[letter as usize] = true;
    }
    let all = '\0'..=char::MAX;
    all.filter(|letter| is_there[*letter as usize]).collect()
}

/// Every code point of the planes 0, 1 and 14, each between two letters, in one body. Of the other planes, in which all
/// are ideographs, unassigned or private, one of 251. What is shown is looked up in other tables of properties.
#[test]
fn no_code_point_hides_or_reorders_the_text_around_it() {
    let is_chosen = |letter: &char| {
        let code_point = u32::from(*letter);
        matches!(code_point >> 16, 0 | 1 | 14) || code_point % 251 == 0
    };
    let all: Vec<_> = ('\0'..=char::MAX)
        .filter(is_chosen)
        .map(|letter| format!("x{letter}y"))
        .collect();
    let body = serde_json::json!({ "id": "1", "eventType": "x", "payload": all }).to_string();
    let path = scratch("every-code-point.json");
    std::fs::write(&path, body).unwrap();
    let inspect = |output| {
        let most = ["--unsigned", "--max-body", "99999999"];
        let args = [&["inspect", &path, "--output", output], &most[..]].concat();
        run_with(&args, b"").stdout
    };
    let (document, text) = (inspect("json"), inspect("text"));
    let report: Value = serde_json::from_str(&document).unwrap();
    assert!(report["event"]["payload"] == serde_json::json!(all));

    let is = |property: &str| {
        let property = Regex::new(property).unwrap();
        move |letter: char| property.is_match(letter.encode_utf8(&mut [0; 4]))
    };
    let is_hidden = is(
        r"[\p{Cc}\p{Cf}\p{Co}\p{Me}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|[\p{Zs}&&[^ ]]",
    );
    let is_assigned = is(r"\P{Cn}");
    let is_right_to_left = |letter: char| {
        let class = unicode_bidi::bidi_class(letter);
        matches!(class, BidiClass::R | BidiClass::AL | BidiClass::AN) && is_assigned(letter)
    };
    for (shown, in_document) in [(&document, true), (&text, false)] {
        let mut letters = letters([shown.as_str()]);
        for ours in ['\n', '\u{2066}', '\u{2069}'] {
            assert!(letters.contains(&ours) != in_document || ours == '\n');
            letters.retain(|letter| *letter != ours);
        }
        assert_eq!(letters.iter().find(|letter| is_hidden(**letter)), None);
        let mut right_to_left = letters.iter().filter(|letter| is_right_to_left(**letter));
        assert_eq!(right_to_left.next().is_none(), in_document);
    }
    for line in text
        .lines()
        .filter(|line| line.contains(['\u{2066}', '\u{2069}']))
    {
        let line = line.trim_matches([' ', ',']);
        assert!(
            line.starts_with("\u{2066}\"x") && line.ends_with("y\"\u{2069}"),
            "{line}"
        );
    }
    let outside = letters(text.lines().filter(|line| !line.contains('\u{2066}')));
    assert_eq!(
        outside.into_iter().find(|letter| is_right_to_left(*letter)),
        None
    );
}

#[test]
fn nothing_in_the_name_of_a_file_acts_on_the_terminal() {
    let folder = scratch("hostile");
    std::fs::create_dir_all(&folder).unwrap();
    let keys = format!("{folder}/\u{1b}]0;owned\u{7}\u{202e}.json");
    std::fs::write(&keys, r#"{"keys":[]}"#).unwrap();
    for args in [
        &["inspect", "--client-id", "x", "--keys", &keys][..],
        &["inspect", &keys, &keys],
        &["inspect", "no such file\u{202e}\u{1b}[31m"],
        &["listen", "--port", &keys],
    ] {
        let told = run_with(args, b"x").stderr;
        has_no_controls(&told);
        assert!(told.contains("\\u{202e}"), "{told}");
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
            "--unsigned",
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
