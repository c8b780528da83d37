//! `/metrics`: the gauges have a source, and deliveries are counted by how they ended.

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};

use crate::gateway::{Gateway, configure, source};
use crate::stage::{Folder, eventually};
use crate::target::{Answer, Target};

#[tokio::test(flavor = "multi_thread")]
async fn metrics_tell_the_sources_and_the_ends_of_deliveries_apart() {
    let one = Target::answering(&[Answer::Status(503), Answer::Close]).await;
    let other = Target::answering(&[Answer::Status(410)]).await;
    let folder = Folder::new();
    let sources = source("one", &one.url, "")
        + &source(
            "other",
            &other.url,
            "path = \"/other\"\nstore = \"other.db\"",
        );
    configure(&folder, &sources);
    let gateway = Gateway::start(&folder).await;
    let page = gateway.page("/metrics").await;
    for series in [
        "moneyhub_inbox_waiting{source=\"one\"} 0",
        "moneyhub_inbox_store_up{source=\"other\"} 1",
        "moneyhub_gateway_attempts_total{source=\"one\",status=\"5xx\"} 0",
    ] {
        assert!(page.lines().any(|line| line == series), "{series}\n{page}");
    }

    let issuer = TestIssuer::new();
    let token = || issuer.sign(&samples::of(EventType::PaymentError));
    assert_eq!(gateway.post("/webhooks", &token()).await, 202);
    assert_eq!(gateway.post("/other", &token()).await, 202);
    one.received(3).await;
    gateway.counts("other", "dead", 1).await;
    let expected = [
        "moneyhub_gateway_attempts_total{source=\"one\",status=\"2xx\"} 1",
        "moneyhub_gateway_attempts_total{source=\"one\",status=\"3xx\"} 0",
        "moneyhub_gateway_attempts_total{source=\"one\",status=\"4xx\"} 0",
        "moneyhub_gateway_attempts_total{source=\"one\",status=\"5xx\"} 1",
        "moneyhub_gateway_attempts_total{source=\"one\",status=\"none\"} 1",
        "moneyhub_gateway_attempts_total{source=\"other\",status=\"4xx\"} 1",
        "moneyhub_inbox_attempts_total{outcome=\"dead\"} 1",
        "moneyhub_inbox_attempts_total{outcome=\"done\"} 1",
        "moneyhub_inbox_attempts_total{outcome=\"failed\"} 2",
        "moneyhub_inbox_dead{source=\"one\"} 0",
        "moneyhub_inbox_dead{source=\"other\"} 1",
        "moneyhub_inbox_received_total{outcome=\"stored\"} 2",
        "moneyhub_inbox_spilled_bytes{folder=\"signed\",source=\"one\"} 0",
        "moneyhub_inbox_waiting{source=\"one\"} 0",
    ];
    let page = eventually("the numbers", async || {
        let page = gateway.page("/metrics").await;
        let has = |series: &&str| page.lines().any(|line| line == *series);
        expected.iter().all(has).then_some(page)
    })
    .await;
    // None without a source: the inboxes would overwrite each other's value.
    let waiting = page.matches("\nmoneyhub_inbox_waiting").count();
    assert_eq!(waiting, 2, "{page}");
    assert!(
        page.contains("# TYPE moneyhub_inbox_store_seconds histogram"),
        "{page}"
    );
}
