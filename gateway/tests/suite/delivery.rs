//! What a target receives, when, and how often.

use std::time::Duration;

use moneyhub_webhooks::testing::{TestIssuer, samples};
use moneyhub_webhooks::{Authenticity, EventType};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::sleep;

use crate::gateway::{Gateway, configure, source};
use crate::stage::{Folder, NEXT_SECRET};
use crate::target::{Answer, Target};

/// A gateway with one source, and a webhook that was posted to it.
async fn delivered(target: &Target, settings: &str) -> (Folder, Gateway) {
    let folder = Folder::new();
    configure(&folder, &source("moneyhub", &target.url, settings));
    let gateway = Gateway::start(&folder).await;
    let body = TestIssuer::new().sign(&samples::of(EventType::PaymentError));
    assert_eq!(gateway.post("/webhooks", &body).await, 202);
    (folder, gateway)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_is_delivered_once_with_what_was_verified() {
    let target = Target::start().await;
    let folder = Folder::new();
    configure(&folder, &source("moneyhub", &target.url, ""));
    let gateway = Gateway::start(&folder).await;
    let issuer = TestIssuer::new();
    let body = issuer.sign(&samples::of(EventType::PaymentError));
    assert_eq!(gateway.post("/webhooks", &body).await, 202);
    assert_eq!(gateway.post("/webhooks", &body).await, 202);
    gateway.counts("moneyhub", "waiting", 0).await;

    let deliveries = target.received(1).await;
    assert_eq!(deliveries.len(), 1);
    let webhook = issuer.receiver().parse(body.as_bytes()).unwrap();
    assert_eq!(deliveries[0].id, webhook.replay_key().to_string());
    assert_eq!(deliveries[0].path, "/hook");
    let mut document = deliveries[0].json();
    let received_at = document
        .as_object_mut()
        .unwrap()
        .remove("receivedAt")
        .unwrap();
    assert!(received_at.as_str().unwrap().ends_with('Z'));
    let Authenticity::Signed {
        key_id, issued_at, ..
    } = webhook.authenticity()
    else {
        panic!("{webhook:?}")
    };
    let signed = json!({
        "issuer": issuer.issuer(),
        "clientId": issuer.client_id(),
        "keyId": key_id,
        "issuedAt": issued_at,
    });
    let expected = json!({
        "id": webhook.id(),
        "eventType": "paymentError",
        "userId": webhook.user_id(),
        "payload": serde_json::from_str::<Value>(webhook.payload()).unwrap(),
        "authenticity": { "signed": signed },
    });
    assert_eq!(document, expected);
    assert!(deliveries[0].body.contains(webhook.payload()));
}

#[tokio::test(flavor = "multi_thread")]
async fn each_attempt_has_its_own_timestamp_and_the_same_id() {
    let target = Target::answering(&[Answer::Status(500)]).await;
    let (_folder, gateway) = delivered(&target, "").await;
    let deliveries = target.received(2).await;
    assert_eq!(deliveries[0].id, deliveries[1].id);
    assert_eq!(deliveries[0].body, deliveries[1].body);
    assert!(deliveries[0].timestamp < deliveries[1].timestamp);
    assert_ne!(deliveries[0].signature, deliveries[1].signature);
    gateway.counts("moneyhub", "waiting", 0).await;
    assert_eq!(target.deliveries().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_that_hang_or_close_or_redirect_are_tried_again() {
    let elsewhere = Answer::With(302, "location: /elsewhere\r\n");
    let target = Target::answering(&[Answer::Hang, Answer::Close, elsewhere]).await;
    let (_folder, gateway) = delivered(&target, "timeout = 1").await;
    let deliveries = target.received(4).await;
    assert!(deliveries.iter().all(|delivery| delivery.path == "/hook"));
    gateway.counts("moneyhub", "waiting", 0).await;
    let log = gateway.log();
    assert!(log.contains("no answer in 1 s"), "{log}");
    assert!(
        log.contains("the target answered 302; redirects are not followed"),
        "{log}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn retry_after_is_obeyed() {
    let target = Target::answering(&[Answer::With(503, "retry-after: 4\r\n")]).await;
    let (_folder, _gateway) = delivered(&target, "").await;
    let deliveries = target.received(2).await;
    let pause = deliveries[1].timestamp - deliveries[0].timestamp;
    // Without the header it would be 1 second, and is rounded.
    assert!(pause >= 3, "{pause}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_is_rotated_each_of_the_two_verifies() {
    let target = Target::start().await;
    let next = Target::with(NEXT_SECRET, &[]).await;
    let folder = Folder::new();
    let both = "secret = [\"env:NEXT_SECRET\", \"env:TARGET_SECRET\"]";
    let old = "secret = \"env:TARGET_SECRET\"";
    let first = source("first", &target.url, "store = \"first.db\"").replace(old, both);
    let second = source("second", &next.url, "path = \"/second\"").replace(old, both);
    configure(&folder, &format!("{first}{second}"));
    let gateway = Gateway::start(&folder).await;
    let issuer = TestIssuer::new();
    for path in ["/webhooks", "/second"] {
        let body = issuer.sign(&samples::of(EventType::PaymentError));
        assert_eq!(gateway.post(path, &body).await, 202);
    }
    // Both targets verify with one secret.
    for target in [target, next] {
        let signature = target.received(1).await[0].signature.clone();
        assert_eq!(signature.split(' ').count(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_hangs_does_not_delay_another() {
    let hanging = Target::answering(&vec![Answer::Hang; 100]).await;
    let target = Target::start().await;
    let folder = Folder::new();
    let slow = source(
        "slow",
        &hanging.url,
        "store = \"slow.db\"\npath = \"/slow\"\nconcurrency = 2",
    );
    configure(
        &folder,
        &format!("{slow}{}", source("fast", &target.url, "")),
    );
    let gateway = Gateway::start(&folder).await;
    let issuer = TestIssuer::new();
    for path in ["/slow", "/webhooks"] {
        for _ in 0..20 {
            let body = issuer.sign(&samples::of(EventType::PaymentError));
            assert_eq!(gateway.post(path, &body).await, 202);
        }
    }
    target.received(20).await;
    gateway.counts("fast", "waiting", 0).await;
    gateway.counts("slow", "waiting", 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_deliveries_than_set_are_under_way_at_once() {
    let target = Target::answering(&vec![Answer::Hang; 10]).await;
    let (_folder, gateway) = delivered(&target, "concurrency = 3\ntimeout = 600").await;
    let issuer = TestIssuer::new();
    for _ in 0..9 {
        let body = issuer.sign(&samples::of(EventType::PaymentError));
        assert_eq!(gateway.post("/webhooks", &body).await, 202);
    }
    target.received(3).await;
    // A fourth would come within milliseconds.
    sleep(Duration::from_secs(1)).await;
    assert_eq!(target.deliveries().len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_fetched_from_a_url() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/jwks", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let jwks = TestIssuer::new().jwks();
            let length = jwks.len();
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{jwks}");
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    let target = Target::start().await;
    let folder = Folder::new();
    let settings = source("moneyhub", &target.url, "").replace("keys.json", &url);
    configure(&folder, &settings);
    let gateway = Gateway::start(&folder).await;
    let issuer = TestIssuer::new();
    let body = issuer.sign(&samples::of(EventType::PaymentError));
    assert_eq!(gateway.post("/webhooks", &body).await, 202);
    target.received(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_finishes_what_is_under_way() {
    let target = Target::answering(&[Answer::Later(Duration::from_secs(2))]).await;
    let (folder, mut gateway) = delivered(&target, "").await;
    target.received(1).await;
    gateway.signal("-TERM");
    assert!(gateway.ended().await.success());
    assert!(gateway.log().contains("stopped"));

    // What was under way was taken, so that it is not delivered again.
    let gateway = Gateway::start(&folder).await;
    gateway.counts("moneyhub", "waiting", 0).await;
    assert_eq!(target.deliveries().len(), 1);
}
