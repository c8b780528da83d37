//! The tables and their workers: what is stored, what waits, what is given up, and what happens without a database.

mod documents;
mod faults;
mod handling;
mod judging;
mod receipt;
mod stored;
mod watching;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moneyhub_webhooks::{Receiver, Webhook};
use moneyhub_webhooks_receivers::answer::Answer;
use moneyhub_webhooks_receivers::intake::Intake;
use moneyhub_webhooks_receivers::postgres::worker::{
    Handled, Handler, Settings, Transaction, Worker,
};
use moneyhub_webhooks_receivers::postgres::{Caps, Database, Lag, Tables};
use tokio_postgres::Client;

use crate::bodies::{clock, delivery, issuer};
use crate::harness::patience::{PATIENCE, until};
use crate::harness::postgres_server::{self, PostgresServer, connect};
use crate::running::tables::worker_settings;

/// A database of its own, with the tables, and a connection to it.
struct Bench {
    postgres: Arc<PostgresServer>,
    name: String,
    url: String,
    client: Client,
}

/// `None`: there is no PostgreSQL to test with.
async fn bench() -> Option<Bench> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    if !postgres_server::is_installed() {
        return None;
    }
    let postgres = PostgresServer::shared().await.unwrap();
    let name = format!("test-{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let url = postgres.create(&name).await;
    let client = connect(&url).await.unwrap();
    database(&url).migrate().await.unwrap();
    Some(Bench {
        postgres,
        name,
        url,
        client,
    })
}

fn database(url: &str) -> Database {
    Database::new(url, 1, PATIENCE).unwrap()
}

/// As on a lambda.
const NO_DISK: Caps = Caps {
    unjudged: 1 << 20,
    accepted_on_disk: 0,
    unjudged_on_disk: 0,
};

impl Bench {
    async fn intake(&self, receiver: Receiver, caps: Caps) -> Arc<Intake<Tables>> {
        self.intake_within(PATIENCE, &self.url, receiver, caps)
            .await
    }

    /// One that waits for the database at this address for so long.
    async fn intake_within(
        &self,
        limit: Duration,
        url: &str,
        receiver: Receiver,
        caps: Caps,
    ) -> Arc<Intake<Tables>> {
        let tables = Tables::open_within(limit, url, &self.spill(), caps)
            .await
            .unwrap();
        Intake::new(receiver, clock, tables)
    }

    fn spill(&self) -> std::path::PathBuf {
        self.postgres.folder(&format!("spill-{}", self.name))
    }

    /// Stores these, each with its id.
    async fn store(&self, ids: &[&str]) {
        let intake = self.intake(issuer().receiver(), NO_DISK).await;
        for &id in ids {
            assert_eq!(
                intake.answer(None, delivery(id).token().into()).await,
                Answer::Accepted,
                "{id}"
            );
        }
    }

    fn worker(&self, receiver: Receiver, settings: Settings) -> Worker<Acts> {
        Worker::new(&self.url, 4, receiver, clock, settings, Acts::default()).unwrap()
    }

    /// Runs a worker until `done`, and then to its end.
    async fn work(&self, receiver: Receiver, settings: Settings, done: impl Fn(Lag) -> bool) {
        let worker = self.worker(receiver, settings);
        let stop = worker.stop_flag();
        let watch = async {
            self.until(done).await;
            stop.store(true, Ordering::Relaxed);
        };
        tokio::join!(worker.run(), watch);
    }

    async fn until(&self, done: impl Fn(Lag) -> bool) {
        let is_done = until(async || done(self.lag().await)).await;
        assert!(
            is_done,
            "the worker does not get there: {:?}",
            self.lag().await
        );
    }

    async fn lag(&self) -> Lag {
        let row = self
            .client
            .query_one(include_str!("../../sql/lag.sql"), &[])
            .await
            .unwrap();
        let [waiting, unjudged, dead] =
            ["waiting", "unjudged", "dead"].map(|column| row.get(column));
        Lag {
            waiting,
            oldest: row.get("oldest"),
            unjudged,
            dead,
        }
    }

    /// What waits, what of it is unjudged, and the dead letters.
    async fn rows(&self) -> (i64, i64, i64) {
        let lag = self.lag().await;
        (lag.waiting, lag.unjudged, lag.dead)
    }

    async fn number(&self, query: &str) -> i64 {
        self.client.query_one(query, &[]).await.unwrap().get(0)
    }

    async fn text(&self, query: &str) -> String {
        self.client.query_one(query, &[]).await.unwrap().get(0)
    }

    async fn execute(&self, statements: &str) {
        self.client.batch_execute(statements).await.unwrap();
    }

    /// How often the webhook of this id was handled.
    async fn handled(&self, id: &str) -> i64 {
        self.number(&format!(
            "SELECT coalesce(sum(times), 0)::bigint FROM moneyhub.sample_effect WHERE webhook_id = '{id}'"
        ))
        .await
    }
}

fn nothing_waits(lag: Lag) -> bool {
    lag.waiting == 0
}

/// Counts a webhook in the transaction, and then does what its id says.
#[derive(Default)]
struct Acts {
    calls: Arc<AtomicU64>,
    /// How many of `together` have to be handled at the same time.
    together: Option<Arc<tokio::sync::Barrier>>,
}

impl Handler for Acts {
    async fn handle(&self, webhook: &Webhook, transaction: &mut Transaction<'_>) -> Handled {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let id = webhook.id().as_str();
        let count = "INSERT INTO moneyhub.sample_effect VALUES ($1, 1)
            ON CONFLICT (webhook_id) DO UPDATE SET times = sample_effect.times + 1";
        transaction.execute(count, &[&id]).await?;
        match id {
            "fails" => Err("as it was told".into()),
            "panics" => panic!("as it was told"),
            "hangs" => std::future::pending().await,
            "sleeps" => Ok(transaction.batch_execute("SELECT pg_sleep(3600)").await?),
            "divides" => Ok(transaction.batch_execute("SELECT 1 / 0").await?),
            "hides" => {
                let _ = transaction.batch_execute("SELECT 1 / 0").await;
                Ok(())
            }
            _ => {
                if let Some(together) = &self.together {
                    together.wait().await;
                }
                Ok(())
            }
        }
    }
}
