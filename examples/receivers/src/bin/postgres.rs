//! Webhooks under axum, stored in PostgreSQL. `postgres_worker` handles them.

use std::error::Error;

use chrono::Utc;
use moneyhub_webhooks_receivers::axum::{router, serve};
use moneyhub_webhooks_receivers::intake::Intake;
use moneyhub_webhooks_receivers::postgres::{Caps, Tables};
use moneyhub_webhooks_receivers::{settings, watch};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let recorder = watch::install()?;
    let (receiver, keys) = settings::receiver().await?;
    let url = settings::database_url()?;
    let tables = Tables::open(&url, &settings::spill()?, Caps::default()).await?;
    let watched = watch::serve(&settings::watch()?, recorder, keys, tables.backlog(&url)?).await?;

    let app = router(
        Intake::new(receiver, Utc::now, tables),
        settings::READ_LIMIT,
    );
    let listener = TcpListener::bind(settings::listen()?).await?;
    println!("listening on {}", listener.local_addr()?);
    println!("watched on {watched}");
    // What is still on the disk after that is handed on by the next run.
    serve(listener, app, settings::stop(), settings::GRACE).await?;
    Ok(())
}
