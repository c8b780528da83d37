//! A service with axum and SQLite: stores each webhook before the answer, and prints it once.
//!
//! ```console
//! $ MONEYHUB_CLIENT_ID=… cargo run -p moneyhub-webhooks-inbox --features axum --example axum
//! ```

#![allow(clippy::print_stdout, reason = "an example")]

use std::env;
use std::error::Error;

use axum::Router;
use moneyhub_webhooks::{Event, Receiver, RemoteKeys, StoredWebhook};
use moneyhub_webhooks_inbox::{Handled, Handler, Inbox, Store};
use tokio::net::TcpListener;
use tokio::signal::ctrl_c;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let keys = RemoteKeys::moneyhub().build()?;
    keys.keep_fresh()?;
    let client_id = env::var("MONEYHUB_CLIENT_ID").map_err(|_| "set MONEYHUB_CLIENT_ID")?;
    let receiver = Receiver::signed(keys, client_id);
    let inbox = Inbox::sqlite("inbox.db", receiver).await?;

    let workers = inbox.work(4, Printer);
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    // `guide::receiving` has this for SIGTERM, too.
    let stop = async { ctrl_c().await.unwrap_or_default() };
    axum::serve(listener, app(&inbox))
        .with_graceful_shutdown(stop)
        .await?;
    workers.stop().await;
    Ok(())
}

/// The routes. Add yours.
pub(crate) fn app<S: Store>(inbox: &Inbox<S>) -> Router {
    Router::new().merge(inbox.router("/webhooks"))
}

/// Your code, in place of the printing.
pub(crate) struct Printer;

impl Handler for Printer {
    async fn handle(&self, webhook: &StoredWebhook) -> Handled {
        match webhook.event() {
            Event::PaymentError(payment) => println!("{} was rejected", payment.payment_id),
            Event::Malformed(event) => {
                // A known event in a new form. `Done` would throw it away.
                return Handled::Dead(format!("{}: {}", event.path(), event.reason()));
            }
            other => println!("nothing to do for {:?}", other.name()),
        }
        Handled::Done
    }
}
