//! The lambda behind a stand-in for API Gateway, to try it out. What Lambda itself runs is in the module `lambda`.

use std::error::Error;

use chrono::Utc;
use moneyhub_webhooks_receivers::axum::serve;
use moneyhub_webhooks_receivers::gateway;
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
    // Its disk goes when a lambda goes, and nothing hands on what is on it in between: Redis, or an honest 503.
    let caps = Caps {
        accepted_on_disk: 0,
        unjudged_on_disk: 0,
        ..Caps::default()
    };
    let queue = Queue::new(&redis_url, &names, &settings::spill()?, caps)?;
    let watched = watch::serve(
        &settings::watch()?,
        recorder,
        keys,
        queue.backlog(&redis_url)?,
    )
    .await?;

    let app = gateway::router(Intake::new(receiver, Utc::now, queue));
    let listener = TcpListener::bind(settings::listen()?).await?;
    println!("listening on {}", listener.local_addr()?);
    println!("watched on {watched}");
    serve(listener, app, settings::stop(), settings::GRACE).await?;
    Ok(())
}
