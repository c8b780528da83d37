//! The receiver of `senders` and `proxies`: axum, and an inbox in SQLite or PostgreSQL. It prints `listening on ADDRESS`,
//! and then `handled ID` for each webhook.
//!
//! | variable | value |
//! |---|---|
//! | `LISTEN` | the address and port |
//! | `CLIENT_ID`, `ISSUER`, `JWKS_URL` | whose tokens to accept, and the URL of their keys |
//! | `PLAIN_JSON` | if set, plain JSON is accepted too |
//! | `STORE` | an SQLite file, or a `postgres://` URL |
//! | `SPILL` | the folder for what the store does not take |

use std::env;
use std::error::Error;
use std::io;

use moneyhub_webhooks::{Receiver, RemoteKeys, StoredWebhook};
use moneyhub_webhooks_inbox::{Handled, Handler, Inbox, InboxBuilder, Store};
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let issuer = env::var("ISSUER")?;
    let keys = RemoteKeys::from_url(env::var("JWKS_URL")?, [&issuer]).build()?;
    keys.warm_up().await?;
    keys.keep_fresh()?;
    let mut receiver = Receiver::signed(keys, env::var("CLIENT_ID")?).issuers([issuer]);
    if env::var_os("PLAIN_JSON").is_some() {
        receiver = receiver.and_unsigned_json();
    }
    let builder = InboxBuilder::new(receiver).spill(env::var("SPILL")?);
    let store = env::var("STORE")?;
    if store.starts_with("postgres://") {
        serve(builder.postgres(PgPool::connect_lazy(&store)?).await?).await
    } else {
        serve(builder.sqlite(store).await?).await
    }
}

/// Receives and handles webhooks until SIGTERM. Then it ends the requests and the handlers that have begun.
async fn serve<S: Store>(inbox: Inbox<S>) -> Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let workers = inbox.work(4, Printer);
    let listener = TcpListener::bind(env::var("LISTEN")?).await?;
    println!("listening on {}", listener.local_addr()?);
    axum::serve(listener, inbox.router("/webhooks"))
        .with_graceful_shutdown(async move {
            terminate.recv().await;
        })
        .await?;
    workers.stop().await;
    Ok(())
}

struct Printer;

impl Handler for Printer {
    async fn handle(&self, webhook: &StoredWebhook) -> Handled {
        println!("handled {}", webhook.id());
        Handled::Done
    }
}
