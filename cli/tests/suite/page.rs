//! The page of `listen` and its stream, without a browser. `page.py` uses one.

use std::io::{BufRead as _, BufReader, Write as _};

use serde_json::{Value, json};

use crate::support::{Listening, run, scratch};

#[test]
fn the_page_runs_only_its_own_script_and_loads_nothing_external() {
    let listening = Listening::start(&[]);
    let page = listening.get("/", &listening.address);
    let (head, body) = page.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let header = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(&format!("{name}: ")))
            .unwrap_or_else(|| panic!("{name}: {head}"))
    };
    let policy = header("content-security-policy");
    let nonce = policy
        .split("script-src 'nonce-")
        .nth(1)
        .unwrap()
        .split('\'')
        .next()
        .unwrap();
    let expected = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    assert_eq!(policy, expected);
    assert_eq!(body.matches(&format!("nonce=\"{nonce}\"")).count(), 2);
    assert!(nonce.len() == 32 && !listening.get("/", &listening.address).contains(nonce));
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert!(!head.contains("access-control"), "{head}");
    // The only URL in it is the XML namespace of its icon.
    assert_eq!(
        body.matches("http").count(),
        body.matches("http://www.w3.org/2000/svg").count(),
        "{body}"
    );
    assert!(!body.contains("innerHTML") && !body.contains("{{"));
    listening.interrupt();
}

#[test]
fn the_page_and_its_stream_are_not_served_under_other_names() {
    let listening = Listening::start(&[]);
    for path in ["/", "/events"] {
        for host in [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "",
        ] {
            let answer = listening.get(path, host);
            assert!(
                answer.starts_with("HTTP/1.1 403 "),
                "{path} {host}: {answer}"
            );
        }
    }
    let port = listening.address.rsplit(':').next().unwrap();
    for host in [
        format!("localhost:{port}"),
        "127.0.0.1".to_owned(),
        format!("[::1]:{port}"),
    ] {
        assert!(
            listening.get("/", &host).starts_with("HTTP/1.1 200 "),
            "{host}"
        );
    }
    // A delivery through a tunnel has the name of the tunnel.
    let body = "POST / HTTP/1.1\r\nhost: tunnel.example\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx";
    assert!(listening.ask(body.as_bytes()).starts_with("HTTP/1.1 400 "));
    listening.interrupt();
}

#[test]
fn every_path_accepts_deliveries_and_serves_nothing_else() {
    let listening = Listening::start(&["--unsigned"]);
    for path in ["/", "/events", "/a/b?c"] {
        let answer = listening.post(path, br#"{"id":"1","eventType":"x","payload":{}}"#);
        assert!(answer.starts_with("HTTP/1.1 202 "), "{path}: {answer}");
    }
    assert!(
        listening
            .get("/elsewhere", &listening.address)
            .starts_with("HTTP/1.1 404 ")
    );
    for path in ["/", "/elsewhere"] {
        let put = format!(
            "PUT {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
        );
        assert!(
            listening.ask(put.as_bytes()).starts_with("HTTP/1.1 405 "),
            "{path}"
        );
    }
    listening.interrupt();
}

#[test]
fn the_stream_has_past_deliveries_then_new_ones_and_ends_with_the_server() {
    let listening = Listening::start(&["--unsigned"]);
    listening.post(
        "/",
        br#"{"id":"1","eventType":"before","payload":{"n":1.50}}"#,
    );
    let mut stream = listening.connect();
    write!(
        stream,
        "GET /events HTTP/1.1\r\nhost: {}\r\n\r\n",
        listening.address
    )
    .unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
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
    assert_eq!(first["deliveries"][0]["event"]["name"], "before");
    assert_eq!(
        first["deliveries"][0]["texts"]["payload"],
        "{\n  \"n\": 1.50\n}"
    );
    run(&["send", "--event", "paymentError", &listening.url]);
    let second = next().unwrap();
    assert_eq!(
        (&second["is_first"], &second["missed"]),
        (&json!(false), &json!(0))
    );
    assert_eq!(second["deliveries"][0]["event"]["name"], "paymentError");
    assert_eq!(second["deliveries"].as_array().unwrap().len(), 1);
    let claims: Value =
        serde_json::from_str(second["deliveries"][0]["texts"]["claims"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&claims["aud"], &claims["events"]),
        (&json!("test-client"), &Value::Null)
    );
    assert_eq!(listening.interrupt().status, 0);
    // The stream ended properly: the last chunk is empty.
    let rest: Vec<_> = lines.collect();
    assert_eq!(rest.join("\n").trim(), "0", "{rest:?}");
}

#[test]
fn the_page_gets_each_part_once_and_formatting_does_not_multiply_it() {
    let listening = Listening::start(&["--unsigned"]);
    let payload = format!(
        "{}{}0{}",
        "[".repeat(30),
        "0,".repeat(50_000),
        "]".repeat(30)
    );
    let body = format!(r#"{{"id":"1","eventType":"x","payload":{payload}}}"#);
    listening.post("/", body.as_bytes());
    let mut stream = listening.connect();
    write!(
        stream,
        "GET /events HTTP/1.1\r\nhost: {}\r\n\r\n",
        listening.address
    )
    .unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.find(|line| line.starts_with("data: ")).unwrap();
    assert!(
        first.len() < 6 * body.len(),
        "{} of {}",
        first.len(),
        body.len()
    );
    let first: Value = serde_json::from_str(first.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(first["deliveries"][0]["event"]["payload"], Value::Null);
    assert!(
        first["deliveries"][0]["texts"]["payload"]
            .as_str()
            .unwrap()
            .len()
            > payload.len()
    );
    listening.interrupt();
}

#[test]
fn a_page_that_opens_late_gets_the_number_of_missed_deliveries() {
    let listening = Listening::start(&["--unsigned"]);
    run(&[
        "send",
        "--plain",
        "--count",
        "600",
        "--concurrency",
        "8",
        &listening.url,
    ]);
    let mut stream = listening.connect();
    write!(
        stream,
        "GET /events HTTP/1.1\r\nhost: {}\r\n\r\n",
        listening.address
    )
    .unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let first = lines.find(|line| line.starts_with("data: ")).unwrap();
    let first: Value = serde_json::from_str(first.strip_prefix("data: ").unwrap()).unwrap();
    assert_eq!(first["deliveries"].as_array().unwrap().len(), 500);
    assert_eq!(
        (&first["missed"], &first["counts"]["total"]),
        (&json!(100), &json!(600))
    );
    assert_eq!(listening.interrupt().status, 0);
}

#[test]
fn a_page_that_reads_nothing_delays_neither_deliveries_nor_the_exit() {
    let listening = Listening::start(&["--unsigned"]);
    let mut stuck = listening.connect();
    write!(
        stuck,
        "GET /events HTTP/1.1\r\nhost: {}\r\n\r\n",
        listening.address
    )
    .unwrap();
    // More than the socket buffers hold.
    let path = scratch("large.json");
    let text = "x".repeat(200_000);
    std::fs::write(
        &path,
        format!(r#"{{"id":"1","eventType":"x","payload":"{text}"}}"#),
    )
    .unwrap();
    let sent = run(&[
        "send",
        "--body",
        &path,
        "--count",
        "300",
        "--concurrency",
        "8",
        &listening.url,
    ]);
    assert_eq!(sent.status, 0, "{}", sent.stdout);
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
