//! `send`: to `listen`, to servers of the tests, and to standard output.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Listening, command, read_request, received, run, run_with, scratch, server};

#[test]
fn one_of_each_event_is_accepted() {
    let listening = Listening::start(&[]);
    let sent = run(&["send", "--all", &listening.url, "--output", "json"]);
    assert_eq!(sent.status, 0, "{}", sent.stdout);
    let lines = sent.json_lines();
    let (summary, answers) = lines.split_last().unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| answer["status"] == 202 && answer["as_expected"] == true)
    );
    assert_eq!(
        (answers.len(), &summary["summary"]["sent"]),
        (18, &json!(18))
    );
    assert_eq!(summary["summary"]["by_status"], json!({ "202": 18 }));
    let end = listening.interrupt();
    assert!(
        end.stdout
            .ends_with("\n18 deliveries: 18 signed, 0 unsigned, 0 rejected\n"),
        "{}",
        end.stdout
    );
}

#[test]
fn a_deferred_token_of_an_unknown_key_is_answered_as_expected() {
    for answer in ["202 Accepted", "503 Service Unavailable"] {
        for (fault, status) in [("unknown-key", 0), ("forged", 1)] {
            let (url, _requests) = server(answer, String::new());
            let sent = run(&["send", "--fault", fault, &url]);
            assert_eq!(sent.status, status, "{fault}, {answer}: {}", sent.stdout);
        }
    }
}

#[test]
fn faults_are_answered_as_expected_when_each_is_rejected() {
    let listening = Listening::start(&[]);
    let sent = run(&["send", "--fault", "all", &listening.url]);
    assert_eq!(sent.status, 0, "{}", sent.stdout);
    assert!(sent.stdout.ends_with("✓ all answered as expected\n"));
    // A receiver of plain JSON accepts one of them.
    let open = Listening::start(&["--unsigned"]);
    let sent = run(&["send", "--fault", "all", &open.url]);
    assert_eq!(sent.status, 1);
    assert!(
        sent.stdout.contains("  unsigned (fault)  expected 4xx\n"),
        "{}",
        sent.stdout
    );
    assert!(
        sent.stdout
            .ends_with("✗ 1 not answered as expected, 0 not sent\n"),
        "{}",
        sent.stdout
    );
    for listening in [listening, open] {
        assert_eq!(listening.interrupt().status, 0);
    }
}

#[test]
fn options_set_the_event_the_claims_and_the_header() {
    let args = [
        "send",
        "--print",
        "--event",
        "paymentError",
        "--user-id",
        "ada",
        "--client-id",
        "me",
        "--issuer",
        "https://issuer.example",
        "--key-id",
        "k2",
    ];
    let printed = run(&args);
    assert_eq!(printed.status, 0);
    let inspect = ["inspect", "--output", "json", "-"];
    let report = run_with(&inspect, printed.stdout.as_bytes()).json();
    assert_eq!(report["event"]["name"], "paymentError");
    assert_eq!(
        (&report["user_id"], &report["claims"]["aud"]),
        (&json!("ada"), &json!("me"))
    );
    assert_eq!(
        (&report["claims"]["iss"], &report["header"]["kid"]),
        (&json!("https://issuer.example"), &json!("k2"))
    );
    let plain = run(&[
        "send",
        "--print",
        "--unsigned",
        "--event",
        "reauthReminder",
        "--user-id",
        "ada",
    ]);
    let plain: Value = serde_json::from_str(&plain.stdout).unwrap();
    assert_eq!(
        (&plain["eventType"], &plain["userId"]),
        (&json!("reauthReminder"), &json!("ada"))
    );
}

