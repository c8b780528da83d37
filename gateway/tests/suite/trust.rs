//! Plain JSON never looks like what Moneyhub has signed, and secrets are in no log.

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};

use crate::gateway::{Gateway, command, configure, run, source};
use crate::stage::{Folder, NEXT_SECRET, SECRET};
use crate::target::{Answer, Target};

fn unsigned(target: &str, secret: &str) -> String {
    format!(
        "[sources.plain]\nunsigned = true\npath = \"/plain\"\nstore = \"plain.db\"\ntarget = {target:?}\n\
         secret = \"env:{secret}\"\n"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn each_source_accepts_one_format_and_signs_with_its_own_secret() {
    let target = Target::start().await;
    let plain = Target::with(NEXT_SECRET, &[]).await;
    let folder = Folder::new();
    let sources = source("moneyhub", &target.url, "") + &unsigned(&plain.url, "NEXT_SECRET");
    configure(&folder, &sources);
    let gateway = Gateway::start(&folder).await;
    let token = TestIssuer::new().sign(&samples::of(EventType::PaymentError));
    let payload = r#"{ "b":1.10, "a":1e2 ,"c":[] }"#;
    let json = format!(r#"{{"id":"1","eventType":"new","payload": {payload} }}"#);
    assert_eq!(gateway.post("/webhooks", &json).await, 401);
    assert_eq!(gateway.post("/plain", &token).await, 401);
    assert_eq!(gateway.post("/other", &token).await, 404);
    assert_eq!(gateway.post("/webhooks", &token).await, 202);
    assert_eq!(gateway.post("/plain", &json).await, 202);

    let delivery = &plain.received(1).await[0];
    assert!(
        delivery.body.contains(&format!("\"payload\":{payload},")),
        "{}",
        delivery.body
    );
    assert_eq!(delivery.json()["authenticity"], "unsigned");
    assert_eq!(delivery.json()["userId"], serde_json::Value::Null);
    let delivery = &target.received(1).await[0];
    assert!(delivery.json()["authenticity"]["signed"].is_object());
    assert_eq!(
        (target.deliveries().len(), plain.deliveries().len()),
        (1, 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_json_in_a_store_that_now_is_that_of_tokens_is_not_delivered() {
    let plain = Target::answering(&[Answer::Status(500)]).await;
    let target = Target::start().await;
    let folder = Folder::new();
    configure(&folder, &unsigned(&plain.url, "TARGET_SECRET"));
    let gateway = Gateway::start(&folder).await;
    assert_eq!(
        gateway
            .post("/plain", r#"{"id":"1","eventType":"new","payload":{}}"#)
            .await,
        202
    );
    plain.received(1).await;
    drop(gateway);

    configure(
        &folder,
        &source("moneyhub", &target.url, "store = \"plain.db\""),
    );
    let gateway = Gateway::start(&folder).await;
    gateway.counts("moneyhub", "dead", 1).await;
    assert!(gateway.log().contains("its source accepts another format"));
    assert_eq!(target.deliveries().len(), 0);
}

#[test]
fn plain_json_shares_neither_target_nor_secret_with_tokens() {
    let folder = Folder::new();
    let (one, two) = ("http://127.0.0.1:1/", "http://127.0.0.1:2/");
    for (plain, expected) in [
        (
            unsigned(one, "NEXT_SECRET"),
            "error: sources.plain.target: http://127.0.0.1:1/: sources.moneyhub.target",
        ),
        (
            unsigned(two, "TARGET_SECRET"),
            "error: sources.plain.secret: the same secret: sources.moneyhub.secret",
        ),
    ] {
        configure(&folder, &(source("moneyhub", one, "") + &plain));
        let output = run(&folder.0, &["--config", "gateway.toml"]);
        let message = String::from_utf8(output.stderr).unwrap();
        let reason = "is the same, and each needs its own\n";
        assert_eq!(message, format!("{expected} {reason}"));
        assert_eq!(output.status.code(), Some(2));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_and_payloads_are_in_no_log() {
    let target = Target::answering(&[Answer::Status(500)]).await;
    let folder = Folder::new();
    let settings = source("moneyhub", &target.url, "spill = \"spill\"");
    configure(&folder, &settings);
    folder.write(
        "gateway.toml",
        &format!("log = \"trace\"\nlisten = \"127.0.0.1:0\"\nhealth = \"127.0.0.1:0\"\n{settings}"),
    );
    let gateway = Gateway::spawn(command(&folder.0).args(["--config", "gateway.toml"])).await;
    let issuer = TestIssuer::new();
    let body = issuer.sign(&samples::of(EventType::PaymentError));
    assert_eq!(gateway.post("/webhooks", &body).await, 202);
    let deliveries = target.received(2).await;
    gateway.counts("moneyhub", "waiting", 0).await;
    let log = gateway.log();
    assert!(log.contains("TRACE"), "{log}");
    let payment = deliveries[0].json()["payload"]["paymentId"]
        .as_str()
        .unwrap()
        .to_owned();
    for secret in [
        SECRET,
        SECRET.strip_prefix("whsec_").unwrap(),
        &body,
        &payment,
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
}
