//! Redirects lead nowhere: not to another server, not from `https` to `http`, and not to another path.

use moneyhub_webhooks::ErrorKind;

use crate::support::Service;
use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, jwks};

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

/// Asserts that a redirect to a place with good keys is an answer like any other that is not 200.
async fn assert_not_followed(server: &Server, location: &str) {
    for status in STATUSES {
        server.answer(KEYS, Answer::redirect(status, location));
        let before = server.fetches();
        let service = Service::of(server);
        assert_eq!(
            service.receive(&FIRST.token("first")).await,
            Err(ErrorKind::KeysUnavailable)
        );
        assert_eq!(
            service.last_error(),
            format!("the answer has the status {status}")
        );
        assert_eq!(server.fetches(), before + 1);
    }
}

/// Row 50.
#[tokio::test]
async fn a_redirect_to_another_port_is_not_followed() {
    let (server, other) = (Server::https("127.0.0.1"), Server::https("127.0.0.1"));
    other.publish(&[("first", &FIRST)]);
    assert_not_followed(&server, &other.url(KEYS)).await;
    assert_eq!(other.all_requests(), 0);
}

/// Row 50.
#[tokio::test]
async fn a_redirect_from_https_to_http_is_not_followed() {
    let (server, other) = (Server::https("127.0.0.1"), Server::http());
    other.publish(&[("first", &FIRST)]);
    assert_not_followed(&server, &other.url(KEYS)).await;
    assert_eq!(other.all_requests(), 0);
}

/// Row 50.
#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    let (server, other) = (Server::https("127.0.0.1"), Server::http());
    other.publish(&[("first", &FIRST)]);
    assert_not_followed(&server, &format!("http://localhost:{}{KEYS}", other.port())).await;
    assert_eq!(other.all_requests(), 0);
}

/// Row 50.
#[tokio::test]
async fn a_redirect_to_another_path_is_not_followed() {
    let server = Server::https("127.0.0.1");
    server.answer("/other", Answer::ok(jwks(&[("first", &FIRST)])));
    for location in ["/other", &server.url("/other")] {
        assert_not_followed(&server, location).await;
    }
    assert_eq!(server.requests("/other"), 0);
}
