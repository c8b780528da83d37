//! Webhooks under axum, handed to a Redis stream. `worker` handles them.

use std::error::Error;

use chrono::Utc;
use moneyhub_webhooks_receivers::axum::{router, serve};
use moneyhub_webhooks_receivers::intake::Intake;
use moneyhub_webhooks_receivers::queue::{Caps, Names, Queue};
use moneyhub_webhooks_receivers::{settings, watch};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let recorder = watch::install()?;
    let (receiver, keys) = settings::receiver().await?;
    let redis_url = settings::redis_url()?;
    let names = Names::new(&settings::redis_tag()?);
    let queue = Queue::new(&redis_url, &names, &settings::spill()?, Caps::default())?;
    let watched = watch::serve(
        &settings::watch()?,
        recorder,
        keys,
        queue.backlog(&redis_url)?,
    )
    .await?;

    let app = router(Intake::new(receiver, Utc::now, queue), settings::READ_LIMIT);
    let listener = TcpListener::bind(settings::listen()?).await?;
    println!("listening on {}", listener.local_addr()?);
    println!("watched on {watched}");
    // What is still on the disk after that is handed on by the next run.
    serve(listener, app, settings::stop(), settings::GRACE).await?;
    Ok(())
}
