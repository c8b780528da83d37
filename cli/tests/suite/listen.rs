//! `listen`: receiving, recording, forwarding and stopping.

use std::io::{BufReader, Write as _};
use std::process::Command;

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use serde_json::{Value, json};

use crate::support::{Listening, command, read_request, received, run, scratch, server};

#[test]
fn each_delivery_is_a_line_and_the_counts_come_last() {
    let listening = Listening::start(&["--unsigned"]);
    run(&[
        "send",
        "--event",
        "paymentError",
        "--user-id",
        "ada",
        &listening.url,
    ]);
    run(&[
        "send",
        "--event",
        "unknown",
        "--event",
        "malformed",
        "--unsigned",
        &listening.url,
    ]);
    run(&["send", "--fault", "expired", &listening.url]);
    let end = listening.interrupt();
    assert_eq!(end.status, 0);
    let lines: Vec<_> = end.stdout.lines().collect();
    assert!(lines[0].starts_with("listening on http://127.0.0.1:"));
    let told = |line: &str| line.split_once(' ').unwrap().1.to_owned();
    assert!(
        told(lines[3]).starts_with("#1 ✓ signed   paymentError              user ada  "),
        "{}",
        lines[3]
    );
    assert!(
        told(lines[4]).starts_with("#2 ✓ unsigned somethingNew             unknown event  "),
        "{}",
        lines[4]
    );
    assert!(
        lines[5].contains(" malformed at paymentId: expected a string  "),
        "{}",
        lines[5]
    );
    assert_eq!(
        told(lines[6]),
        "#4 ✗ rejected 401 expired: `iat` is older than the maximum age"
    );
    assert_eq!(
        lines[8],
        "4 deliveries: 1 signed, 2 unsigned, 1 rejected (1 expired)"
    );
    assert!(
        end.stderr.contains(
            "warning: tokens of the test issuer are accepted, and its private key is public"
        ),
        "{}",
        end.stderr
    );
}

#[test]
fn as_json_each_delivery_is_one_document_with_the_report_of_inspect() {
    let listening = Listening::start(&["--output", "json"]);
    run(&[
        "send",
        "--event",
        "paymentError",
        &format!("{}some/path", listening.url),
    ]);
    let answer = listening.post("/", br#"{"id":"1","eventType":"x","payload":1.50}"#);
    assert!(answer.starts_with("HTTP/1.1 401 "), "{answer}");
    assert!(answer.ends_with(
        r#"{"description":"format rejected: plain JSON, but this receiver accepts only signed tokens","err":"authentication_failed"}"#
    ));
    let end = listening.interrupt();
    let lines = end.json_lines();
    assert_eq!(lines.len(), 4);
    assert!(
        lines[0]["listening"]
            .as_str()
            .unwrap()
            .starts_with("http://127.0.0.1:")
    );
    assert_eq!(
        (&lines[1]["number"], &lines[1]["path"], &lines[1]["status"]),
        (&json!(1), &json!("/some/path"), &json!(202))
    );
    assert_eq!(
        (&lines[1]["accepted"], &lines[1]["event"]["name"]),
        (&json!(true), &json!("paymentError"))
    );
    assert_eq!(lines[2]["error"]["kind"], "format_rejected");
    assert_eq!(
        lines[3]["counts"]["rejections"],
        json!({ "format_rejected": 1 })
    );
}

#[test]
fn recorded_bodies_are_replayed_byte_for_byte() {
    let file = scratch("recording.jsonl");
    let bodies: [&[u8]; 3] = [
        b"{\"id\":\"1\",\n\"eventType\":\"x\",\"payload\":{}}",
        b"\x00\xff\r\n",
        b"",
    ];
    let listening = Listening::start(&["--unsigned", "--record", &file]);
    for body in bodies {
        listening.post("/", body);
    }
    assert_eq!(listening.interrupt().status, 0);

    let again = scratch("again.jsonl");
    let listening = Listening::start(&["--unsigned", "--record", &again]);
    let sent = run(&["send", "--replay", &file, &listening.url]);
    assert_eq!(sent.status, 0, "{}", sent.stdout);
    assert_eq!(listening.interrupt().status, 0);
    let recorded = |file: &str| -> Vec<(Value, Value)> {
        let text = std::fs::read_to_string(file).unwrap();
        let line = |line| {
            let line: Value = serde_json::from_str(line).unwrap();
            (line["status"].clone(), line["body"].clone())
        };
        text.lines().map(line).collect()
    };
    assert_eq!(recorded(&again), recorded(&file));
    assert_eq!(recorded(&file)[1], (json!(400), json!("AP8NCg==")));
    assert_eq!(recorded(&file).len(), 3);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &std::fs::metadata(&file).unwrap().permissions(),
        );
        assert_eq!(mode & 0o777, 0o600, "readable by its owner only");
    }
}

