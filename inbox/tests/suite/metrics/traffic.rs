//! The page after known traffic, and what is measured.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::stream;
use http::{HeaderMap, Request};
use http_body::Frame;
use http_body_util::{Full, StreamBody};
use metrics_exporter_prometheus::PrometheusHandle;
use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks::{EventType, StoredWebhook};
use moneyhub_webhooks_inbox::{
    Handled, Postgres, Quota, Quotas, Received, Store, TransactionHandler,
};
use sqlx::PgTransaction;

use super::{page, recorded, series, value};
use crate::handlers::{Says, Slow};
use crate::stage::{Stage, post, until};

/// Something of each kind arrives, some of it is handled, and the rest waits for 90 seconds.
async fn known_traffic<S: Store>(stage: Stage<S>, recorder: PrometheusHandle) {
    let mut quotas = Quotas::default();
    quotas.unsigned = Quota {
        rows: 1,
        bytes: 10_000,
    };
    let receiver = stage.moneyhub.receiver().and_unsigned_json();
    let inbox = stage.open(stage.builder(receiver).quotas(quotas)).await;
    let event = samples::of(EventType::DeletedAccount);

    for answer in [
        Handled::Done,
        Handled::Retry("not yet".into()),
        Handled::Dead("never".into()),
    ] {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        let says = Says::new(move || answer.clone());
        assert_eq!(inbox.work_once(&says).await.unwrap(), 1);
    }
    let body = stage.body();
    assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
    stage.clock.advance(TimeDelta::seconds(-30));
    let unsigned = || stage.moneyhub.json(&event);
    assert_eq!(post(&inbox, unsigned()).await, Received::Stored);
    assert_eq!(post(&inbox, unsigned()).await, Received::Unavailable);
    stage.clock.advance(TimeDelta::seconds(30));
    let theirs = stage.moneyhub.delivery(&event).audience("another").token();
    assert_eq!(post(&inbox, theirs).await.status(), 401);
    let mut headers = HeaderMap::new();
    headers.insert("content-encoding", "gzip".parse().unwrap());
    assert_eq!(inbox.receive(&headers, "x").await, Received::Encoded);
    let oversized = Full::new(Bytes::from(vec![b'x'; 1024 * 1024 + 1]));
    let outcome = inbox.receive_request(Request::new(oversized)).await;
    assert_eq!(outcome, Received::TooLarge);
    let cut = StreamBody::new(stream::iter([Ok(Frame::data(Bytes::new())), Err("cut")]));
    let outcome = inbox.receive_request(Request::new(cut)).await;
    assert_eq!(outcome, Received::CutOff);
    let slow = StreamBody::new(stream::pending::<Result<Frame<Bytes>, &str>>());
    let outcome = inbox.receive_request(Request::new(slow)).await;
    assert_eq!(outcome, Received::TooSlow);

    stage.clock.advance(TimeDelta::seconds(90));
    inbox.backlog().await.unwrap();
    let text = page(&inbox, &recorder, "/metrics").await;
    assert_eq!(series(&text).join("\n"), KNOWN_TRAFFIC.trim());
    // And what the crate itself counts.
    let accepted = r#"_total{outcome="accepted",event="deletedAccount",authenticity="signed"} 5"#;
    let accepted = format!("moneyhub_webhooks_deliveries{accepted}");
    assert!(text.contains(&accepted), "{text}");
}

