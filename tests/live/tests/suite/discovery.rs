//! Keys that are found by the discovery document of their issuer, and whose tokens they are for.

use moneyhub_webhooks::{ErrorKind, Receiver, RemoteKeys, RemoteKeysBuilder};
use serde_json::json;

use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{CLIENT_ID, FIRST, ISSUER};
use crate::support::{PATIENT, Service};

const DOCUMENT: &str = "/.well-known/openid-configuration";

fn document(issuer: &str, jwks_uri: &str) -> Answer {
    Answer::ok(json!({ "issuer": issuer, "jwks_uri": jwks_uri, "scopes_supported": ["openid"] }).to_string())
}

/// A server with good keys, and with that document.
fn publish(server: &Server, document: Answer) {
    server.publish(&[("first", &FIRST)]);
    server.answer(DOCUMENT, document);
}

fn keys_of_issuer(server: &Server) -> RemoteKeysBuilder {
    let keys = RemoteKeys::from_issuer(server.url("")).deadline(PATIENT);
    if server.root().is_empty() { keys } else { keys.root_certificate(server.root()) }
}

/// A service whose receiver takes tokens of these issuers.
fn service(keys: RemoteKeysBuilder, issuers: &[&str]) -> Service {
    let service = Service::new(keys);
    Service {
        receiver: Receiver::signed(&service.keys, CLIENT_ID).issuers(issuers.iter().copied()),
        ..service
    }
}

async fn assert_unavailable(server: &Server, reason: &str) {
    let service = Service::new(keys_of_issuer(server));
    assert_eq!(service.judge(&FIRST.token("first")).await, Err(ErrorKind::KeysUnavailable));
    assert_eq!(service.last_error(), format!("keys unavailable: {reason}"));
    assert_eq!(server.requests(DOCUMENT), 1);
}

