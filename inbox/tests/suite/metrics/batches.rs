//! How many webhooks a batch has: those that gather while a commit is under way, within limits.

use futures_util::future::join_all;
use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks_inbox::Received;
use rusqlite::Connection;

use super::{recorded, value};
use crate::stage::{Place, Stage, post, until};

/// Posts these bodies while a file is locked. Returns into how many batches they are divided.
fn batches(bodies: Vec<String>) -> f64 {
    let mut batches = 0.0;
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let receiver = stage.moneyhub.receiver().and_unsigned_json();
        let inbox = stage.open(stage.builder(receiver).without_spill()).await;
        let Place::File(path) = &stage.place else {
            unreachable!()
        };
        let other = Connection::open(path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let has_begun = |batches: u8| {
            let count = format!("moneyhub_inbox_batch_size_count {batches}\n");
            recorder.render().contains(&count)
        };
        let unsigned = || post(&inbox, stage.moneyhub.json(&samples::unknown()));
        // The first one is a batch of its own, and is given up after 1.5 seconds. Those behind it are given up one after the
        // other, which takes ten seconds: meanwhile the bodies gather.
        let before = async {
            until(async || has_begun(1)).await;
            join_all((0..20).map(|_| unsigned())).await
        };
        let gather = async {
            until(async || has_begun(2)).await;
            join_all(bodies.iter().map(|body| post(&inbox, body.clone()))).await
        };
        let release = async {
            until(async || {
                let text = recorder.render();
                let accepted = text.lines().filter(|line| {
                    line.starts_with("moneyhub_webhooks_deliveries_total")
                        && line.contains("outcome=\"accepted\"")
                });
                let counts =
                    accepted.filter_map(|line| line.rsplit_once(' ')?.1.parse::<usize>().ok());
                // What is verified is in the queue: there is one thread.
                counts.sum::<usize>() == 1 + 20 + bodies.len()
            })
            .await;
            other.execute_batch("ROLLBACK").unwrap();
        };
        let (_, _, outcomes, ()) = tokio::join!(unsigned(), before, gather, release);
        assert!(outcomes.iter().all(|outcome| *outcome == Received::Stored));
        batches = value(&recorder, "batch_size_count") - 2.0;
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
    assert_eq!(batches(small(256)), 1.0);
    assert_eq!(batches(small(257)), 2.0);
}

#[test]
fn a_batch_ends_with_the_webhook_that_brings_it_to_4_mib() {
    const MIB: usize = 1024 * 1024;
    let large = |count| (0..count).map(|id| body(id, MIB / 2)).collect();
    assert_eq!(batches(large(8)), 1.0);
    assert_eq!(batches(large(9)), 2.0);
}
