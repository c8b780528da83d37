//! Key sets are requested without compression (RFC 9110, section 12.5.3), and compressed ones are rejected.

use crate::support::Service;
use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, jwks};

#[tokio::test]
async fn a_key_set_is_requested_without_compression() {
    let server = Server::http();
    let _service = Service::warm(&server).await;
    assert_eq!(server.fetches(), 1);
    assert_eq!(
        server.last_header("accept-encoding").as_deref(),
        Some("identity")
    );
}

#[tokio::test]
async fn a_compressed_key_set_is_rejected() {
    let server = Server::http();
    for encoding in ["br", "gzip"] {
        server.answer(
            KEYS,
            Answer::ok(jwks(&[("first", &FIRST)])).encoded(encoding),
        );
        let service = Service::of(&server);
        _ = service.keys.warm_up().await;
        assert_eq!(
            service.last_error(),
            "the answer is compressed, which was not asked for"
        );
    }
}

#[tokio::test]
async fn an_answer_that_names_identity_as_its_encoding_is_not_compressed() {
    let server = Server::http();
    for encoding in ["identity", "Identity"] {
        server.answer(
            KEYS,
            Answer::ok(jwks(&[("first", &FIRST)])).encoded(encoding),
        );
        assert_eq!(
            Service::of(&server).receive(&FIRST.token("first")).await,
            Ok(())
        );
    }
}
