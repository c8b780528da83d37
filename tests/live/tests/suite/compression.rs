//! Nothing is decompressed, and servers are told so: they may compress for whom they know nothing of (RFC 9110, section
//! 12.5.3).

use moneyhub_webhooks::RemoteKeys;
use serde_json::json;

use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, jwks};
use crate::support::{PATIENT, Service};

const DOCUMENT: &str = "/.well-known/openid-configuration";

fn document(server: &Server) -> Answer {
    Answer::ok(json!({ "issuer": server.url(""), "jwks_uri": server.url(KEYS) }).to_string())
}

#[tokio::test]
async fn the_document_and_the_key_set_are_asked_for_without_compression() {
    let server = Server::http();
    let service = Service::new(RemoteKeys::from_issuer(server.url("")).deadline(PATIENT));
    _ = service.keys.warm_up().await;
    assert_eq!(server.requests(DOCUMENT), 1);
    assert_eq!(server.last_header("accept-encoding").as_deref(), Some("identity"));

    server.answer(DOCUMENT, document(&server));
    service.clock.set(30);
    _ = service.keys.warm_up().await;
    assert_eq!(server.fetches(), 1);
    assert_eq!(server.last_header("accept-encoding").as_deref(), Some("identity"));
}

#[tokio::test]
async fn a_compressed_document_is_not_read() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    server.answer(DOCUMENT, document(&server).encoded("br"));
    let service = Service::new(RemoteKeys::from_issuer(server.url("")).deadline(PATIENT));
    _ = service.keys.warm_up().await;
    assert_eq!(service.last_error(), "keys unavailable: the answer is compressed, which was not asked for");
    assert_eq!(server.fetches(), 0);
}

#[tokio::test]
async fn an_answer_that_names_identity_as_its_encoding_is_not_compressed() {
    let server = Server::http();
    for encoding in ["identity", "Identity"] {
        server.answer(KEYS, Answer::ok(jwks(&[("first", &FIRST)])).encoded(encoding));
        assert_eq!(Service::of(&server).judge(&FIRST.token("first")).await, Ok(()));
    }
}
