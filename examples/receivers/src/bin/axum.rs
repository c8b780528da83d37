//! Webhooks under axum, handled in this process.

use std::error::Error;

use chrono::Utc;
use moneyhub_webhooks::{MemoryReplayGuard, Webhook};
use moneyhub_webhooks_receivers::axum::{router, serve};
use moneyhub_webhooks_receivers::channel::{Handled, Limits, channel};
use moneyhub_webhooks_receivers::intake::Intake;
use moneyhub_webhooks_receivers::{settings, watch};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let recorder = watch::install()?;
    let (receiver, keys) = settings::receiver().await?;
    let (channel, worker) = channel(
        &receiver,
        MemoryReplayGuard::new(),
        Utc::now,
        Limits::default(),
        handle,
    );
    let worker = tokio::spawn(worker.run());
    let watched = watch::serve(&settings::watch()?, recorder, keys, channel.backlog()).await?;

    let app = router(
        Intake::new(receiver, Utc::now, channel),
        settings::READ_LIMIT,
    );
    let listener = TcpListener::bind(settings::listen()?).await?;
    println!("listening on {}", listener.local_addr()?);
    println!("watched on {watched}");
    serve(listener, app, settings::stop(), settings::GRACE).await?;

    // The intake is gone with the server: the worker ends when all that was answered with 202 is handled.
    println!("{:?}", worker.await?);
    Ok(())
}

/// Your work goes here.
async fn handle(webhook: Webhook) -> Handled {
    println!("handled {} {:?}", webhook.id(), webhook.event().name());
    Ok(())
}
