//! The list of series: all of them are known, and senders can't add any. The guide has them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use http::{HeaderMap, HeaderValue};
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{Fault, samples};
use moneyhub_webhooks_inbox::{Handled, Received};

use super::{everything, recorded, series};
use crate::handlers::Says;
use crate::stage::{Stage, post};

#[test]
fn every_counter_starts_at_zero() {
    recorded(async |recorder| {
        let text = recorder.render();
        let series = series(&text);
        assert_eq!(series.len(), 9 + 4 + 2 + 3);
        let are_zero = series.iter().all(|line| line.ends_with(" 0"));
        assert!(are_zero, "{series:?}");
    });
}

/// The names of the metrics of the inbox in a text.
fn names(text: &str) -> BTreeSet<&str> {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names = types.filter_map(|line| Some(line.split_once(' ')?.0));
    names
        .filter(|name| name.starts_with("moneyhub_inbox_"))
        .collect()
}

#[test]
fn every_metric_is_described() {
    let text = everything();
    for name in names(&text) {
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
    }
}

#[test]
fn the_guide_lists_every_name_and_label_value() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/guide/metrics.rs");
    let guide = fs::read_to_string(guide).unwrap();
    let text = everything();
    let names = names(&text);
    assert_eq!(names.len(), 17);
    for name in names {
        let row = format!("//! | `{name}` |");
        assert_eq!(guide.matches(&row).count(), 1, "{name}");
    }
    let lines = series(&text).into_iter();
    for line in lines.filter(|line| !line.contains("_bucket")) {
        if let Some((_, label)) = line.split_once('{') {
            let value = label.split('"').nth(1).unwrap();
            assert!(guide.contains(&format!("`{value}`")), "{line}");
        }
    }
}

#[test]
fn senders_cannot_add_series() {
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let receiver = stage.moneyhub.receiver().and_unsigned_json();
        let inbox = stage.open(stage.builder(receiver)).await;
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
        inbox.backlog().await.unwrap();
        let known = || -> BTreeSet<String> {
            let text = recorder.render();
            let lines = series(&text).into_iter();
            lines
                .map(|line| line.rsplit_once(' ').unwrap().0.to_owned())
                .collect()
        };
        let before = known();
        let event = samples::of(EventType::DeletedAccount);
        for fault in Fault::ALL {
            let _ = post(&inbox, stage.moneyhub.delivery(&event).faulty(*fault)).await;
        }
        for name in ["\u{1}\"}\n", "stored", "x"] {
            let body = serde_json::json!({ "id": name, "eventType": name, "payload": {} });
            assert_eq!(post(&inbox, body.to_string()).await, Received::Stored);
            let theirs = stage.moneyhub.delivery(&event).audience(name).token();
            assert_eq!(post(&inbox, theirs).await.status(), 401);
        }
        let mut headers = HeaderMap::new();
        headers.insert("content-encoding", HeaderValue::from_static("\"}"));
        assert_eq!(inbox.receive(&headers, "x").await, Received::Encoded);
        let dead = Says::new(|| Handled::Dead("\"}\n".into()));
        // The three, and the fault that is plain JSON.
        assert_eq!(inbox.work_once(&dead).await.unwrap(), 4);
        inbox.backlog().await.unwrap();
        assert_eq!(known(), before);
    });
}
