//! The service that is killed.

use std::future::pending;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use moneyhub_webhooks::StoredWebhook;
use moneyhub_webhooks::testing::TestIssuer;
use moneyhub_webhooks_inbox::{Handled, Handler, Inbox, InboxBuilder, TransactionHandler};
use rusqlite::Connection;
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, PgTransaction};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpSocket;
use tokio::time::sleep;

pub(crate) async fn run(arguments: &[String]) {
    let builder = InboxBuilder::new(TestIssuer::new().receiver());
    // A crashed worker is waited for only a little longer than this.
    let builder = builder.handler_timeout(Duration::from_secs(1));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["sqlite", path, port] => {
            let inbox = builder.sqlite(path).await.unwrap();
            let _workers = inbox.work(4, File(format!("{path}.effects")));
            serve(inbox.router("/webhooks"), port).await;
        }
        // Receipts alone, until the end of the input.
        ["file", path, port] => {
            let inbox = builder.sqlite(path).await.unwrap();
            let mut input = tokio::io::stdin();
            tokio::select! {
                () = serve(inbox.router("/webhooks"), port) => {}
                _ = input.read_u8() => {}
            }
            // Not its destructors: a read of the input may go on.
            std::process::exit(0);
        }
        ["receiver", url, port, spill] => {
            let inbox = builder.spill(spill).postgres(pool(url)).await.unwrap();
            serve(inbox.router("/webhooks"), port).await;
        }
        ["worker", url] => {
            // It can't start while the database does not.
            let inbox: Inbox<_> = loop {
                match builder.clone().without_spill().postgres(pool(url)).await {
                    Ok(inbox) => break inbox,
                    Err(_) => sleep(Duration::from_millis(50)).await,
                }
            };
            let _workers = inbox.work_in_transaction(2, Table);
            pending().await
        }
        _ => panic!("{arguments:?}"),
    }
}

fn pool(url: &str) -> PgPool {
    let options = PgPoolOptions::new().max_connections(8);
    options.connect_lazy(url).unwrap()
}

async fn serve(router: Router, port: &str) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    let address = format!("127.0.0.1:{port}").parse().unwrap();
    socket.bind(address).unwrap();
    let listener = socket.listen(1024).unwrap();
    axum::serve(listener, router).await.unwrap();
}

/// Writes to a database of its own, idempotently.
struct File(String);

impl Handler for File {
    async fn handle(&self, webhook: &StoredWebhook) -> Handled {
        let id = webhook.id().as_str();
        let written = open(Path::new(&self.0)).and_then(|connection| {
            connection.execute("INSERT OR IGNORE INTO effect VALUES (?1)", [id])
        });
        written.map(drop).into()
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.execute_batch("CREATE TABLE IF NOT EXISTS effect (id TEXT PRIMARY KEY)")?;
    Ok(connection)
}

/// What the handlers of a file have done.
pub(crate) fn effects(path: &str) -> Vec<String> {
    let connection = open(Path::new(&format!("{path}.effects"))).unwrap();
    let mut effects = connection.prepare("SELECT id FROM effect").unwrap();
    let effects = effects.query_map([], |row| row.get(0)).unwrap();
    effects.map(Result::unwrap).collect()
}

struct Table;

impl TransactionHandler for Table {
    async fn handle(&self, webhook: &StoredWebhook, tx: &mut PgTransaction<'_>) -> Handled {
        let insert = sqlx::query("INSERT INTO effect (id) VALUES ($1)");
        let inserted = insert.bind(webhook.id().as_str()).execute(&mut **tx).await;
        inserted.map(drop).into()
    }
}