#[test]
fn a_body_is_forwarded_unchanged_and_the_answer_shown() {
    let (target, requests) = server("418 I'm a teapot", "no".to_owned());
    // Without a scheme, as people type it.
    let target = target.strip_prefix("http://").unwrap();
    let listening = Listening::start(&["--unsigned", "--forward-to", &format!("{target}hooks")]);
    let body = "{\"id\":\"1\" ,\"eventType\":\"x\",\"payload\":{}}\n";
    let head = format!(
        "POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: text/odd; a=b\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let answer = listening.ask(format!("{head}{body}").as_bytes());
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    let request = received(&requests);
    assert!(request.starts_with("POST /hooks HTTP/1.1\r\n"), "{request}");
    assert!(
        request.contains("content-type: text/odd; a=b\r\n")
            && request.ends_with(&format!("\r\n\r\n{body}"))
    );
    let end = listening.interrupt();
    assert!(end.stdout.contains("  → 418 in "), "{}", end.stdout);
}

#[test]
fn ctrl_c_waits_for_bodies_being_forwarded() {
    let target = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", target.local_addr().unwrap());
    let listening = Listening::start(&["--unsigned", "--forward-to", &url]);
    assert_eq!(run(&["send", "--unsigned", &listening.url]).status, 0);
    let mut stream = BufReader::new(target.accept().unwrap().0);
    read_request(&mut stream);
    listening.signal();
    // Once stopping, it no longer listens.
    while std::net::TcpStream::connect(&listening.address).is_ok() {
        std::thread::yield_now();
    }
    stream
        .get_mut()
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .unwrap();
    let end = listening.end();
    assert_eq!(end.status, 0);
    assert!(end.stdout.contains("  → 204 in "), "{}", end.stdout);
}

#[test]
fn a_body_over_the_limit_is_rejected_while_it_is_read() {
    let listening = Listening::start(&["--unsigned", "--max-body", "1000"]);
    let rejected = "HTTP/1.1 413 ";
    assert!(listening.post("/", &[b'x'; 1001]).starts_with(rejected));
    assert!(listening.post("/", &[b'x'; 100_000]).starts_with(rejected));
    // Chunked, without a length, and endless.
    let mut stream = listening.connect();
    stream
        .write_all(b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n")
        .unwrap();
    let chunk = [b"100\r\n".as_slice(), &[b'x'; 256], b"\r\n"].concat();
    while stream.write_all(&chunk).is_ok() {}
    assert!(
        listening
            .post("/", br#"{"id":"1","eventType":"x","payload":{}}"#)
            .starts_with("HTTP/1.1 202 ")
    );
    let end = listening.interrupt();
    assert!(
        end.stdout
            .contains("✗ rejected 413 body too large: over 1000 bytes\n"),
        "{}",
        end.stdout
    );
    assert!(
        end.stdout
            .ends_with("4 deliveries: 0 signed, 1 unsigned, 3 rejected (3 body too large)\n"),
        "{}",
        end.stdout
    );
}

#[test]
fn no_delivery_is_lost_at_full_rate() {
    let file = scratch("load.jsonl");
    let listening = Listening::start(&["--unsigned", "--output", "json", "--record", &file]);
    let sent = run(&[
        "send",
        "--unsigned",
        "--count",
        "2000",
        "--concurrency",
        "32",
        &listening.url,
    ]);
    assert_eq!(sent.status, 0, "{}", sent.stdout);
    let end = listening.interrupt();
    let lines = end.json_lines();
    assert_eq!(
        (lines.len(), &lines.last().unwrap()["counts"]["unsigned"]),
        (2002, &json!(2000))
    );
    assert_eq!(
        std::fs::read_to_string(&file).unwrap().lines().count(),
        2000
    );
}

#[test]
fn keys_at_a_url_are_fetched() {
    let issuer = TestIssuer::new();
    let (url, requests) = server("200 OK", issuer.jwks());
    let listening = Listening::start(&[
        "--keys",
        &url,
        "--client-id",
        issuer.client_id(),
        "--issuer",
        issuer.issuer(),
    ]);
    received(&requests);
    let answer = listening.post(
        "/",
        issuer
            .sign(&samples::of(EventType::PaymentError))
            .as_bytes(),
    );
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    assert!(!listening.interrupt().stderr.contains("test issuer"));
}

#[test]
fn sigterm_and_a_closed_pipe_stop_it_as_ctrl_c_does() {
    let mut child = command(&["listen", "--port", "0"]).spawn().unwrap();
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut stdout, &mut first).unwrap();
    Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));

    let mut child = command(&["listen", "--port", "0"]).spawn().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    first.clear();
    std::io::BufRead::read_line(&mut stdout, &mut first).unwrap();
    drop(stdout);
    run(&["send", first.split_whitespace().last().unwrap()]);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_port_in_use_and_an_unwritable_file_are_failures() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let listen = run(&["listen", "--port", &port]);
    assert_eq!(listen.status, 1);
    assert!(
        listen.stderr.contains(&format!(
            "error: 127.0.0.1:{port}: the port is in use; choose another"
        )),
        "{}",
        listen.stderr
    );
    assert_eq!(
        run(&["listen", "--port", "0", "--record", "/no/such/folder/x"]).status,
        1
    );
    // A full disk stops it, so that no recording is incomplete.
    if std::path::Path::new("/dev/full").exists() {
        let listening = Listening::start(&["--record", "/dev/full"]);
        run(&["send", &listening.url]);
        let end = listening.end();
        assert_eq!(end.status, 1);
        assert!(
            end.stderr
                .contains("error: /dev/full: No space left on device"),
            "{}",
            end.stderr
        );
    }
}

#[test]
fn an_unfinished_request_does_not_prevent_the_exit() {
    if std::path::Path::new("/dev/full").exists() {
        let listening = Listening::start(&["--record", "/dev/full"]);
        let mut stuck = listening.connect();
        stuck.write_all(b"POST / HTTP/1.1\r\nho").unwrap();
        run(&["send", &listening.url]);
        assert_eq!(listening.end().status, 1);
    }
    let listening = Listening::start(&[]);
    let mut stuck = listening.connect();
    stuck
        .write_all(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nx")
        .unwrap();
    assert_eq!(listening.interrupt().status, 0);
}

#[test]
fn the_key_set_of_the_test_issuer_is_published_for_a_service_under_test() {
    let listening = Listening::start(&[]);
    let answer = listening.get("/jwks.json", &listening.address);
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert_eq!(
        run(&["keys", &format!("{}jwks.json", listening.url)]).stdout,
        "1 usable\n  ✓ test-key-known-to-everyone\n"
    );
    assert_eq!(listening.interrupt().status, 0);
}
