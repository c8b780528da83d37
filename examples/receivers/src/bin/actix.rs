//! Webhooks under actix-web, handled in this process.

use std::error::Error;
use std::net::TcpListener;

use chrono::Utc;
use moneyhub_webhooks::{MemoryReplayGuard, Webhook};
use moneyhub_webhooks_receivers::actix::serve;
use moneyhub_webhooks_receivers::channel::{Handled, Limits, channel};
use moneyhub_webhooks_receivers::intake::Intake;
use moneyhub_webhooks_receivers::{settings, watch};

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

    let intake = Intake::new(receiver, Utc::now, channel);
    let listener = TcpListener::bind(settings::listen()?)?;
    println!("listening on {}", listener.local_addr()?);
    println!("watched on {watched}");
    let server = serve(listener, intake, settings::READ_LIMIT, settings::GRACE)?;
    let stopping = server.handle();
    tokio::spawn(async move {
        settings::stop().await;
        stopping.stop(true).await;
    });
    server.await?;

    // The intake is gone with the server: the worker ends when all that was answered with 202 is handled.
    println!("{:?}", worker.await?);
    Ok(())
}

/// Your work goes here.
async fn handle(webhook: Webhook) -> Handled {
    println!("handled {} {:?}", webhook.id(), webhook.event().name());
    Ok(())
}