#[test]
fn every_delivery_of_every_run_has_its_own_id() {
    let ids = |run: crate::support::Run| {
        run.json_lines()
            .iter()
            .map(|body| body["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let print = || ids(run(&["send", "--print", "--unsigned", "--count", "50"]));
    let all: BTreeSet<_> = print().into_iter().chain(print()).collect();
    assert_eq!(all.len(), 100);
}

#[test]
fn a_body_from_a_file_is_sent_unchanged() {
    let body = "{\"id\":\"1\" , \"x\":\"é\"}\n\n";
    for (body, content_type) in [(body, "application/json"), ("a.b.c\n", "application/jwt")] {
        let (url, requests) = server("200 OK", String::new());
        assert_eq!(
            run_with(&["send", "--body", "-", &url], body.as_bytes()).status,
            0
        );
        let request = received(&requests);
        assert!(
            request.contains(&format!("content-type: {content_type}\r\n")),
            "{request}"
        );
        assert!(request.ends_with(&format!("\r\n\r\n{body}")), "{request}");
    }
}

#[test]
fn many_are_counted_by_status() {
    let (url, _requests) = server("500 Internal Server Error", String::new());
    let sent = run(&[
        "send",
        "--count",
        "40",
        "--concurrency",
        "4",
        "--unsigned",
        &url,
    ]);
    assert_eq!(sent.status, 1);
    assert!(sent.stdout.contains("\n40 sent in "), "{}", sent.stdout);
    assert!(
        sent.stdout.contains("\n  500       40\n  latency   p50 "),
        "{}",
        sent.stdout
    );
    // Only the first 30 are listed.
    assert_eq!(
        sent.stdout
            .lines()
            .filter(|line| line.starts_with("✗ 500"))
            .count(),
        30
    );
}

#[test]
fn a_rate_is_not_exceeded() {
    let (url, _requests) = server("200 OK", String::new());
    let begun = Instant::now();
    assert_eq!(
        run(&[
            "send",
            "--count",
            "5",
            "--rate",
            "20",
            "--concurrency",
            "5",
            "--unsigned",
            &url
        ])
        .status,
        0
    );
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[test]
fn ctrl_c_stops_it_with_a_summary_of_what_was_sent() {
    let (url, requests) = server("200 OK", String::new());
    let sending = command(&[
        "send",
        "--count",
        "3",
        "--rate",
        "0.001",
        "--unsigned",
        &url,
    ])
    .spawn()
    .unwrap();
    received(&requests);
    assert!(
        Command::new("kill")
            .args(["-INT", &sending.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    let output = sending.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(
        stdout.ends_with("✗ 0 not answered as expected, 2 not sent\n"),
        "{stdout}"
    );
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_answers() {
    let target = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = target.local_addr().unwrap().to_string();
    let mut sending = command(&["send", "--timeout", "3600", "--unsigned", &url])
        .spawn()
        .unwrap();
    let id = sending.id().to_string();
    let mut stream = std::io::BufReader::new(target.accept().unwrap().0);
    read_request(&mut stream);
    // After the first it waits for the answer, which never comes. Two in quick succession can count as one.
    while sending.try_wait().unwrap().is_none() {
        Command::new("kill").args(["-INT", &id]).status().unwrap();
        std::thread::yield_now();
    }
    assert_eq!(sending.wait().unwrap().code(), Some(130));
}

#[test]
fn a_refused_connection_is_a_failure() {
    // Held, so that nobody else listens there.
    let held = tokio::net::TcpSocket::new_v4().unwrap();
    held.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = held.local_addr().unwrap().to_string();
    let sent = run(&["send", &format!("{address}/secret")]);
    assert_eq!(sent.status, 1);
    let failure = sent.stdout.split_once(&address);
    let (_, failure) = failure.expect(&sent.stdout);
    assert!(failure.contains("Connection refused"), "{failure}");
    assert!(!failure.contains("secret"), "{failure}");
}

#[test]
fn wrong_usage_is_status_2() {
    for args in [
        &["send"][..],
        &["send", "--event", "noSuchEvent", "http://127.0.0.1:1"],
        &["send", "--fault", "none", "http://127.0.0.1:1"],
        &[
            "send",
            "--all",
            "--event",
            "paymentError",
            "http://127.0.0.1:1",
        ],
        &["send", "--replay", "x", "--unsigned", "http://127.0.0.1:1"],
        &["send", "ftp://127.0.0.1"],
        &["send", "--count", "0", "http://127.0.0.1:1"],
        &["send", "--rate", "0", "http://127.0.0.1:1"],
    ] {
        assert_eq!(run(args).status, 2, "{args:?}");
    }
    let path = scratch("no-recording");
    std::fs::write(&path, "{}\n").unwrap();
    let replay = run(&["send", "--replay", &path, "http://127.0.0.1:1"]);
    assert_eq!(replay.status, 1);
    assert!(
        replay.stderr.contains(":1: not a recording: "),
        "{}",
        replay.stderr
    );
}
