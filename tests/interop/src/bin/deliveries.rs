//! Serves webhooks for programs in other languages to post. Each is signed on request, so that none is too old.
//!
//! | `GET` | answer |
//! |---|---|
//! | `/jwks` | the key set that verifies them |
//! | `/issuer`, `/client-id` | their issuer and their audience |
//! | `/bodies/KIND/ID` | one body with that id, of a [`kind`](body) |
//! | `/tokens/PREFIX/COUNT` | as many tokens, one per line, with the ids `PREFIX-0`, `PREFIX-1` and so on |

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use moneyhub_webhooks::Event;
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};

/// The largest body that the receivers accept.
const LIMIT: usize = 1024 * 1024;

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("listening on {}", listener.local_addr()?);
    for stream in listener.incoming() {
        let stream = stream?;
        thread::spawn(move || answer(stream));
    }
    Ok(())
}

fn answer(stream: TcpStream) -> io::Result<()> {
    let mut stream = BufReader::new(stream);
    let mut request = String::new();
    stream.read_line(&mut request)?;
    let mut line = String::new();
    while stream.read_line(&mut line)? > 2 {
        line.clear();
    }
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match content(path.trim_start_matches('/')) {
        Some(body) => ("200 OK", body),
        None => ("404 Not Found", String::new()),
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n");
    stream.get_mut().write_all((head + &body).as_bytes())
}

fn content(path: &str) -> Option<String> {
    let issuer = TestIssuer::new();
    let mut parts = path.split('/');
    match (parts.next()?, parts.next(), parts.next()) {
        ("jwks", None, None) => Some(issuer.jwks()),
        ("issuer", None, None) => Some(issuer.issuer().to_owned()),
        ("client-id", None, None) => Some(issuer.client_id().to_owned()),
        ("bodies", Some(kind), Some(id)) => body(&issuer, kind, id),
        ("tokens", Some(prefix), Some(count)) => {
            let token = |number: usize| {
                issuer
                    .delivery(&samples::of(EventType::PaymentCompleted))
                    .id(format!("{prefix}-{number}"))
                    .token()
                    + "\n"
            };
            Some((0..count.parse().ok()?).map(token).collect())
        }
        _ => None,
    }
}

/// A body of the given kind.
fn body(issuer: &TestIssuer, kind: &str, id: &str) -> Option<String> {
    let delivery = issuer
        .delivery(&samples::of(EventType::PaymentCompleted))
        .id(id);
    Some(match kind {
        "token" => delivery.token(),
        "json" => delivery.json(),
        "forged" => String::from_utf8(delivery.faulty(Fault::Forged)).expect("a token"),
        "no-webhook" => format!("id={id}"),
        "widget-json" => format!(r#"{{"token":"{}"}}"#, delivery.token()),
        "widget-form" => format!("token={}", delivery.token()),
        "6000-ids" => issuer.delivery(&transactions(6000)).id(id).token(),
        "limit" => of_length(LIMIT, issuer, id),
        "over" => of_length(LIMIT + 1, issuer, id),
        "far-over" => "x".repeat(10 * LIMIT),
        _ => return None,
    })
}

/// New transactions of one account.
fn transactions(count: usize) -> Event {
    let ids: Vec<_> = (0..count)
        .map(|id| format!("d520402a-d982-43ee-b1d1-{id:012x}"))
        .collect();
    let account =
        serde_json::json!({ "id": "6d0baf11-248e-4c11-9c04-97b7758b4e04", "transactions": ids });
    let event =
        serde_json::json!({ "eventType": "newTransactions", "payload": { "accounts": [account] } });
    serde_json::from_str(&event.to_string()).expect("an event")
}

/// A valid token of exactly this length. Base64 does not have every length, so a line break may fill the last byte.
fn of_length(length: usize, issuer: &TestIssuer, id: &str) -> String {
    let event = samples::of(EventType::PaymentCompleted);
    let token = |padding: usize| {
        issuer
            .delivery(&event)
            .id(id)
            .claim("padding", "x".repeat(padding))
            .token()
    };
    let mut padding = (length - token(0).len()) / 4 * 3;
    while token(padding + 1).len() <= length {
        padding += 1;
    }
    let mut body = token(padding);
    if body.len() < length {
        body.push('\n');
    }
    assert_eq!(body.len(), length);
    body
}
