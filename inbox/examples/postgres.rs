//! A service with axum and PostgreSQL: stores each webhook before the answer, and books it exactly once, in the transaction
//! that removes it. Without the server it is a worker, for the webhooks that others receive: with the same receiver, which
//! verifies what was kept without keys.
//!
//! ```console
//! $ psql "$DATABASE_URL" -c 'CREATE TABLE ledger (id text PRIMARY KEY, event text, payload json)'
//! $ MONEYHUB_CLIENT_ID=… cargo run -p moneyhub-webhooks-inbox --features axum,postgres --example postgres
//! ```

use std::{env, error::Error};

use moneyhub_webhooks::{Event, Receiver, RemoteKeys, StoredWebhook};
use moneyhub_webhooks_inbox::{Handled, InboxBuilder, TransactionHandler};
use sqlx::PgTransaction;
use sqlx::postgres::PgPoolOptions;
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let keys = RemoteKeys::moneyhub().build()?;
    keys.keep_fresh()?;
    let client_id = env::var("MONEYHUB_CLIENT_ID").map_err(|_| "set MONEYHUB_CLIENT_ID")?;
    let url = env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL")?;
    // It opens while the database is down, too, with `connect_lazy` and a spill folder.
    let pool = PgPoolOptions::new().max_connections(8).connect_lazy(&url)?;
    let inbox = InboxBuilder::new(Receiver::signed(keys, client_id)).spill("spill");
    let inbox = inbox.postgres(pool).await?;

    let workers = inbox.work_in_transaction(4, Ledger);
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    // `guide::receiving` has this for SIGTERM, too.
    axum::serve(listener, inbox.router("/webhooks"))
        .with_graceful_shutdown(async { ctrl_c().await.unwrap_or_default() })
        .await?;
    workers.stop().await;
    Ok(())
}

pub(crate) struct Ledger;

impl TransactionHandler for Ledger {
    async fn handle(
        &self,
        webhook: &StoredWebhook,
        transaction: &mut PgTransaction<'_>,
    ) -> Handled {
        match webhook.event() {
            Event::NewTransactions(_) | Event::PaymentCompleted(_) => {}
            // A known event in a new form. `Done` would throw it away.
            Event::Malformed(event) => {
                return Handled::Dead(format!("{}: {}", event.path(), event.reason()));
            }
            _ => return Handled::Done,
        }
        sqlx::query("INSERT INTO ledger (id, event, payload) VALUES ($1, $2, $3::json)")
            .bind(webhook.id().as_str())
            .bind(webhook.event().name())
            .bind(webhook.payload())
            .execute(&mut **transaction)
            .await
            .map(drop)
            .into()
    }
}
