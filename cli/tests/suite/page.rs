//! The page of `listen`, without a browser: who may see it, and who may send. `page.py` uses a browser.

use crate::support::{Listening, received, scratch, server};

#[test]
fn the_page_runs_only_its_own_script_and_loads_nothing_external() {
    let listening = Listening::start(&[]);
    let get = || listening.get(&format!("/{}", listening.secret), &listening.address);
    let page = get();
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
    assert!(nonce.len() == 32 && !get().contains(nonce));
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
    for path in ["/", "/events", "/deliveries/1"] {
        let path = format!("{path}{}", listening.secret);
        for host in [
            "evil.example",
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "",
        ] {
            let answer = listening.get(&path, host);
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
        let answer = listening.get(&format!("/{}", listening.secret), &host);
        assert!(answer.starts_with("HTTP/1.1 200 "), "{host}: {answer}");
    }
    // A delivery through a tunnel has the name of the tunnel.
    let body = "POST / HTTP/1.1\r\nhost: tunnel.example\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx";
    assert!(listening.ask(body.as_bytes()).starts_with("HTTP/1.1 400 "));
    listening.interrupt();
}

#[test]
fn every_path_accepts_deliveries_and_serves_nothing_else() {
    let listening = Listening::start(&["--unsigned"]);
    for path in ["/", "/events", "/deliveries/1", "/a/b?c"] {
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
fn the_page_and_what_it_loads_need_the_secret_of_this_start() {
    let listening = Listening::start(&["--unsigned"]);
    listening.post("/", br#"{"id":"1","eventType":"personal","payload":{}}"#);
    listening.has_shown(1);
    let other = Listening::start(&["--unsigned"]);
    assert_ne!(listening.secret, other.secret);
    let short = &listening.secret[..listening.secret.len() - 1];
    let long = format!("{}0", listening.secret);
    // What nginx sends by default, what another proxy may send, and what a user of this machine sends.
    for host in ["127.0.0.1:9101", "203.0.113.5:8080", &listening.address] {
        for path in ["/", "/events", "/deliveries/1"] {
            for query in ["", "?", "?token=", short, &long, &other.secret] {
                let answer = listening.get(&format!("{path}{query}"), host);
                assert!(
                    answer.starts_with("HTTP/1.1 403 "),
                    "{path}{query}: {answer}"
                );
                assert!(!answer.contains("personal"), "{answer}");
            }
        }
    }
    assert_eq!(listening.page("/deliveries/1")["facts"][1], "POST /");
    other.interrupt();
    listening.interrupt();
}

#[test]
fn the_secret_is_printed_once_and_kept_nowhere_else() {
    for output in ["text", "json"] {
        let file = scratch("secret.jsonl");
        let (target, requests) = server("200 OK", String::new());
        let args = ["--unsigned", "--record", &file, "--forward-to", &target];
        let listening = Listening::start(&[&args[..], &["--output", output]].concat());
        let secret = listening.secret.strip_prefix("?token=").unwrap().to_owned();
        assert_eq!(secret.len(), 32);
        let path = format!("/{}", listening.secret);
        listening.get(&path, &listening.address);
        listening.post(&path, br#"{"id":"1","eventType":"x","payload":{}}"#);
        assert!(!received(&requests).contains(&secret));
        let end = listening.interrupt();
        assert_eq!(end.stdout.matches(&secret).count(), 1, "{}", end.stdout);
        assert!(!end.stderr.contains(&secret));
        assert!(!std::fs::read_to_string(&file).unwrap().contains(&secret));
    }
}

#[test]
fn what_a_website_sends_is_no_delivery_and_reads_no_stream() {
    let (target, requests) = server("200 OK", String::new());
    let file = scratch("website.jsonl");
    let args = ["--unsigned", "--record", &file, "--forward-to", &target];
    let listening = Listening::start(&args);
    let body = r#"{"id":"1","eventType":"x","payload":{}}"#;
    let ask = |request: &str, header: &str| {
        let (host, length) = (&listening.address, body.len());
        let head = format!(
            "{request} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncontent-length: {length}\r\n{header}\r\n"
        );
        listening.ask(format!("{head}{body}").as_bytes())
    };
    let stream = format!("GET /events{}", listening.secret);
    let contents = format!("GET /deliveries/1{}", listening.secret);
    for header in [
        "Origin: https://evil.example\r\n",
        "Origin: null\r\n",
        "origin: http://127.0.0.1\r\n",
        "Sec-Fetch-Site: cross-site\r\n",
        "Sec-Fetch-Site: same-site\r\n",
        "sec-fetch-site: none\r\nsec-fetch-site: cross-site\r\n",
    ] {
        for request in ["POST /", "POST /events", "POST /hooks", &stream, &contents] {
            let answer = ask(request, header);
            assert!(
                answer.starts_with("HTTP/1.1 403 "),
                "{request} {header}: {answer}"
            );
        }
    }
    let answer = ask("POST /", "Sec-Fetch-Site: none\r\n");
    assert!(answer.starts_with("HTTP/1.1 202 "), "{answer}");
    received(&requests);
    let end = listening.interrupt();
    assert!(
        end.stdout
            .ends_with("\n1 delivery: 0 signed, 1 unsigned, 0 rejected\n"),
        "{}",
        end.stdout
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1);
    assert!(requests.try_recv().is_err());
}
