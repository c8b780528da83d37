//! Faults that users of other fetchers of key sets have reported, tried here. `tests/interop/REPORTS.md` has the whole list,
//! with the tests elsewhere that hold the others.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread::{self, JoinHandle};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use moneyhub_webhooks::{ErrorKind, RemoteKeys};
use serde_json::json;

use crate::logs::{collect, take_own};
use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, ISSUED_AT, ISSUER, jwks, misfits};
use crate::support::{PATIENCE, Service, at, past_deadline};

/// A server that answers one request for a key set with the first key, under this media type if there is one: its
/// address, and what it was sent.
fn one_request(media_type: Option<&str>) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}{KEYS}", listener.local_addr().unwrap());
    let media_type = media_type
        .map(|media_type| format!("content-type: {media_type}\r\n"))
        .unwrap_or_default();
    let body = jwks(&[("first", &FIRST)]);
    let head = format!(
        "HTTP/1.1 200 OK\r\n{media_type}content-length: {}\r\n\r\n",
        body.len()
    );
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        stream
            .write_all(&[head.as_bytes(), &body].concat())
            .unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, server)
}

/// <https://github.com/jpadilla/pyjwt/issues/1121>, <https://github.com/auth0/jwks-rsa-java/issues/77>
#[tokio::test]
async fn a_fetch_names_a_user_agent_and_accepts_every_media_type() {
    let (url, server) = one_request(None);
    let service = Service::new(RemoteKeys::from_url(url, [ISSUER]).timeout(PATIENCE));
    assert_eq!(service.receive(&FIRST.token("first")).await, Ok(()));
    let request = server.join().unwrap().to_lowercase();
    let lines: Vec<_> = request.lines().collect();
    assert_eq!(lines[0], format!("get {KEYS} http/1.1"));
    let agent = lines
        .iter()
        .find_map(|line| line.strip_prefix("user-agent: moneyhub-webhooks/"))
        .unwrap();
    assert!(
        agent.starts_with(|first: char| first.is_ascii_digit()),
        "{agent}"
    );
    assert!(lines.contains(&"accept: */*"), "{request}");
}

/// <https://github.com/ramosbugs/openidconnect-rs/issues/11>
#[tokio::test]
async fn a_key_set_of_any_media_type_is_read() {
    for media_type in [
        None,
        Some("application/json"),
        Some("application/jwk-set+json; charset=UTF-8"),
        Some("application/jwk+json"),
        Some("text/plain"),
        Some("text/html"),
        Some("application/octet-stream"),
    ] {
        let (url, server) = one_request(media_type);
        let service = Service::new(RemoteKeys::from_url(url, [ISSUER]).timeout(PATIENCE));
        assert_eq!(
            service.receive(&FIRST.token("first")).await,
            Ok(()),
            "{media_type:?}"
        );
        server.join().unwrap();
    }
}

/// <https://github.com/zmartzone/lua-resty-openidc/issues/468>, <https://github.com/micronaut-projects/micronaut-security/pull/2289>
#[tokio::test]
async fn tokens_that_no_new_key_can_make_valid_cause_no_fetch() {
    let good = FIRST.token("first");
    let with_header = |header: serde_json::Value| {
        let (_, rest) = good.split_once('.').unwrap();
        format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()))
    };
    let hopeless = [
        (with_header(json!({"alg": "RS256"})), ErrorKind::KeyId),
        (
            with_header(json!({"alg": "RS256", "kid": ""})),
            ErrorKind::KeyId,
        ),
        (
            with_header(json!({"alg": "none", "kid": "unknown"})),
            ErrorKind::Algorithm,
        ),
        (
            with_header(json!({"alg": "HS256", "kid": "unknown"})),
            ErrorKind::Algorithm,
        ),
        (
            with_header(json!({"alg": "RS256", "kid": "unknown", "crit": ["x"]})),
            ErrorKind::Header,
        ),
        (with_header(json!(["RS256", "unknown"])), ErrorKind::Header),
        ("unknown".to_owned(), ErrorKind::Body),
        ("{}".to_owned(), ErrorKind::Body),
        (
            r#"{"id":"1","eventType":"x","payload":{}}"#.to_owned(),
            ErrorKind::FormatRejected,
        ),
    ];
    // Without keys, and with keys that are neither old nor within the cooldown.
    let server = Server::http();
    let cold = Service::of(&server);
    for (body, kind) in &hopeless {
        assert_eq!(cold.receive_at_once(body), Err(*kind));
    }
    assert_eq!(server.fetches(), 0);

    let warm = Service::warm(&server).await;
    warm.clock.set(300);
    let other_issuer = (FIRST.token_of("https://other", "first"), ErrorKind::Issuer);
    let bad_signatures = misfits("first").into_iter();
    let bad_signatures = bad_signatures.map(|token| (token, ErrorKind::Signature));
    let unknown_keys = misfits("unknown").into_iter();
    let unknown_keys = unknown_keys.map(|token| (token, ErrorKind::UnknownKey));
    let hopeless = hopeless.into_iter().chain([other_issuer]);
    for (body, kind) in hopeless.chain(bad_signatures).chain(unknown_keys) {
        assert_eq!(warm.receive_at_once(&body), Err(kind), "{body}");
    }
    assert_eq!(server.fetches(), 1);
}

