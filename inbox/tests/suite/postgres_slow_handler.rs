//! A handler that writes and then takes its time, with its transaction open, holds nobody up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moneyhub_webhooks::StoredWebhook;
use moneyhub_webhooks_inbox::{Handled, Inbox, Postgres, Received, TransactionHandler};
use sqlx::PgTransaction;
use tokio::sync::Semaphore;

use crate::stage::{Stage, post, until};

/// Writes, and then waits for a permit if the webhook is the first one.
struct Slow {
    begun: Arc<Semaphore>,
    end: Arc<Semaphore>,
}

impl TransactionHandler for Slow {
    async fn handle(
        &self,
        webhook: &StoredWebhook,
        transaction: &mut PgTransaction<'_>,
    ) -> Handled {
        let id = webhook.id().as_str();
        let insert = sqlx::query("INSERT INTO effect (id) VALUES ($1)").bind(id);
        let written = insert.execute(&mut **transaction).await;
        if id.ends_with("000000000001") {
            self.begun.add_permits(1);
            self.end.acquire().await.unwrap().forget();
        }
        written.map(drop).into()
    }
}

/// Posts webhooks one after the other, and returns the median of the times to their answers.
async fn median(stage: &Stage<Postgres>, inbox: &Inbox<Postgres>) -> Duration {
    let mut times = Vec::new();
    for _ in 0..40 {
        let (body, started) = (stage.body(), Instant::now());
        assert_eq!(post(inbox, body).await, Received::Stored);
        times.push(started.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_writes_and_then_waits_holds_up_no_receipt_no_handler_and_no_pruning() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let database = stage.database();
    database.execute("CREATE TABLE effect (id text)").await;
    let builder = stage.builder(stage.moneyhub.receiver());
    let inbox = builder.handler_timeout(Duration::from_secs(600));
    let inbox = stage.open(inbox).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let (begun, end) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
    let before = median(&stage, &inbox).await;
    let slow = Slow {
        begun: Arc::clone(&begun),
        end: Arc::clone(&end),
    };
    let workers = inbox.work_in_transaction(2, slow);
    begun.acquire().await.unwrap().forget();

    // It is usually about as fast. If receipts waited for the handler, they would end with the test.
    let meanwhile = median(&stage, &inbox).await;
    let usual = before * 4 + Duration::from_millis(50);
    assert!(meanwhile < usual, "{meanwhile:?}, before {before:?}");

    // The start of another machine prunes.
    let old = "INSERT INTO moneyhub_inbox.remembered VALUES ('old', '2000-01-01', true)";
    database.execute(old).await;
    let _other = stage.inbox().await;
    let old = "SELECT count(*) FROM moneyhub_inbox.remembered WHERE key = 'old'";
    until(async || database.count(old).await == 0).await;

    // All but those that were claimed with it, which are 16 at most.
    let effects = "SELECT count(*) FROM effect";
    until(async || database.count(effects).await >= 81 - 16).await;
    end.add_permits(1);
    until(async || database.count(effects).await == 81).await;
    workers.stop().await;
    assert_eq!(inbox.backlog().await.unwrap().waiting, 0);
    let twice =
        "SELECT count(*) FROM (SELECT FROM effect GROUP BY id HAVING count(*) > 1) AS twice";
    assert_eq!(database.count(twice).await, 0);
}
