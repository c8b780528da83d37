//! Metrics of bodies that wait for keys. Fetches record nothing: a service reads the status of its keys.

use std::time::Duration;

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::metrics::PARSE_SECONDS;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use moneyhub_webhooks::{Receiver, RemoteKeys};
use tokio::runtime::{Builder, Runtime};
use tokio::time::sleep;

use crate::support::{delivery, moneyhub, now, recorded};

/// A runtime on this thread, because the recorder is local to it.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_time().build().unwrap()
}

const FETCH: Duration = Duration::from_millis(200);

fn slow_keys(moneyhub: &TestIssuer) -> RemoteKeys {
    let jwks = moneyhub.jwks().into_bytes();
    let fetch = move || {
        let jwks = jwks.clone();
        async move {
            sleep(FETCH).await;
            Ok::<_, String>(jwks)
        }
    };
    RemoteKeys::from_fn([moneyhub.issuer()], fetch)
        .build()
        .unwrap()
}

#[test]
fn a_body_that_waits_for_keys_is_counted_once_and_timed_with_the_wait() {
    let moneyhub = moneyhub();
    let token = moneyhub.sign(&samples::of(EventType::PaymentError));
    let recorded = recorded(|| {
        runtime().block_on(async {
            let receiver = Receiver::signed(slow_keys(&moneyhub), moneyhub.client_id())
                .issuers([moneyhub.issuer()]);
            for _ in 0..2 {
                assert!(receiver.receive_at(token.as_bytes(), now()).await.is_ok());
            }
        });
    });
    assert_eq!(
        recorded[&delivery("accepted", "paymentError", "signed")],
        [2.0]
    );
    let [first, second] = recorded[PARSE_SECONDS][..] else {
        panic!("two bodies")
    };
    assert!(
        first >= FETCH.as_secs_f64() && second < first,
        "{first} {second}"
    );
    assert_eq!(
        recorded.len(),
        3,
        "with the age of the tokens: {recorded:?}"
    );
}

#[test]
fn a_body_whose_future_is_dropped_records_nothing() {
    let moneyhub = moneyhub();
    let token = moneyhub.sign(&samples::of(EventType::PaymentError));
    let recorded = recorded(|| {
        runtime().block_on(async {
            let receiver = Receiver::signed(slow_keys(&moneyhub), moneyhub.client_id())
                .issuers([moneyhub.issuer()]);
            let parse = receiver.receive_at(token.as_bytes(), now());
            assert!(tokio::time::timeout(FETCH / 10, parse).await.is_err());
            sleep(FETCH * 2).await;
        });
    });
    assert!(recorded.is_empty(), "{recorded:?}");
}
