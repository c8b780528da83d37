//! The inbox under load, beside servers that store each webhook with a statement of its own. Prints ratios of one run.
//!
//! ```console
//! $ cargo run --release -p moneyhub-webhooks-inbox --all-features --example load
//! ```
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used,
    dead_code,
    reason = "a program for measurements"
)]

mod client;
#[path = "../tests/suite/folder.rs"]
mod folder;
mod plain;
#[path = "../tests/suite/postgres_server.rs"]
mod postgres_server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use moneyhub_webhooks::{EventType, StoredWebhook};
use moneyhub_webhooks_inbox::{
    Handled, Handler, Inbox, InboxBuilder, Postgres, Store, TransactionHandler,
};
use sqlx::PgTransaction;
use tokio::net::TcpListener;

use client::{Figures, drive};
use folder::Folder;

const CONNECTIONS: usize = 64;

/// How many webhooks are sent to each server at once, and one after the other.
const MANY: usize = 12_000;
const FEW: usize = 500;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let moneyhub = TestIssuer::new();
    let event = samples::of(EventType::DeletedAccount);
    let sign = |count| (0..count).map(|_| moneyhub.sign(&event).into_bytes());
    let fresh = |count| Arc::new(sign(count).collect::<Vec<Vec<u8>>>());
    let folder = Folder::new();

    let verify = plain::verify(moneyhub.receiver());
    let only_verifies = measure("only verifies", verify, &fresh).await;

    let file = plain::sqlite(moneyhub.receiver(), &folder.0.join("plain.db"));
    let one = measure("SQLite, one statement a webhook", file, &fresh).await;
    let inbox = Inbox::sqlite(folder.0.join("inbox.db"), moneyhub.receiver());
    let inbox = inbox.await.unwrap();
    let group = measure("SQLite, inbox", inbox.router("/webhooks"), &fresh).await;
    compare("SQLite", &group, &one);
    handled("SQLite, lease", &inbox, |inbox| inbox.work(16, Nothing)).await;

    let Some(database) = postgres_server::own_database().await else {
        return;
    };
    let pool = || database.pool();
    let table = plain::postgres(moneyhub.receiver(), pool()).await;
    let one = measure("PostgreSQL, one statement a webhook", table, &fresh).await;
    let inbox = InboxBuilder::new(moneyhub.receiver()).postgres(pool());
    let inbox = inbox.await.unwrap();
    let router = || inbox.router("/webhooks");
    let group = measure("PostgreSQL, inbox", router(), &fresh).await;
    compare("PostgreSQL", &group, &one);
    let share = group.per_second / only_verifies.per_second;
    println!("PostgreSQL, inbox ÷ only verifies: {share:.2}");

    database
        .execute("CREATE TABLE effect (id text PRIMARY KEY)")
        .await;
    let per_second = handled("PostgreSQL, in the transaction", &inbox, |inbox| {
        inbox.work_in_transaction(4, Ledger)
    })
    .await;
    while_receiving(&inbox, router(), &fresh, per_second).await;
}

type Fresh<'a> = dyn Fn(usize) -> Arc<Vec<Vec<u8>>> + 'a;

async fn measure(name: &str, router: Router, fresh: &Fresh<'_>) -> Figures {
    let address = serve(router).await;
    // Connections, prepared statements, and pages of the disk.
    drive(address, fresh(FEW), CONNECTIONS).await;
    let alone = drive(address, fresh(FEW), 1).await;
    let many = drive(address, fresh(MANY), CONNECTIONS).await;
    let figures = Figures {
        alone: alone.p50,
        ..many
    };
    println!("{name}: {figures}");
    figures
}

async fn serve(router: Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async { axum::serve(listener, router).await });
    address
}

fn compare(name: &str, group: &Figures, one: &Figures) {
    let ratio = |of: Duration, to: Duration| of.as_secs_f64() / to.as_secs_f64();
    println!(
        "{name}, inbox ÷ one statement: requests/s {:.1}, p99 {:.2}, p50 alone {:.2}",
        group.per_second / one.per_second,
        ratio(group.p99, one.p99),
        ratio(group.alone, one.alone),
    );
}

/// Handles what waits, and returns how much of it in a second.
async fn handled<S: Store>(
    name: &str,
    inbox: &Inbox<S>,
    work: impl FnOnce(&Inbox<S>) -> moneyhub_webhooks_inbox::Workers,
) -> f64 {
    let waiting = inbox.backlog().await.unwrap().waiting;
    let started = Instant::now();
    let workers = work(inbox);
    while inbox.backlog().await.unwrap().waiting > 0 {
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    let per_second = waiting as f64 / started.elapsed().as_secs_f64();
    workers.stop().await;
    println!("{name}: {per_second:.0} handled/s of {waiting}");
    per_second
}

async fn while_receiving(inbox: &Inbox<Postgres>, router: Router, fresh: &Fresh<'_>, without: f64) {
    let address = serve(router).await;
    drive(address, fresh(MANY), CONNECTIONS).await;
    let before = inbox.backlog().await.unwrap().waiting;
    let bodies = fresh(MANY);
    let workers = inbox.work_in_transaction(4, Ledger);
    let started = Instant::now();
    drive(address, bodies, CONNECTIONS).await;
    let elapsed = started.elapsed().as_secs_f64();
    let after = inbox.backlog().await.unwrap().waiting;
    workers.stop().await;
    let with = (before + MANY as u64 - after) as f64 / elapsed;
    println!(
        "PostgreSQL, handled/s while receiving ÷ without: {:.2} ({with:.0}/s)",
        with / without
    );
}

struct Nothing;

impl Handler for Nothing {
    async fn handle(&self, _: &StoredWebhook) -> Handled {
        Handled::Done
    }
}

struct Ledger;

impl TransactionHandler for Ledger {
    async fn handle(&self, webhook: &StoredWebhook, tx: &mut PgTransaction<'_>) -> Handled {
        let insert = sqlx::query("INSERT INTO effect (id) VALUES ($1)");
        let inserted = insert.bind(webhook.id().as_str()).execute(&mut **tx).await;
        inserted.map(drop).into()
    }
}
