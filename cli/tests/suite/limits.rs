//! `listen`: what is slow, stuck, large or many holds up no delivery.

use std::io::Write as _;
use std::time::Duration;

use serde_json::json;

use crate::support::{Listening, received, run, scratch, server};

const SMALL: &[u8] = br#"{"id":"1","eventType":"x","payload":{}}"#;

/// A file with a body of this length.
fn body_of(length: usize, name: &str) -> String {
    let path = scratch(name);
    let text = "x".repeat(length);
    let body = format!(r#"{{"id":"1","eventType":"x","payload":"{text}"}}"#);
    std::fs::write(&path, body).unwrap();
    path
}

/// Sends a body many times, and asserts that each is answered with 2xx.
fn send(path: &str, count: &str, concurrency: &str, listening: &Listening) {
    let how = [
        "--count",
        count,
        "--concurrency",
        concurrency,
        "--timeout",
        "60",
    ];
    let sent = run(&[&["send", "--body", path, &listening.url][..], &how].concat());
    assert_eq!(sent.status, 0, "{}", sent.stdout);
}

#[test]
fn a_paused_terminal_delays_no_answer_and_what_is_not_printed_is_counted() {
    let listening = Listening::start_unread(&["--unsigned", "--output", "json"]);
    let path = body_of(200_000, "unread.json");
    send(&path, "400", "2", &listening);
    #[cfg(target_os = "linux")]
    assert!(
        listening.peak_memory() < 200 << 20,
        "{}",
        listening.peak_memory()
    );
    listening.signal();
    listening.resume();
    let end = listening.end();
    assert_eq!(end.status, 0, "{}", end.stderr);
    let lines = end.json_lines();
    let counts = &lines.last().unwrap()["counts"];
    let not_printed = counts["not_printed"].as_u64().unwrap();
    // Of those that had been answered and did not wait any more.
    assert!(not_printed > 20, "{counts}");
    assert_eq!(counts["unsigned"], 400);
    // The greeting, the deliveries and the counts.
    assert_eq!(lines.len() as u64, 1 + 400 - not_printed + 1);
}

/// A typed event of short ids takes many times the bytes of its body.
#[test]
#[cfg(target_os = "linux")]
fn what_is_kept_of_a_delivery_is_as_small_as_its_body() {
    let listening = Listening::start(&["--unsigned"]);
    let ids = vec!["a"; 25_000];
    let payload = json!({ "accounts": [{ "id": "a", "transactions": ids }] });
    let body = json!({ "id": "1", "eventType": "newTransactions", "payload": payload });
    let path = scratch("many-ids.json");
    std::fs::write(&path, body.to_string()).unwrap();
    send(&path, "300", "2", &listening);
    let end = listening.peak_memory();
    assert!(end < 100 << 20, "{end}");
    listening.interrupt();
}

#[test]
fn what_was_forwarded_is_not_forwarded_again() {
    let (target, requests) = server("200 OK", String::new());
    let listening = Listening::start(&["--unsigned", "--forward-to", &target]);
    listening.post("/", SMALL);
    // What the target would get if it were this `listen`.
    let forwarded =
        received(&requests).replacen("HTTP/1.1\r\n", "HTTP/1.1\r\nconnection: close\r\n", 1);
    let answer = listening.ask(forwarded.as_bytes());
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    let end = listening.interrupt();
    let line = |number| {
        end.stdout
            .lines()
            .find(|line| line.contains(number))
            .unwrap()
    };
    assert!(line(" #1 ").contains("  → 200 in "), "{}", end.stdout);
    let not = "  → not forwarded: it was forwarded already ";
    assert!(line(" #2 ").contains(not), "{}", end.stdout);
    assert!(requests.try_recv().is_err());
}

#[test]
fn a_target_that_does_not_answer_delays_no_answer() {
    let target = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", target.local_addr().unwrap());
    let listening = Listening::start(&["--unsigned", "--forward-to", &url]);
    send(&body_of(1000, "slow.json"), "4000", "500", &listening);
}

#[test]
fn more_half_requests_than_places_keep_no_delivery_waiting() {
    let listening = Listening::start(&["--unsigned"]);
    let half: Vec<_> = (0..1100)
        .map(|_| {
            let mut stream = listening.connect();
            stream.write_all(b"POST / HTTP/1.1\r\nhost: x\r\n").unwrap();
            stream
        })
        .collect();
    let answer = listening.post("/", SMALL);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    // Answered while younger ones are still unfinished.
    let mut youngest = half.into_iter().next_back().unwrap();
    youngest.set_nonblocking(true).unwrap();
    let read = std::io::Read::read(&mut youngest, &mut [0]).unwrap_err();
    assert_eq!(read.kind(), std::io::ErrorKind::WouldBlock);
    listening.interrupt();
}

#[test]
fn a_head_over_the_limit_is_rejected() {
    let listening = Listening::start(&["--unsigned"]);
    for (length, status) in [(30_000, "202"), (100_000, "431")] {
        let head = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: {}\r\ncontent-length: {}\r\n\r\n",
            "x".repeat(length),
            SMALL.len()
        );
        let answer = listening.ask(&[head.as_bytes(), SMALL].concat());
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{answer}"
        );
    }
    listening.interrupt();
}

#[test]
fn endless_early_hints_of_a_key_server_end_at_the_timeout() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", server.local_addr().unwrap());
    let hints = b"HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n".repeat(10);
    let endless = std::thread::spawn(move || {
        let mut stream = server.accept().unwrap().0;
        // As fast as it can would keep a busy machine from anything else.
        while stream.write_all(&hints).is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    // The first fetch comes before the greeting.
    let listening = Listening::start(&["--unsigned", "--keys", &url, "--client-id", "x"]);
    endless.join().unwrap();
    let answer = listening.post("/", SMALL);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    let warned = listening.interrupt().stderr;
    assert!(warned.contains(&format!("warning: {url}: ")), "{warned}");
}