/// <https://github.com/seanmonstar/reqwest/issues/715>, <https://github.com/encode/httpx/issues/2760>
#[tokio::test]
async fn the_url_of_the_keys_and_its_password_are_in_no_message_and_no_log() {
    const SECRET: &str = "SECRET";
    collect();
    let path = format!("{KEYS}?key={SECRET}");
    let mut shown = String::new();
    for (answer, is_endless) in [
        (Some(Answer::new(503, "")), false),
        (Some(Answer::ok("<html>")), false),
        (Some(Answer::ok(r#"{"keys":[]}"#)), false),
        (Some(Answer::truncated(jwks(&[("first", &FIRST)]))), false),
        (Some(Answer::huge()), false),
        (Some(Answer::redirect(302, "/other")), false),
        (Some(Answer::trickling()), true),
        (None, false),
    ] {
        let mut server = Server::http();
        let url = server
            .url(&path)
            .replacen("//", &format!("//{SECRET}:{SECRET}@"), 1);
        match answer {
            Some(answer) => server.answer(&path, answer),
            None => server.close().await,
        }
        let keys = RemoteKeys::from_url(url, [ISSUER]).timeout(PATIENCE);
        shown += &format!("{keys:?} {keys:#?}");
        let service = Service::new(keys);
        let token = FIRST.token("first");
        let parsed = service.receiver.receive_at(token.as_bytes(), at(ISSUED_AT));
        let parsed = if is_endless {
            past_deadline(&server, parsed).await
        } else {
            parsed.await
        };
        let error = parsed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::KeysUnavailable);
        service.fetch_ended().await;
        let status = service.keys.status();
        assert!(status.last_error.is_some());
        shown += &format!(
            "{error} {error:?} {status:?} {:?} {:?}",
            service.keys, service.receiver
        );
    }
    for url in [
        format!("http://{SECRET}:{SECRET}@keys.example/{SECRET}?key={SECRET}"),
        format!("ftp://{SECRET}@127.0.0.1/{SECRET}"),
        format!("https://{SECRET}:{SECRET}@[{SECRET}/"),
        SECRET.to_owned(),
    ] {
        let error = RemoteKeys::from_url(&url, [ISSUER]).build().unwrap_err();
        shown += &format!("{error} {error:?}");
    }
    let log = take_own();
    assert_eq!(
        log.iter()
            .filter(|line| line.contains("keys_unavailable"))
            .count(),
        8,
        "{log:#?}"
    );
    shown += &log.concat();
    assert!(!shown.contains(SECRET), "{shown}");
}

/// The check is here, because the list and all that it names are in the repository, as this package is, and the list is
/// not in the published crate.
#[test]
fn the_list_of_reports_names_existing_tests_and_every_report_of_a_test() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let list = fs::read_to_string(repository.join("tests/interop/REPORTS.md")).unwrap();
    let own = [
        "tests/suite/reports.rs",
        "tests/features/tests/live/reports.rs",
    ]
    .map(|file| fs::read_to_string(repository.join(file)).unwrap());
    let sources: String = ["tests/suite", "tests/features/tests"]
        .map(|folder| sources_in(&repository.join(folder)))
        .concat();

    let rows: Vec<_> = list
        .lines()
        .filter(|line| line.starts_with("| ") && !line.starts_with("| what"))
        .collect();
    let named = |row: &str| -> Vec<String> {
        let tests = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        tests
            .split('`')
            .filter(|word| word.contains('_'))
            .map(str::to_owned)
            .collect()
    };
    for row in &rows {
        assert_eq!(row.matches(" | ").count(), 3, "{row}");
        assert!(
            row.contains("](https://github.com/") && !named(row).is_empty(),
            "{row}"
        );
        for test in named(row) {
            assert!(sources.contains(&format!("fn {test}(")), "{test}");
        }
    }
    let is_own = |row: &&&str| {
        named(row)
            .iter()
            .all(|test| own.concat().contains(&format!("fn {test}(")))
    };
    assert_eq!((rows.iter().filter(is_own).count(), rows.len()), (15, 63));

    let links = own
        .iter()
        .flat_map(|source| source.lines())
        .filter_map(|line| line.strip_prefix("/// <"));
    for link in links.flat_map(|links| links.split(", <")) {
        let link = link.trim_end_matches([',', '>']);
        assert!(list.contains(&format!("]({link})")), "{link}");
    }
}

fn sources_in(folder: &Path) -> String {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() {
                sources_in(&path)
            } else {
                fs::read_to_string(path).unwrap()
            }
        })
        .collect()
}
