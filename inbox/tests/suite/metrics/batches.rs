//! How many webhooks a batch has: those that gather while a commit is under way, within limits.

use futures_util::future::join_all;
use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks_inbox::Received;
use rusqlite::Connection;

use super::{recorded, value};
use crate::stage::{Place, Stage, post, until};

/// Posts a webhook, and these bodies while its commit waits for the file. Returns the number of batches.
fn batches(bodies: Vec<String>) -> f64 {
    let mut batches = 0.0;
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let receiver = stage.moneyhub.receiver().and_unsigned_json();
        let inbox = stage.open(stage.builder(receiver)).await;
        let Place::File(path) = &stage.place else {
            unreachable!()
        };
        let other = Connection::open(path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let has_begun = || {
            recorder
                .render()
                .contains("moneyhub_inbox_batch_size_count 1\n")
        };
        let first = stage.moneyhub.json(&samples::unknown());
        let release = async {
            until(async || has_begun()).await;
            let gathers = join_all(bodies.iter().map(|body| post(&inbox, body.clone())));
            let is_verified = async || {
                let text = recorder.render();
                let accepted = text.lines().filter(|line| {
                    line.starts_with("moneyhub_webhooks_deliveries_total")
                        && line.contains("outcome=\"accepted\"")
                });
                let accepted =
                    accepted.filter_map(|line| line.rsplit_once(' ')?.1.parse::<usize>().ok());
                accepted.sum::<usize>() == bodies.len() + 1
            };
            // What is verified is in the queue: there is one thread.
            let release = async {
                until(is_verified).await;
                other.execute_batch("ROLLBACK").unwrap();
            };
            tokio::join!(gathers, release).0
        };
        let (first, outcomes) = tokio::join!(post(&inbox, first), release);
        assert_eq!(first, Received::Stored);
        assert!(outcomes.iter().all(|outcome| *outcome == Received::Stored));
        assert_eq!(
            value(&recorder, "batch_size_sum"),
            bodies.len() as f64 + 1.0
        );
        batches = value(&recorder, "batch_size_count");
    });
    batches
}

fn body(id: usize, size: usize) -> String {
    let padding = "x".repeat(size);
    format!(r#"{{"id":"{id}","eventType":"x","payload":"{padding}"}}"#)
}

#[test]
fn a_batch_has_at_most_256_webhooks() {
    let small = |count| (0..count).map(|id| body(id, 1)).collect();
    assert_eq!(batches(small(256)), 1.0 + 1.0);
    assert_eq!(batches(small(257)), 1.0 + 2.0);
}

#[test]
fn a_batch_ends_with_the_webhook_that_brings_it_to_4_mib() {
    const MIB: usize = 1024 * 1024;
    let large = |count| (0..count).map(|id| body(id, MIB / 2)).collect();
    assert_eq!(batches(large(8)), 1.0 + 1.0);
    assert_eq!(batches(large(9)), 1.0 + 2.0);
}
