//! URLs and certificates: `https`, or `http` on loopback, and only trusted certificates.

use moneyhub_webhooks::keys::RemoteKeysBuilder;
use moneyhub_webhooks::{ErrorKind, RemoteKeys};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::support::server::{KEYS, Server};
use crate::support::tokens::{FIRST, ISSUER};
use crate::support::{PATIENCE, Service, keys_of};

fn keys_at(url: &str) -> RemoteKeysBuilder {
    RemoteKeys::from_url(url, [ISSUER]).timeout(PATIENCE)
}

#[track_caller]
fn assert_not_built(keys: RemoteKeysBuilder, reason: &str) {
    let error = keys.build().unwrap_err();
    assert!(error.to_string().starts_with(reason), "{error}");
}

async fn assert_not_trusted(server: &Server, keys: RemoteKeysBuilder) {
    let service = Service::new(keys);
    assert_eq!(
        service.receive(&FIRST.token("first")).await,
        Err(ErrorKind::KeysUnavailable)
    );
    let reason = service.last_error();
    assert!(reason.contains("invalid peer certificate"), "{reason}");
    assert_eq!(server.all_requests(), 0);
}

#[tokio::test]
async fn a_certificate_of_a_trusted_root_is_accepted() {
    for host in ["127.0.0.1", "localhost"] {
        let server = Server::https(host);
        server.publish(&[("first", &FIRST)]);
        let url = format!("https://{host}:{}{KEYS}", server.port());
        let service = Service::new(keys_at(&url).root_certificate(server.root()));
        assert_eq!(service.receive(&FIRST.token("first")).await, Ok(()));
        assert_eq!(server.fetches(), 1);
    }
}

#[tokio::test]
async fn a_server_is_trusted_if_one_of_several_roots_is_its_authority() {
    let (server, other) = (Server::https("127.0.0.1"), Server::https("127.0.0.1"));
    server.publish(&[("first", &FIRST)]);
    let apart = keys_at(&server.url(KEYS))
        .root_certificate(other.root())
        .root_certificate(server.root());
    let bundle =
        keys_at(&server.url(KEYS)).root_certificate(format!("{}{}", other.root(), server.root()));
    for keys in [apart, bundle] {
        assert_eq!(
            Service::new(keys).receive(&FIRST.token("first")).await,
            Ok(())
        );
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_is_rejected() {
    let (server, other) = (Server::https("127.0.0.1"), Server::https("127.0.0.1"));
    server.publish(&[("first", &FIRST)]);
    assert_not_trusted(&server, keys_at(&server.url(KEYS))).await;
    assert_not_trusted(
        &server,
        keys_at(&server.url(KEYS)).root_certificate(other.root()),
    )
    .await;
}

#[tokio::test]
async fn a_certificate_of_another_name_is_rejected() {
    let server = Server::https("keys.example");
    server.publish(&[("first", &FIRST)]);
    assert_not_trusted(&server, keys_of(&server)).await;
}

#[tokio::test]
async fn http_is_accepted_for_every_name_of_loopback() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    for host in ["127.0.0.1", "localhost", "LOCALHOST"] {
        let service = Service::new(keys_at(&format!("http://{host}:{}{KEYS}", server.port())));
        assert_eq!(service.receive(&FIRST.token("first")).await, Ok(()));
    }
    assert!(keys_at("http://[::1]:1/jwks").build().is_ok());
}

#[test]
fn build_rejects_http_to_another_host() {
    let reason = "the address of the keys is neither `https` nor `http` on loopback";
    for url in [
        "http://identity.moneyhub.co.uk/oidc/certs",
        "http://127.0.0.1.keys.example/jwks",
        "http://127.0.0.1@keys.example/jwks",
        "http://localhost.keys.example/jwks",
        "http://192.0.2.1/jwks",
        "http://0.0.0.0/jwks",
        "ftp://127.0.0.1/jwks",
        "file:///jwks",
    ] {
        assert_not_built(keys_at(url), reason);
    }
}

#[test]
fn build_rejects_an_invalid_url() {
    for url in [
        "",
        "jwks",
        "//127.0.0.1/jwks",
        "https://[::1/jwks",
        "https://127.0.0.1:70000/jwks",
    ] {
        assert_not_built(keys_at(url), "the address of the keys is not a URL");
    }
    assert_not_built(keys_at("https://"), "the address of the keys is not a URL");
}

#[test]
fn build_rejects_an_invalid_certificate() {
    let keys = |pem: &str| keys_at("https://127.0.0.1/jwks").root_certificate(pem);
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let not_base64 = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
    let cut_off = "-----BEGIN CERTIFICATE-----\nAAAA\n";
    for pem in ["", "a certificate", key, not_base64, cut_off] {
        assert_not_built(keys(pem), "a root certificate is not PEM");
    }
    // With `native-tls`, OpenSSL parses it first.
    let not_der = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let reason = if cfg!(feature = "native-tls") {
        "a root certificate is not PEM"
    } else {
        "no HTTP client: "
    };
    assert_not_built(keys(not_der), reason);
}

/// With this package's feature `native-tls`, another crate of the build has enabled OpenSSL in reqwest. It offers cipher
/// suites with CBC; rustls has none.
///
/// <https://github.com/dongri/openai-api-rs/pull/147>, <https://github.com/seanmonstar/reqwest/issues/2348>
#[tokio::test]
async fn rustls_is_used_even_if_another_crate_enables_openssl() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let keys = keys_at(&url).build().unwrap();
    let hello = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        // RFC 8446, sections 5.1 and 4.1.2.
        let mut head = [0; 5 + 4 + 2 + 32];
        stream.read_exact(&mut head).await.unwrap();
        let session_id = stream.read_u8().await.unwrap();
        let mut session_id = vec![0; session_id.into()];
        stream.read_exact(&mut session_id).await.unwrap();
        let mut cipher_suites = Vec::new();
        for _ in 0..stream.read_u16().await.unwrap() / 2 {
            cipher_suites.push(stream.read_u16().await.unwrap());
        }
        cipher_suites
    };
    let (_, cipher_suites) = tokio::join!(keys.warm_up(), hello);
    let aes_256_gcm_with_sha_384 = 0x1302;
    let ecdhe_rsa_with_aes_256_cbc_sha = 0xc014;
    assert!(cipher_suites.contains(&aes_256_gcm_with_sha_384));
    assert!(!cipher_suites.contains(&ecdhe_rsa_with_aes_256_cbc_sha));
}
