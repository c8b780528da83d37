//! Handles what `queue` and `lambda` have taken. Start as many as you like, on as many machines.

use std::error::Error;
use std::process;
use std::sync::atomic::Ordering;
use std::time::Duration;

use chrono::Utc;
use moneyhub_webhooks::Webhook;
use moneyhub_webhooks_receivers::queue::{Names, QueueBacklog};
use moneyhub_webhooks_receivers::worker::{Effects, Settings, Worker};
use moneyhub_webhooks_receivers::{settings, watch};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let names = Names::new(&settings::redis_tag()?);
    let recorder = watch::install()?;
    let (receiver, keys) = settings::receiver().await?;
    let redis_url = settings::redis_url()?;
    let mut limits = Settings::default();
    if let Some(millis) = settings::number("TAKE_OVER_AFTER_MS")? {
        limits.take_over_after = Duration::from_millis(millis);
    }
    if let Some(deliveries) = settings::number("DELIVERIES")? {
        limits.deliveries = deliveries.try_into()?;
    }
    // Of one machine; among several, the machine's name belongs to it.
    let name = format!("worker-{}", process::id());
    let handler = {
        let names = names.clone();
        move |webhook| handle(names.clone(), webhook)
    };
    let worker = Worker::new(
        &redis_url,
        &names,
        name,
        receiver,
        Utc::now,
        limits,
        handler,
    )?;
    let stop = worker.stop_flag();
    tokio::spawn(async move {
        settings::stop().await;
        stop.store(true, Ordering::Relaxed);
    });
    let backlog = QueueBacklog::new(&redis_url, &names)?;
    let watched = watch::serve(&settings::watch_worker()?, recorder, keys, backlog).await?;
    println!("working");
    println!("watched on {watched}");
    worker.run().await;
    Ok(())
}

/// Your work goes here. Its effect on Redis is returned, and not yet made: here it counts how often each webhook was
/// handled, which is once.
async fn handle(names: Names, webhook: Webhook) -> Effects {
    let mut effects = redis::pipe();
    effects.hincr(names.key("counts"), webhook.id().as_str(), 1);
    Ok(effects)
}
