//! Key sets are requested without content coding (RFC 9110, section 12.5.3). A response that has one is rejected; one
//! that only names none is accepted.

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

fn encoded(encoding: &str) -> Answer {
    Answer::ok(jwks(&[("first", &FIRST)])).encoded(encoding)
}

/// <https://github.com/encode/httpx/issues/195>, <https://github.com/apache/httpcomponents-client/pull/698>,
/// <https://github.com/dondai44423/donsetch/issues/290>
#[tokio::test]
async fn a_key_set_with_a_content_coding_is_rejected_with_its_name() {
    let server = Server::http();
    let long = "x".repeat(33);
    for (encoding, name) in [
        ("br", "`br`"),
        ("gzip", "`gzip`"),
        ("identity, gzip", "`gzip`"),
        (", deflate;q=1", "an unknown one"),
        ("utf-8", "`utf-8`"),
        ("aws-chunked,identity", "`aws-chunked`"),
        ("\u{1F511}", "an unknown one"),
        (&long, "an unknown one"),
    ] {
        server.answer(KEYS, encoded(encoding));
        let service = Service::of(&server);
        _ = service.keys.warm_up().await;
        assert_eq!(
            service.last_error(),
            format!("the answer has a content coding that was not asked for: {name}")
        );
    }
}

/// <https://github.com/aws/aws-sdk/issues/498>, <https://github.com/aws/aws-sdk-net/issues/559>,
/// <https://github.com/aws/aws-sdk-kotlin/issues/1358>
#[tokio::test]
async fn a_response_that_names_no_content_coding_is_accepted() {
    let server = Server::http();
    for encoding in [
        "",
        " ",
        ",",
        "identity",
        "Identity",
        "identity, identity",
        "identity,",
        ",\tidentity ,",
        "identity\r\ncontent-encoding: identity",
        "\r\ncontent-encoding: identity",
    ] {
        server.answer(KEYS, encoded(encoding));
        let service = Service::of(&server);
        let received = service.receive(&FIRST.token("first")).await;
        assert_eq!(received, Ok(()), "{encoding:?}");
    }
}

/// RFC 7230 removed it, and some servers still send it. The response then ends with the connection.
#[tokio::test]
async fn the_transfer_coding_identity_is_accepted() {
    let server = Server::http();
    let answer = Answer::ok(jwks(&[("first", &FIRST)]));
    server.answer(KEYS, answer.with_transfer_encoding("identity"));
    let service = Service::of(&server);
    assert_eq!(service.receive(&FIRST.token("first")).await, Ok(()));
}
