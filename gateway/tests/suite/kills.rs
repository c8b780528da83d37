//! Kills: what was answered with 202 is delivered, and what is delivered twice has the same id.

use std::collections::BTreeMap;

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use reqwest::Client;

use crate::gateway::{Gateway, configure, source};
use crate::postgres_server;
use crate::stage::{Folder, eventually};
use crate::target::{Answer, Target};

/// The ids that were answered with 202: those of the webhooks, which the target finds in the documents.
#[derive(Default)]
pub(crate) struct Accepted(Vec<String>);

impl Accepted {
    /// Posts a number of webhooks, in turn to each gateway. A gateway that is killed meanwhile does not answer.
    async fn post(&mut self, gateways: &[&Gateway], number: usize) {
        for turn in 0..number {
            let (id, body) = webhook();
            let gateway = gateways[turn % gateways.len()];
            if gateway.try_post("/webhooks", &body).await == Some(202) {
                self.0.push(id);
            }
        }
    }

    /// Posts a webhook, which must be accepted.
    pub(crate) async fn post_to(&mut self, client: &Client, url: &str) {
        let (id, body) = webhook();
        let answer = client.post(url).body(body).send().await.unwrap();
        assert_eq!(answer.status(), 202);
        self.0.push(id);
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Waits until each is delivered. Returns the number of deliveries that were made again.
    pub(crate) async fn delivered(&self, target: &Target) -> usize {
        let ids = |target: &Target| {
            let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for delivery in target.deliveries() {
                let id = delivery.json()["id"].as_str().unwrap().to_owned();
                ids.entry(id).or_default().push(delivery.id);
            }
            ids
        };
        let delivered = eventually("a delivery of each", async || {
            let delivered = ids(target);
            self.0
                .iter()
                .all(|id| delivered.contains_key(id))
                .then_some(delivered)
        })
        .await;
        let mut again = 0;
        for keys in delivered.values() {
            assert!(keys.iter().all(|key| key == &keys[0]), "{keys:?}");
            again += keys.len() - 1;
        }
        again
    }
}

/// A new webhook: its id, and its token.
fn webhook() -> (String, String) {
    let issuer = TestIssuer::new();
    let body = issuer.sign(&samples::of(EventType::PaymentError));
    let webhook = issuer.receiver().parse(body.as_bytes()).unwrap();
    (webhook.id().as_str().to_owned(), body)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_is_killed_loses_nothing() {
    let target = Target::start().await;
    let folder = Folder::new();
    configure(
        &folder,
        &source("moneyhub", &target.url, "timeout = 1\nconcurrency = 2"),
    );
    let mut accepted = Accepted::default();
    for answer in [
        Answer::Status(200),
        Answer::Status(500),
        Answer::Hang,
        Answer::Hang,
    ] {
        target.answer(&vec![answer; 1000]);
        let mut gateway = Gateway::start(&folder).await;
        accepted.post(&[&gateway], 25).await;
        gateway.signal("-KILL");
        gateway.ended().await;
    }
    assert_eq!(accepted.0.len(), 100);
    let gateway = Gateway::start(&folder).await;
    let waiting = gateway.healthz().await["sources"]["moneyhub"]["backlog"]["waiting"].clone();
    // All but those that the target has taken in the first round.
    assert!(waiting.as_u64().unwrap() >= 75, "{waiting}");

    target.answer(&[]);
    let again = accepted.delivered(&target).await;
    gateway.counts("moneyhub", "waiting", 0).await;
    println!("100 accepted, 4 kills, {waiting} waited after the last, 0 lost, {again} again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_target_that_was_down_receives_what_came_meanwhile() {
    let target = Target::answering(&vec![Answer::Close; 25]).await;
    let folder = Folder::new();
    configure(&folder, &source("moneyhub", &target.url, ""));
    let gateway = Gateway::start(&folder).await;
    let mut accepted = Accepted::default();
    accepted.post(&[&gateway], 20).await;
    accepted.delivered(&target).await;
    gateway.counts("moneyhub", "waiting", 0).await;
    assert_eq!(target.deliveries().len(), 45);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_gateways_on_one_postgresql_lose_nothing_when_it_and_they_are_killed() {
    let Some(database) = postgres_server::own_database().await else {
        return;
    };
    let target = Target::start().await;
    let start = async |folder: &Folder| {
        let store = format!("timeout = 1\nstore = {:?}", database.url());
        configure(folder, &source("moneyhub", &target.url, &store));
        Gateway::start(folder).await
    };
    let folders = [Folder::new(), Folder::new()];
    let (mut one, two) = (start(&folders[0]).await, start(&folders[1]).await);
    let mut accepted = Accepted::default();
    accepted.post(&[&one, &two], 20).await;

    // The database is down: what arrives goes to the folders.
    database.server.stop();
    accepted.post(&[&one, &two], 6).await;
    assert_eq!(accepted.0.len(), 26);
    assert_eq!(one.healthz().await["status"], "degraded");

    // One of them is killed, and starts while the database is down.
    one.signal("-KILL");
    one.ended().await;
    let one = start(&folders[0]).await;
    accepted.post(&[&one, &two], 4).await;
    database.server.restart().await;
    accepted.post(&[&one, &two], 20).await;
    assert_eq!(accepted.0.len(), 50);

    let again = accepted.delivered(&target).await;
    for gateway in [&one, &two] {
        gateway.counts("moneyhub", "waiting", 0).await;
        eventually("ok", async || {
            (gateway.healthz().await["status"] == "ok").then_some(())
        })
        .await;
    }
    println!("50 accepted, 0 lost, {again} again");
}
