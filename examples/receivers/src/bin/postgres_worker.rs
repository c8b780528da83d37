//! Handles what `postgres` has stored. Start as many as you like, on as many machines.

use std::error::Error;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::Utc;
use moneyhub_webhooks::Webhook;
use moneyhub_webhooks_receivers::postgres::TablesBacklog;
use moneyhub_webhooks_receivers::postgres::worker::{
    Handled, Handler, Settings, Transaction, Worker,
};
use moneyhub_webhooks_receivers::{settings, watch};
use tokio::task::JoinSet;

/// How many webhooks are handled at once.
const WORKERS: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let recorder = watch::install()?;
    let (receiver, keys) = settings::receiver().await?;
    let url = settings::database_url()?;
    let mut limits = Settings::default();
    if let Some(millis) = settings::number("BACKOFF_MS")? {
        limits.backoff = Duration::from_millis(millis);
    }
    if let Some(attempts) = settings::number("DELIVERIES")? {
        limits.attempts = attempts.try_into()?;
    }
    let worker = Worker::new(&url, WORKERS, receiver, Utc::now, limits, Count)?;
    let stop = worker.stop_flag();
    tokio::spawn(async move {
        settings::stop().await;
        stop.store(true, Ordering::Relaxed);
    });
    let watched = watch::serve(
        &settings::watch_worker()?,
        recorder,
        keys,
        TablesBacklog::new(&url)?,
    )
    .await?;
    println!("working");
    println!("watched on {watched}");
    let workers: JoinSet<()> = (0..WORKERS).map(|_| worker.clone().run()).collect();
    workers.join_all().await;
    Ok(())
}

/// Your work goes here. Its effect is in the transaction, and committed with the end of the webhook: here it counts how
/// often each webhook was handled, which is once.
struct Count;

impl Handler for Count {
    async fn handle(&self, webhook: &Webhook, transaction: &mut Transaction<'_>) -> Handled {
        let count = "INSERT INTO moneyhub.sample_effect (webhook_id, times) VALUES ($1, 1)
            ON CONFLICT (webhook_id) DO UPDATE SET times = sample_effect.times + 1";
        let count = transaction.prepare_cached(count).await?;
        transaction
            .execute(&count, &[&webhook.id().as_str()])
            .await?;
        Ok(())
    }
}
