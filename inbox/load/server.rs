//! What is measured: servers and workers, each a process of its own. It is this program with other arguments.

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use axum::Router;
use moneyhub_webhooks::StoredWebhook;
use moneyhub_webhooks::testing::TestIssuer;
use moneyhub_webhooks_inbox::{Handled, Handler, InboxBuilder, TransactionHandler};
use sqlx::postgres::PgPoolOptions;
use sqlx::{PgPool, PgTransaction};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

use crate::plain;

/// How many workers there are: of handlers in a transaction, and of those under a lease.
const TRANSACTIONS: usize = 4;
const LEASES: usize = 16;

/// A running process. It ends when this is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl Server {
    /// `place`: the path of a file, or the address of a database.
    pub(crate) fn start(kind: &str, place: &str) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["serve", kind, place]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut address = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut address).unwrap();
        let address = address.trim().parse().unwrap();
        Self { child, address }
    }

    /// The largest memory that it has had so far, in MiB.
    pub(crate) fn peak_memory(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = peak.unwrap().trim().trim_end_matches(" kB");
        kib.parse::<f64>().unwrap() / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Runs until the program that has started it ends.
pub(crate) async fn run(kind: &str, place: &str) {
    let receiver = TestIssuer::new().receiver();
    // A commit that stalls is a long one, not a fault.
    let builder = InboxBuilder::new(receiver.clone()).store_timeout(Duration::from_secs(60));
    let builder = builder.without_spill();
    let (router, _workers) = match kind {
        "verify" => (plain::verify(receiver), None),
        "plain-sqlite" => (plain::sqlite(receiver, place), None),
        "plain-postgres" => (plain::postgres(receiver, pool(place)).await, None),
        "plain-sqlite-lease" => {
            plain::work_sqlite(place);
            (Router::new(), None)
        }
        "plain-postgres-lease" => {
            plain::work_leased(&pool(place), LEASES);
            (Router::new(), None)
        }
        "plain-postgres-transaction" => {
            plain::work_in_transactions(&pool(place), TRANSACTIONS);
            (Router::new(), None)
        }
        "sqlite" | "sqlite-lease" => {
            let inbox = builder.sqlite(place).await.unwrap();
            let workers = (kind == "sqlite-lease").then(|| inbox.work(LEASES, Nothing));
            (inbox.router("/webhooks"), workers)
        }
        _ => {
            let inbox = builder.postgres(pool(place)).await.unwrap();
            let workers = match kind {
                "postgres" => None,
                "postgres-lease" => Some(inbox.work(LEASES, Nothing)),
                "postgres-transaction" => Some(inbox.work_in_transaction(TRANSACTIONS, Ledger)),
                _ => panic!("{kind}"),
            };
            (inbox.router("/webhooks"), workers)
        }
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", listener.local_addr().unwrap());
    std::io::stdout().flush().unwrap();
    let mut input = tokio::io::stdin();
    tokio::select! {
        served = axum::serve(listener, router) => served.unwrap(),
        _ = input.read_u8() => {}
    }
    // Not its destructors: a read of the input may go on.
    std::process::exit(0);
}

/// As many connections as there are workers, and some.
pub(crate) fn pool(url: &str) -> PgPool {
    let options = PgPoolOptions::new().max_connections(LEASES as u32 + 4);
    options.connect_lazy(url).unwrap()
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
