//! The inbox under load, beside servers and workers that take one webhook at a time. Prints ratios of one run, each with
//! its limit.
//!
//! ```console
//! $ cargo run --release -p moneyhub-webhooks-inbox --all-features --example load
//! $ cargo run --release -p moneyhub-webhooks-inbox --all-features --example load -- sqlite work
//! ```
//!
//! The parts are `sqlite`, `postgres`, `work`, `idle` and `mix`, and one that runs only if it is named: `keys`, with ten
//! million remembered keys, for which it needs 4 GB of disk and some minutes.
#![allow(
    clippy::expect_used,
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
mod keys;
mod plain;
#[path = "../tests/suite/postgres_server.rs"]
mod postgres_server;
mod receipts;
mod server;
mod work;

use std::env;
use std::time::Duration;

use postgres_server::Database;

const PARTS: [&str; 5] = ["sqlite", "postgres", "work", "idle", "mix"];

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let parts = match &arguments[..] {
        ["serve", kind, place] => return server::run(kind, place).await,
        [] => &PARTS[..],
        parts => parts,
    };
    for part in parts {
        println!("\n{part}");
        match *part {
            "sqlite" => receipts::sqlite().await,
            "postgres" => receipts::postgres().await,
            "work" => {
                work::sqlite().await;
                work::postgres().await;
            }
            "idle" => {
                work::idle_sqlite().await;
                work::idle_postgres().await;
            }
            "mix" => receipts::mix().await,
            "keys" => {
                keys::sqlite().await;
                keys::postgres().await;
            }
            other => panic!("no part is called {other}"),
        }
    }
}

/// A database on a server of its own, which syncs to disk.
async fn database() -> Database {
    let database = postgres_server::own_database().await;
    let database = database.expect("PostgreSQL is not installed");
    database.execute("CREATE TABLE effect (id text)").await;
    database
}

#[derive(Clone, Copy)]
enum Limit {
    AtLeast(f64),
    AtMost(f64),
    None,
}

/// Prints a figure beside its limit.
fn row(name: &str, figure: f64, limit: Limit) {
    let (sign, limit, holds) = match limit {
        Limit::AtLeast(limit) => ("≥", limit, limit <= figure),
        Limit::AtMost(limit) => ("≤", limit, figure <= limit),
        Limit::None => return println!("  {name:<64} {figure:>8.2}"),
    };
    let verdict = if holds { "" } else { "MISSED" };
    println!("  {name:<64} {figure:>8.2}   {sign} {limit:<5} {verdict}");
}

fn median<T: PartialOrd + Copy>(figures: impl IntoIterator<Item = T>) -> T {
    let mut figures: Vec<T> = figures.into_iter().collect();
    figures.sort_by(|a, b| a.partial_cmp(b).unwrap());
    figures[figures.len() / 2]
}

fn ratio(of: Duration, to: Duration) -> f64 {
    of.as_secs_f64() / to.as_secs_f64()
}
