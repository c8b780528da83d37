//! What is counted while something fails: the store, the spill folder, the keys.

use std::time::Duration;

use chrono::TimeDelta;
use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks::{EventType, RemoteKeys};
use moneyhub_webhooks_inbox::{Quotas, Received, Sqlite};
use rusqlite::Connection;

use super::{page, recorded, value};
use crate::stage::{Place, Stage, post, until};

/// For a file that is locked.
const SHORT: Duration = Duration::from_millis(200);

/// Another connection to the file.
fn other(stage: &Stage<Sqlite>) -> Connection {
    let Place::File(path) = &stage.place else {
        unreachable!()
    };
    Connection::open(path).unwrap()
}

#[test]
fn what_is_spilled_is_counted_until_it_is_stored() {
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let receiver = stage.moneyhub.receiver().and_unsigned_json();
        let inbox = stage
            .open(stage.builder(receiver).store_timeout(SHORT))
            .await;
        let value = |series: &str| value(&recorder, series);
        inbox.backlog().await.unwrap();
        assert_eq!(value("store_up"), 1.0);

        let other = other(&stage);
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        let unsigned = stage.moneyhub.json(&samples::of(EventType::DeletedAccount));
        assert_eq!(post(&inbox, unsigned).await, Received::Stored);
        let health = page(&inbox, &recorder, "/healthz").await;
        // What waits can be read all the same.
        let bytes = inbox.backlog().await.unwrap().spilled_bytes;
        assert_eq!(value("waiting"), 0.0);
        assert!(bytes > 2 * 4096, "{bytes}");
        let json = format!("\r\n\r\n{{\"isStoreUp\":false,\"spilledBytes\":{bytes}}}");
        let is_well = health.starts_with("HTTP/1.1 200 ");
        assert!(is_well && health.ends_with(&json), "{health}");
        let of_folders = ["signed", "others"].map(|folder| {
            let spilled = format!("spilled_total{{folder={folder:?}}}");
            assert_eq!(value(&spilled), 1.0, "{folder}");
            value(&format!("spilled_bytes{{folder={folder:?}}}"))
        });
        assert_eq!(of_folders.iter().sum::<f64>(), bytes as f64);
        assert_eq!(value("store_up"), 0.0);
        assert_eq!(value("not_kept_total{kind=\"signed\"}"), 0.0);

        other.execute_batch("ROLLBACK").unwrap();
        until(async || {
            let _ = inbox.backlog().await;
            value("spilled_bytes{folder=\"signed\"}") == 0.0 && value("store_up") == 1.0
        })
        .await;
    });
}

#[test]
fn what_nothing_takes_is_counted_by_its_kind() {
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let receiver = stage.moneyhub.receiver().and_unsigned_json();
        let builder = stage.builder(receiver).store_timeout(SHORT);
        let inbox = stage.open(builder.without_spill()).await;
        let other = other(&stage);
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let event = samples::of(EventType::DeletedAccount);
        assert_eq!(post(&inbox, stage.body()).await, Received::Unavailable);
        let unsigned = stage.moneyhub.json(&event);
        assert_eq!(post(&inbox, unsigned).await, Received::Unavailable);
        let theirs = stage.moneyhub.delivery(&event).audience("another").token();
        assert_eq!(post(&inbox, theirs).await.status(), 401);
        let kinds = ["signed", "unsigned", "rejected", "unverified"];
        let kinds = kinds.map(|kind| {
            let series = format!("not_kept_total{{kind={kind:?}}}");
            value(&recorder, &series)
        });
        assert_eq!(kinds, [1.0, 1.0, 1.0, 0.0]);
        let unavailable = "received_total{outcome=\"unavailable\"}";
        assert_eq!(value(&recorder, unavailable), 2.0);
    });
}

#[test]
fn bodies_without_keys_are_counted_apart_and_have_no_lag() {
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let keys = RemoteKeys::from_fn([stage.moneyhub.issuer()], async || {
            Err::<Vec<u8>, _>("no network")
        });
        let receiver = stage.moneyhub.receiver().with_keys(keys.build().unwrap());
        let mut quotas = Quotas::default();
        quotas.unverified.rows = 1;
        let inbox = stage.open(stage.builder(receiver).quotas(quotas)).await;
        assert_eq!(post(&inbox, stage.body()).await, Received::Unverified);
        assert_eq!(post(&inbox, stage.body()).await, Received::Unavailable);
        stage.clock.advance(TimeDelta::seconds(90));
        inbox.backlog().await.unwrap();
        let values = [
            "unverified",
            "received_total{outcome=\"unverified\"}",
            "not_kept_total{kind=\"unverified\"}",
            "waiting",
            "lag_seconds",
            "signed_lag_seconds",
        ]
        .map(|series| value(&recorder, series));
        assert_eq!(values, [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]);
    });
}

#[test]
fn gauges_of_a_store_that_cannot_be_read_are_nan() {
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let inbox = stage.inbox().await;
        inbox.backlog().await.unwrap();
        assert_eq!(value(&recorder, "store_up"), 1.0);
        let rename = "ALTER TABLE webhook RENAME TO other";
        other(&stage).execute_batch(rename).unwrap();
        inbox.backlog().await.unwrap_err();
        assert_eq!(value(&recorder, "store_up"), 0.0);
        for gauge in [
            "waiting",
            "lag_seconds",
            "signed_lag_seconds",
            "dead",
            "unverified",
            "rejected",
        ] {
            assert!(value(&recorder, gauge).is_nan(), "{gauge}");
        }
    });
}
