//! What the page of `listen` loads: the stream of rows, and their contents.

use std::io::{BufRead as _, BufReader, Read as _};

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use serde_json::{Value, json};

use crate::support::{Listening, run, scratch};

#[test]
fn the_stream_has_past_deliveries_then_new_ones_and_ends_with_the_server() {
    let listening = Listening::start(&["--unsigned"]);
    listening.post(
        "/",
        br#"{"id":"1","eventType":"before","payload":{"n":1.50}}"#,
    );
    listening.has_shown(1);
    let mut lines = BufReader::new(listening.open_stream())
        .lines()
        .map_while(Result::ok);
    let mut next = || -> Option<Value> {
        let line = lines.find(|line| line.starts_with("data: "))?;
        Some(serde_json::from_str(line.strip_prefix("data: ").unwrap()).unwrap())
    };
    let first = next().unwrap();
    assert_eq!(
        (&first["is_first"], &first["counts"]["total"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(first["schema_version"], 1);
    let row = json!({
        "number": 1, "time": first["rows"][0]["time"], "authenticity": "unsigned", "event": "before",
        "form": "unknown", "user": "", "id": "1", "age": "", "reason": "",
    });
    assert_eq!(first["rows"], json!([row]));
    run(&["send", "--event", "paymentError", &listening.url]);
    let second = next().unwrap();
    assert_eq!(
        (&second["is_first"], &second["missed"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(second["rows"][0]["event"], "paymentError");
    assert_eq!(second["rows"].as_array().unwrap().len(), 1);
    assert_eq!(listening.interrupt().status, 0);
    // The stream ended properly: the last chunk is empty.
    let rest: Vec<_> = lines.collect();
    assert_eq!(rest.join("\n").trim(), "0", "{rest:?}");
}

#[test]
fn the_contents_of_a_row_are_text_that_no_json_of_a_sender_can_change() {
    let listening = Listening::start(&["--unsigned"]);
    listening.post("/", br#"{"id":"1","eventType":"x","payload":{"n":1.50}}"#);
    let delivery = TestIssuer::new().delivery(&samples::of(EventType::PaymentError));
    let object = json!({ "toString": 1, "valueOf": 1 });
    let odd = [
        delivery.clone().claim("aud", object.clone()).token(),
        delivery.clone().header("kid", object).token(),
        delivery.clone().header("alg", json!(["RS256"])).token(),
    ];
    for token in odd {
        let answer = listening.post("/", token.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 40"), "{answer}");
    }
    listening.has_shown(4);
    let part = |number: u8, title: &str| {
        let details = listening.page(&format!("/deliveries/{number}"));
        let mut parts = details["parts"].as_array().unwrap().iter();
        parts.find(|part| part["title"] == title).unwrap()["text"].clone()
    };
    let note = |number: u8, name: &str| {
        let details = listening.page(&format!("/deliveries/{number}"));
        let mut checks = details["checks"].as_array().unwrap().iter();
        checks.find(|check| check["name"] == name).unwrap()["note"].clone()
    };
    assert_eq!(part(1, "Payload"), "{\n  \"n\": 1.50\n}");
    let claims: Value = serde_json::from_str(part(2, "Claims").as_str().unwrap()).unwrap();
    assert_eq!(claims["aud"], json!({ "toString": 1, "valueOf": 1 }));
    assert_eq!(
        claims["events"],
        Value::Null,
        "the event is a part of its own"
    );
    let found = ", found {\"toString\":1,\"valueOf\":1}";
    assert!(note(2, "audience").as_str().unwrap().contains(found));
    assert!(note(3, "key id").as_str().unwrap().contains(found));
    assert!(
        note(4, "algorithm")
            .as_str()
            .unwrap()
            .contains(", found [\"RS256\"]")
    );
    // Of every document, only strings, numbers of ours and lists reach the page.
    for number in 1..=4 {
        let details = listening.page(&format!("/deliveries/{number}"));
        assert!(
            details["facts"]
                .as_array()
                .unwrap()
                .iter()
                .all(Value::is_string)
        );
        for part in details["parts"].as_array().unwrap() {
            assert!(part["text"].is_string());
        }
        for check in details["checks"].as_array().unwrap() {
            assert!(check["note"].is_string());
        }
    }
    let (secret, host) = (&listening.secret, &listening.address);
    let gone = listening.get(&format!("/deliveries/5{secret}"), host);
    assert!(gone.starts_with("HTTP/1.1 404 "), "{gone}");
    listening.interrupt();
}

#[test]
fn long_payloads_are_sent_when_a_row_is_opened_and_formatting_does_not_multiply_them() {
    let listening = Listening::start(&["--unsigned"]);
    let payload = format!(
        "{}{}0{}",
        "[".repeat(30),
        "0,".repeat(50_000),
        "]".repeat(30)
    );
    let long = "n".repeat(100_000);
    let body =
        format!(r#"{{"id":"{long}","eventType":"{long}","userId":"{long}","payload":{payload}}}"#);
    listening.post("/", body.as_bytes());
    listening.has_shown(1);
    let first = listening.pieces().next().unwrap();
    assert!(first.to_string().len() < 2000, "{first}");
    let details = listening.page("/deliveries/1");
    let text = details["parts"][0]["text"].as_str().unwrap();
    assert!(text.len() > payload.len() && text.len() < 6 * payload.len());
    assert!(details["facts"].to_string().len() < 2000);
    listening.interrupt();
}

#[test]
fn the_first_rows_come_in_pieces() {
    let listening = Listening::start(&["--unsigned"]);
    // As long as a row can be: each letter is escaped.
    let long = "\u{e0041}".repeat(300);
    let body =
        format!(r#"{{"id":"{long}","eventType":"{long}","userId":"{long}","payload":{{}}}}"#);
    let path = scratch("long-row.json");
    std::fs::write(&path, body).unwrap();
    let send = ["send", "--body", &path, "--concurrency", "8", "--count"];
    run(&[&send[..], &["600", &listening.url]].concat());
    listening.has_shown(600);
    let (mut rows, mut missed) = (0, 0);
    for (index, piece) in listening.pieces().enumerate() {
        assert_eq!(piece["is_first"], index == 0);
        assert!(piece.to_string().len() < 1100 * 1024);
        rows += piece["rows"].as_array().unwrap().len();
        missed += piece["missed"].as_u64().unwrap();
        if rows == 500 {
            assert!(index >= 2, "{index}");
            break;
        }
    }
    assert_eq!(missed, 100);
    assert_eq!(listening.interrupt().status, 0);
}

#[test]
fn pages_are_few_and_take_no_place_of_a_delivery() {
    let listening = Listening::start(&["--unsigned"]);
    let mut open: Vec<_> = (0..8).map(|_| listening.open_stream()).collect();
    for stream in &mut open {
        let mut begin = [0; 12];
        stream.read_exact(&mut begin).unwrap();
        assert_eq!(&begin, b"HTTP/1.1 200");
    }
    for _ in 0..1100 {
        let mut answer = [0; 12];
        listening.open_stream().read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 503");
    }
    let answer = listening.post("/", br#"{"id":"1","eventType":"x","payload":{}}"#);
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    // A closed one makes room.
    open.pop();
    let begun = || {
        let mut begin = [0; 12];
        listening.open_stream().read_exact(&mut begin).unwrap();
        &begin == b"HTTP/1.1 200"
    };
    while !begun() {
        std::thread::yield_now();
    }
    assert_eq!(listening.interrupt().status, 0);
}

#[test]
fn pages_that_read_nothing_delay_neither_deliveries_nor_the_exit_and_hold_little() {
    let listening = Listening::start(&["--unsigned"]);
    let stuck: Vec<_> = (0..8).map(|_| listening.open_stream()).collect();
    let path = scratch("large.json");
    let text = "x".repeat(200_000);
    std::fs::write(
        &path,
        format!(r#"{{"id":"1","eventType":"x","payload":"{text}"}}"#),
    )
    .unwrap();
    let send = ["send", "--body", &path, "--concurrency", "8", "--count"];
    let sent = run(&[&send[..], &["300", &listening.url]].concat());
    assert_eq!(sent.status, 0, "{}", sent.stdout);
    #[cfg(target_os = "linux")]
    assert!(
        listening.peak_memory() < 150 * 1024 * 1024,
        "{}",
        listening.peak_memory()
    );
    let end = listening.interrupt();
    assert_eq!(end.status, 0);
    assert!(
        end.stdout
            .ends_with("\n300 deliveries: 0 signed, 300 unsigned, 0 rejected\n"),
        "{}",
        end.stdout
    );
    drop(stuck);
}
