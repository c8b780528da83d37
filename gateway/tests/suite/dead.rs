//! Dead letters: what becomes one, and `dead`.

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use serde_json::Value;

use crate::gateway::{Gateway, configure, run, source};
use crate::stage::Folder;
use crate::target::{Answer, Target};

/// Runs `dead` with these arguments: whether it succeeds, and what it prints.
fn dead(folder: &Folder, arguments: &[&str]) -> (bool, String) {
    let output = run(
        &folder.0,
        &[&["dead"], arguments, &["--config", "gateway.toml"]].concat(),
    );
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn status_410_and_those_configured_are_dead_letters_that_can_be_requeued() {
    let target = Target::answering(&[Answer::Status(410), Answer::Status(422)]).await;
    let folder = Folder::new();
    let settings = "dead_status = 422\nconcurrency = 1";
    configure(&folder, &source("moneyhub", &target.url, settings));
    let gateway = Gateway::start(&folder).await;
    let issuer = TestIssuer::new();
    for _ in 0..2 {
        let body = issuer.sign(&samples::of(EventType::PaymentError));
        assert_eq!(gateway.post("/webhooks", &body).await, 202);
    }
    gateway.counts("moneyhub", "dead", 2).await;
    let keys: Vec<String> = target
        .deliveries()
        .into_iter()
        .map(|delivery| delivery.id)
        .collect();

    // Beside the gateway that runs.
    let (is_ok, list) = dead(&folder, &["list"]);
    assert!(is_ok, "{list}");
    let lines: Vec<&str> = list.lines().collect();
    assert_eq!(lines[0], "moneyhub: 2 dead, 0 rejected and kept");
    assert_eq!(lines.len(), 3);
    for (line, (key, status)) in lines[1..].iter().zip(keys.iter().zip(["410", "422"])) {
        assert!(line.starts_with(key.as_str()), "{line}");
        let end = format!("1 attempt  \"paymentError\"  the target answered {status}");
        assert!(line.ends_with(&end), "{line}");
    }
    assert_eq!(
        dead(&folder, &["list", "--limit", "1"]).1.lines().count(),
        2
    );

    let (_, shown) = dead(&folder, &["show", &keys[0]]);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["key"], keys[0]);
    assert_eq!(shown["reason"], "the target answered 410");
    assert_eq!(shown["webhook"], target.deliveries()[0].json());

    let unknown = "0".repeat(64);
    assert_eq!(
        dead(&folder, &["requeue", &keys[0], &unknown, &keys[0]]),
        (
            false,
            format!("requeued 1\nerror: there is no such dead letter: {unknown}\n")
        )
    );
    assert_eq!(target.received(3).await[2].id, keys[0]);
    gateway.counts("moneyhub", "dead", 1).await;
    assert_eq!(
        dead(&folder, &["requeue", "--all"]),
        (true, "requeued 1\n".to_owned())
    );
    assert_eq!(target.received(4).await[3].id, keys[1]);
    gateway.counts("moneyhub", "dead", 0).await;
    gateway.counts("moneyhub", "waiting", 0).await;

    let missing = format!("error: there is no such dead letter: {}\n", keys[0]);
    assert_eq!(dead(&folder, &["show", &keys[0]]), (false, missing));
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_bodies_that_were_rejected_are_verified_again_under_the_settings_of_now() {
    let target = Target::start().await;
    let folder = Folder::new();
    let right = source("moneyhub", &target.url, "");
    configure(&folder, &right.replace("test-client", "another-client"));
    let gateway = Gateway::start(&folder).await;
    let issuer = TestIssuer::new();
    let body = issuer.sign(&samples::of(EventType::PaymentError));
    assert_eq!(gateway.post("/webhooks", &body).await, 401);
    gateway.counts("moneyhub", "rejected", 1).await;
    let first_line = dead(&folder, &["list"]).1;
    assert_eq!(first_line, "moneyhub: 0 dead, 1 rejected and kept\n");

    // Under the same settings it is rejected again.
    assert_eq!(
        dead(&folder, &["requeue", "--rejected"]),
        (true, "requeued 1\n".to_owned())
    );
    gateway.counts("moneyhub", "unverified", 0).await;
    assert_eq!(target.deliveries().len(), 0);
    gateway.counts("moneyhub", "rejected", 1).await;
    drop(gateway);

    configure(&folder, &right);
    let _gateway = Gateway::start(&folder).await;
    dead(&folder, &["requeue", "--rejected"]);
    target.received(1).await;
}
