//! Bodies that wait for keys.

use std::time::Duration;

use moneyhub_webhooks::metrics::PARSE_SECONDS;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use moneyhub_webhooks::{Receiver, RemoteKeys};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use crate::support::{delivery, moneyhub, now, recorded};

/// A runtime on this thread, where the recorder is.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

const FETCH: Duration = Duration::from_millis(200);

/// A receiver whose keys take a while to fetch.
fn receiver(moneyhub: &TestIssuer) -> Receiver {
    let jwks = moneyhub.jwks().into_bytes();
    let fetch = move || {
        let jwks = jwks.clone();
        async move {
            sleep(FETCH).await;
            Ok::<_, String>(jwks)
        }
    };
    let keys = RemoteKeys::from_fn([moneyhub.issuer()], fetch).build().unwrap();
    Receiver::signed(keys, moneyhub.client_id()).issuers([moneyhub.issuer()])
}

#[test]
fn a_body_that_waits_for_keys_is_counted_once() {
    let moneyhub = moneyhub();
    let token = moneyhub.sign(&samples::payment_error());
    let recorded = recorded(|| {
        runtime().block_on(async {
            let webhook = receiver(&moneyhub).receive_at(token.as_bytes(), now()).await;
            assert!(webhook.is_ok());
        });
    });
    assert_eq!(recorded[&delivery("accepted", "paymentError", "signed")], [1.0]);
    assert!(!recorded.contains_key(&delivery("keys_unavailable", "none", "none")));
    assert_eq!(recorded[PARSE_SECONDS].len(), 1);
}

#[test]
fn a_body_whose_future_is_dropped_while_it_waits_is_not_counted() {
    let moneyhub = moneyhub();
    let token = moneyhub.sign(&samples::payment_error());
    let recorded = recorded(|| {
        runtime().block_on(async {
            let receiver = receiver(&moneyhub);
            let webhook = receiver.receive_at(token.as_bytes(), now());
            assert!(tokio::time::timeout(FETCH / 10, webhook).await.is_err());
            sleep(FETCH * 2).await;
        });
    });
    assert!(recorded.is_empty(), "{recorded:?}");
}