#[tokio::test]
async fn the_keys_of_an_issuer_are_where_its_discovery_document_says() {
    for server in [Server::http(), Server::https("127.0.0.1")] {
        let issuer = server.url("");
        publish(&server, document(&issuer, &server.url(KEYS)));
        let service = service(keys_of_issuer(&server), &[&issuer]);
        assert_eq!(service.judge(&FIRST.token_of(&issuer, "first")).await, Ok(()));
        assert_eq!((server.requests(DOCUMENT), server.fetches()), (1, 1));

        // It is read anew with each fetch: the keys may have moved.
        server.answer("/moved", Answer::ok(crate::support::tokens::jwks(&[("second", &FIRST)])));
        server.answer(DOCUMENT, document(&issuer, &server.url("/moved")));
        service.clock.set(601);
        assert_eq!(service.judge(&FIRST.token_of(&issuer, "second")).await, Ok(()));
        assert_eq!((server.requests(DOCUMENT), server.fetches(), server.requests("/moved")), (2, 1, 1));
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_has_its_document_below_it() {
    let server = Server::http();
    for issuer in [server.url("/oidc"), server.url("/oidc/")] {
        server.publish(&[("first", &FIRST)]);
        server.answer("/oidc/.well-known/openid-configuration", document(&issuer, &server.url(KEYS)));
        let service = service(RemoteKeys::from_issuer(&issuer).deadline(PATIENT), &[&issuer]);
        assert_eq!(service.judge(&FIRST.token_of(&issuer, "first")).await, Ok(()));
    }
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn a_document_of_another_issuer_is_not_followed() {
    let server = Server::http();
    for issuer in [ISSUER, &server.url("/"), &server.url("").to_uppercase(), ""] {
        let server = Server::http();
        publish(&server, document(issuer, &server.url(KEYS)));
        assert_unavailable(&server, "the discovery document is that of another issuer").await;
        assert_eq!(server.fetches(), 0);
    }
}

#[tokio::test]
async fn a_document_that_names_a_key_set_in_plain_http_is_not_followed() {
    let neither = "the address of the keys is neither `https` nor `http` on loopback";
    for server in [Server::http(), Server::https("127.0.0.1")] {
        publish(&server, document(&server.url(""), "http://keys.example/jwks"));
        assert_unavailable(&server, neither).await;
    }
    // Nor on loopback, if the issuer itself is not.
    let (server, plain) = (Server::https("127.0.0.1"), Server::http());
    plain.publish(&[("first", &FIRST)]);
    publish(&server, document(&server.url(""), &plain.url(KEYS)));
    assert_unavailable(&server, "the discovery document names a key set that is not `https`").await;
    assert_eq!(plain.all_requests(), 0);
}

#[tokio::test]
async fn a_document_that_is_none_is_keys_unavailable() {
    let unreadable = "the discovery document can't be read";
    let no_jwks_uri = json!({ "issuer": "http://127.0.0.1" }).to_string();
    for (answer, reason) in [
        (Answer::ok("<html>"), unreadable),
        (Answer::ok("[]"), unreadable),
        (Answer::ok(no_jwks_uri), unreadable),
        (Answer::new(404, ""), "the answer has the status 404"),
        (Answer::redirect(302, KEYS), "the answer has the status 302"),
        (Answer::huge(), "the answer is over 1 MiB"),
    ] {
        let server = Server::http();
        publish(&server, answer);
        assert_unavailable(&server, reason).await;
        assert_eq!(server.fetches(), 0);
    }
    let server = Server::http();
    publish(&server, document(&server.url(""), "jwks"));
    assert_unavailable(&server, "the address of the keys is not a URL").await;
}

/// Row 48: the deadline is for both requests together.
#[tokio::test]
async fn a_key_set_that_hangs_after_its_document_is_given_up_at_the_deadline() {
    let server = Server::http();
    publish(&server, document(&server.url(""), &server.url(KEYS)));
    server.answer(KEYS, Answer::trickling());
    let service = Service::new(keys_of_issuer(&server).deadline(crate::support::IMPATIENT));
    assert_eq!(service.judge(&FIRST.token("first")).await, Err(ErrorKind::KeysUnavailable));
    assert_eq!((server.requests(DOCUMENT), server.fetches()), (1, 1));
}

#[tokio::test]
async fn keys_verify_no_token_of_an_issuer_that_they_are_not_of() {
    let server = Server::http();
    let issuer = server.url("");
    publish(&server, document(&issuer, &server.url(KEYS)));
    let service = service(keys_of_issuer(&server), &[&issuer, ISSUER]);
    assert_eq!(service.judge(&FIRST.token_of(&issuer, "first")).await, Ok(()));
    assert_eq!(service.judge(&FIRST.token("first")).await, Err(ErrorKind::Issuer));
}

#[tokio::test]
async fn another_spelling_of_the_issuer_can_be_added() {
    let server = Server::http();
    let issuer = server.url("");
    publish(&server, document(&issuer, &server.url(KEYS)));
    let service = service(keys_of_issuer(&server).also_issuer(ISSUER), &[&issuer, ISSUER]);
    assert_eq!(service.judge(&FIRST.token("first")).await, Ok(()));
    assert_eq!(service.judge(&FIRST.token_of(&issuer, "first")).await, Ok(()));
    let third = FIRST.token_of("https://third.example", "first");
    assert_eq!(service.judge(&third).await, Err(ErrorKind::Issuer));
}

#[tokio::test]
async fn the_issuers_of_a_key_set_at_an_address_are_those_that_are_named() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let named = ["https://one.example", "https://two.example"];
    let keys = RemoteKeys::from_url(server.url(KEYS), named).deadline(PATIENT);
    let service = service(keys, &[named[0], named[1], ISSUER]);
    for issuer in named {
        assert_eq!(service.judge(&FIRST.token_of(issuer, "first")).await, Ok(()));
    }
    assert_eq!(service.judge(&FIRST.token("first")).await, Err(ErrorKind::Issuer));
}