const KNOWN_TRAFFIC: &str = r#"
moneyhub_inbox_attempts_total{outcome="dead"} 1
moneyhub_inbox_attempts_total{outcome="done"} 1
moneyhub_inbox_attempts_total{outcome="failed"} 1
moneyhub_inbox_batch_size_bucket{le="+Inf"} 8
moneyhub_inbox_batch_size_bucket{le="1"} 8
moneyhub_inbox_batch_size_bucket{le="128"} 8
moneyhub_inbox_batch_size_bucket{le="16"} 8
moneyhub_inbox_batch_size_bucket{le="2"} 8
moneyhub_inbox_batch_size_bucket{le="256"} 8
moneyhub_inbox_batch_size_bucket{le="32"} 8
moneyhub_inbox_batch_size_bucket{le="4"} 8
moneyhub_inbox_batch_size_bucket{le="64"} 8
moneyhub_inbox_batch_size_bucket{le="8"} 8
moneyhub_inbox_batch_size_count 8
moneyhub_inbox_batch_size_sum 8
moneyhub_inbox_dead 1
moneyhub_inbox_handler_seconds_count 3
moneyhub_inbox_keys_age_seconds inf
moneyhub_inbox_keys_usable 0
moneyhub_inbox_lag_seconds 120
moneyhub_inbox_not_kept_total{kind="rejected"} 0
moneyhub_inbox_not_kept_total{kind="signed"} 0
moneyhub_inbox_not_kept_total{kind="unsigned"} 1
moneyhub_inbox_not_kept_total{kind="unverified"} 0
moneyhub_inbox_received_total{outcome="cut_off"} 1
moneyhub_inbox_received_total{outcome="duplicate"} 1
moneyhub_inbox_received_total{outcome="encoded"} 1
moneyhub_inbox_received_total{outcome="rejected"} 1
moneyhub_inbox_received_total{outcome="stored"} 5
moneyhub_inbox_received_total{outcome="too_large"} 1
moneyhub_inbox_received_total{outcome="too_slow"} 1
moneyhub_inbox_received_total{outcome="unavailable"} 1
moneyhub_inbox_received_total{outcome="unverified"} 0
moneyhub_inbox_rejected 1
moneyhub_inbox_signed_lag_seconds 90
moneyhub_inbox_spilled_bytes{folder="others"} 0
moneyhub_inbox_spilled_bytes{folder="signed"} 0
moneyhub_inbox_spilled_total{folder="others"} 0
moneyhub_inbox_spilled_total{folder="signed"} 0
moneyhub_inbox_store_seconds_count 8
moneyhub_inbox_store_up 1
moneyhub_inbox_unverified 0
moneyhub_inbox_waiting 3
"#;

#[test]
fn the_page_of_metrics_has_these_values_after_known_traffic_with_sqlite() {
    recorded(async |recorder| known_traffic(Stage::sqlite(), recorder).await);
}

#[test]
fn the_page_of_metrics_has_these_values_after_known_traffic_with_postgres() {
    recorded(async |recorder| {
        if let Some(stage) = Stage::<Postgres>::postgres().await {
            known_traffic(stage, recorder).await;
        }
    });
}

#[test]
fn times_are_recorded_in_seconds() {
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let inbox = stage.inbox().await;
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        let started = Instant::now();
        let slow = Slow(Duration::from_millis(50));
        assert_eq!(inbox.work_once(&slow).await.unwrap(), 1);
        let took = started.elapsed().as_secs_f64();
        let handler = value(&recorder, "handler_seconds_sum");
        assert!((0.05..=took).contains(&handler), "{handler} of {took}");
        let store = value(&recorder, "store_seconds_sum");
        assert!(0.0 < store && store < 60.0, "{store}");
    });
}

#[test]
fn the_inbox_reads_the_gauges_when_it_opens_and_every_10_seconds() {
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let inbox = stage.inbox().await;
        let has_waiting = |count: u32| {
            let line = format!("moneyhub_inbox_waiting {count}\n");
            recorder.render().contains(&line)
        };
        until(async || has_waiting(0)).await;
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        assert!(has_waiting(0));
        tokio::time::pause();
        tokio::time::advance(Duration::from_secs(10)).await;
        tokio::time::resume();
        until(async || has_waiting(1)).await;
    });
}

/// Panics once, at the second webhook.
struct PanicsOnce(AtomicU32);

impl TransactionHandler for PanicsOnce {
    async fn handle(&self, _: &StoredWebhook, _: &mut PgTransaction<'_>) -> Handled {
        let calls = self.0.fetch_add(1, Ordering::SeqCst);
        assert_ne!(calls, 1, "a bug");
        Handled::Done
    }
}

#[test]
fn attempts_in_a_transaction_count_once_it_is_committed() {
    recorded(async |recorder| {
        let Some(stage) = Stage::<Postgres>::postgres().await else {
            return;
        };
        let inbox = stage.inbox().await;
        for _ in 0..3 {
            assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        }
        // The first one is rolled back with the second one, and handled again.
        let panics = PanicsOnce(0.into());
        assert_eq!(inbox.work_in_transaction_once(&panics).await.unwrap(), 3);
        let attempts = ["done", "failed", "dead"].map(|outcome| {
            let series = format!("attempts_total{{outcome={outcome:?}}}");
            value(&recorder, &series)
        });
        assert_eq!(attempts, [2.0, 1.0, 0.0]);
        assert_eq!(value(&recorder, "handler_seconds_count"), 4.0);
    });
}
