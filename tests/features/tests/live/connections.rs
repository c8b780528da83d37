//! No fetch depends on what the one before left behind: a connection, an HTTP/2 or TLS session, or a cached response.
//! Another crate of the build has enabled HTTP/2.

use moneyhub_webhooks::RemoteKeys;

use crate::support::server::{KEYS, SecondRequest, Server};
use crate::support::tokens::{FIRST, ISSUER, SECOND};
use crate::support::{PATIENCE, Service};

/// <https://github.com/hyperium/hyper/issues/4186>, <https://github.com/hyperium/hyper-util/pull/319>,
/// <https://github.com/JuliaWeb/HTTP.jl/issues/1331>, <https://github.com/514-labs/moosestack/pull/3698>,
/// <https://github.com/duolahypercho/codex-router/pull/165>, <https://github.com/akka/akka-http/issues/3806>
#[tokio::test]
async fn each_fetch_uses_a_connection_of_its_own() {
    for server in [Server::http(), Server::https("127.0.0.1")] {
        for second_request in [SecondRequest::Silence, SecondRequest::Closed] {
            server.on_second_request(second_request);
            let (connections, fetches) = (server.connections(), server.fetches());
            let service = Service::warm(&server).await;
            for number in 1..=3 {
                service.clock.advance(601);
                assert_eq!(service.receive(&FIRST.token("first")).await, Ok(()));
                assert_eq!(service.last_error(), "");
                assert_eq!(server.fetches(), fetches + 1 + number);
                assert_eq!(server.connections(), connections + 1 + number);
            }
        }
    }
}

#[tokio::test]
async fn no_fetch_resumes_the_tls_session_of_the_one_before() {
    let server = Server::https("127.0.0.1");
    let service = Service::warm(&server).await;
    for _ in 0..3 {
        service.clock.advance(601);
        service.keys.warm_up().await.unwrap();
    }
    assert_eq!((server.connections(), server.resumptions()), (4, 0));
}

/// <https://github.com/okta/okta-auth-js/pull/1590>, <https://github.com/okta/okta-developer-docs/pull/2034>
#[tokio::test]
async fn a_fetch_asks_caches_on_the_way_for_a_fresh_copy() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.cache(&[("first", &FIRST)]);
    server.publish(&[("first", &FIRST), ("second", &SECOND)]);
    service.clock.set(30);
    assert_eq!(service.receive(&SECOND.token("second")).await, Ok(()));
    assert_eq!(server.fetches(), 2);
}

/// The response ends with the connection, so it must not be kept open.
#[tokio::test]
async fn a_fetch_asks_the_server_to_close_the_connection() {
    let server = Server::http();
    let _service = Service::warm(&server).await;
    assert_eq!(server.last_header("connection").as_deref(), Some("close"));
}

/// Without certificates on the system too, since none is needed. Tests share their environment, so a process of its own
/// runs this with a `SSL_CERT_FILE` that is empty.
#[test]
fn http_on_loopback_needs_no_certificates_of_the_system() {
    const URL: &str = "KEYS_URL_WITHOUT_CERTIFICATES";
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    if let Ok(url) = std::env::var(URL) {
        let https = RemoteKeys::from_url("https://127.0.0.1/", [ISSUER]).build();
        let error = https.unwrap_err().to_string();
        assert!(error.starts_with("no HTTP client: "), "{error}");
        assert!(error.contains("certificates"), "{error}");
        let keys = RemoteKeys::from_url(url, [ISSUER]).timeout(PATIENCE);
        let keys = keys.build().unwrap();
        runtime.block_on(keys.warm_up()).unwrap();
        return;
    }
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "connections::http_on_loopback_needs_no_certificates_of_the_system",
        ])
        .env(URL, server.url(KEYS))
        .env("SSL_CERT_FILE", "/dev/null")
        .env("SSL_CERT_DIR", "/dev/null")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert_eq!(server.fetches(), 1);
}
