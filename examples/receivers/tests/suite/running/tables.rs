//! What is behind the receiver that stores in PostgreSQL: a database of its own, and a worker.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moneyhub_webhooks::{Receiver, Webhook};
use moneyhub_webhooks_receivers::postgres::worker::{self, Handled, Settings, Transaction, Worker};
use moneyhub_webhooks_receivers::postgres::{Caps, Tables};
use moneyhub_webhooks_receivers::queue;
use tokio::task::JoinHandle;

use super::{Handler, line};
use crate::bodies::clock;
use crate::harness::patience::{PATIENCE, until};
use crate::harness::postgres_server::{PostgresServer, connect};

pub(crate) fn worker_settings() -> Settings {
    Settings {
        attempts: 2,
        backoff: Duration::from_millis(10),
        poll: Duration::from_millis(10),
        judge_every: Duration::from_millis(20),
        note_limit: PATIENCE,
        ..Settings::default()
    }
}

struct Noting(Arc<Handler>);

impl worker::Handler for Noting {
    async fn handle(&self, webhook: &Webhook, transaction: &mut Transaction<'_>) -> Handled {
        self.0.pass(webhook).await;
        transaction
            .execute("INSERT INTO handled_by_test VALUES ($1)", &[&line(webhook)])
            .await?;
        Ok(())
    }
}

pub(crate) struct Back {
    url: String,
    pub(super) spill: PathBuf,
    worker: JoinHandle<()>,
    stop: Arc<AtomicBool>,
}

/// Without room for what is accepted, the database is read-only.
pub(super) async fn start(
    postgres: &PostgresServer,
    tag: &str,
    receiver: Receiver,
    caps: queue::Caps,
    handler: Arc<Handler>,
) -> (Tables, Back) {
    let url = postgres.create(tag).await;
    let worker = Worker::new(&url, 1, receiver, clock, worker_settings(), Noting(handler))
        .expect("a worker");
    worker.database().migrate().await.expect("tables");
    let database = connect(&url).await.expect("a database");
    database
        .batch_execute("CREATE TABLE handled_by_test (line text NOT NULL)")
        .await
        .expect("a table");
    if caps.accepted == 0 {
        let read_only = format!(r#"ALTER DATABASE "{tag}" SET default_transaction_read_only = on"#);
        database.batch_execute(&read_only).await.expect("a setting");
    }
    let spill = postgres.folder(&format!("spill-{tag}"));
    let queue::Caps {
        unjudged,
        accepted_on_disk,
        unjudged_on_disk,
        ..
    } = caps;
    let caps = Caps {
        unjudged,
        accepted_on_disk,
        unjudged_on_disk,
    };
    let tables = Tables::open(&url, &spill, caps).await.expect("a folder");
    let stop = worker.stop_flag();
    (
        tables,
        Back {
            url,
            spill,
            worker: tokio::spawn(worker.run()),
            stop,
        },
    )
}

impl Back {
    /// What was handled, when nothing is left to be.
    pub(super) async fn finish(self) -> Vec<String> {
        let database = connect(&self.url).await.expect("a database");
        let all_handled = until(async || {
            let left = "SELECT (SELECT count(*) FROM moneyhub.webhook WHERE dead_at IS NULL)
                + (SELECT count(*) FROM moneyhub.unjudged WHERE dead_at IS NULL)";
            let left: i64 = database
                .query_one(left, &[])
                .await
                .expect("a number")
                .get(0);
            left == 0
        });
        assert!(all_handled.await, "something waits still");
        self.stop.store(true, Ordering::Relaxed);
        self.worker.await.expect("no panic");
        let lines = database
            .query("SELECT line FROM handled_by_test", &[])
            .await
            .expect("lines");
        lines.iter().map(|row| row.get(0)).collect()
    }
}
