//! Whose tokens remote keys verify.

use moneyhub_webhooks::{ErrorKind, Receiver, RemoteKeys};

use crate::support::server::{KEYS, Server};
use crate::support::tokens::{CLIENT_ID, FIRST, ISSUER};
use crate::support::{PATIENCE, Service};

#[tokio::test]
async fn keys_verify_only_tokens_of_their_own_issuers() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let own = ["https://one.example", "https://two.example"];
    let service = Service::new(RemoteKeys::from_url(server.url(KEYS), own).timeout(PATIENCE));
    let receiver = Receiver::signed(&service.keys, CLIENT_ID).issuers([own[0], own[1], ISSUER]);
    let service = Service {
        receiver,
        ..service
    };
    for issuer in own {
        assert_eq!(
            service.receive(&FIRST.token_of(issuer, "first")).await,
            Ok(())
        );
    }
    // The receiver accepts this issuer, but the keys belong to others.
    assert_eq!(
        service.receive(&FIRST.token("first")).await,
        Err(ErrorKind::Issuer)
    );
}
