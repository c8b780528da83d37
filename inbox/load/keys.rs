//! Ten million remembered keys: what receipts at a usual rate cost beside them.

use std::time::Duration;

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::samples;

use crate::Limit::AtMost;
use crate::client::{Pace, send, sign};
use crate::folder::Folder;
use crate::server::Server;
use crate::{database, median, ratio, row};

const KEYS: u32 = 10_000_000;

const PER_SECOND: u32 = 400;

/// A store without keys, and one with them, in turn.
async fn compare(name: &str, kind: &str, without: &str, with: &str) {
    const ROUND: usize = 10 * PER_SECOND as usize;
    let bodies = sign(4 * ROUND, |_| samples::of(EventType::DeletedAccount));
    let servers = [Server::start(kind, without), Server::start(kind, with)];
    let mut p99 = [Vec::new(), Vec::new()];
    for round in 0..4 {
        for (server, p99) in servers.iter().zip(&mut p99) {
            let range = round * ROUND..(round + 1) * ROUND;
            let sent = send(
                server.address,
                &bodies,
                range,
                64,
                Pace::PerSecond(PER_SECOND),
            )
            .await;
            // The first one reads the upper pages of the index.
            if round > 0 {
                p99.push(sent.p99);
            }
        }
    }
    println!("  {name}: p99 without {:.1?}, with {:.1?}", p99[0], p99[1]);
    let [without, with]: [Duration; 2] = p99.map(median);
    row(
        "the median of three p99, with ÷ without",
        ratio(with, without),
        AtMost(1.5),
    );
    row("memory, MiB", servers[1].peak_memory(), AtMost(64.0));
}

pub(crate) async fn sqlite() {
    let folder = Folder::new();
    let [without, with] = ["without.db", "with.db"].map(|name| folder.0.join(name));
    let [without, with] = [without.to_str().unwrap(), with.to_str().unwrap()];
    drop(Server::start("sqlite", with));
    // In the order of the keys, and the index afterwards: otherwise each row would change two pages.
    let fill = format!(
        "DROP INDEX remembered_until;
        INSERT INTO remembered (key, until, received_at, signed)
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {KEYS})
        SELECT randomblob(32) AS key, unixepoch() * 1000000 + 1728000000000 + n, n, 1 FROM number ORDER BY key;
        CREATE INDEX remembered_until ON remembered (until);
        PRAGMA wal_checkpoint(TRUNCATE);"
    );
    let file = rusqlite::Connection::open(with).unwrap();
    file.execute_batch(&fill).unwrap();
    drop(file);
    compare("SQLite", "sqlite", without, with).await;
}

pub(crate) async fn postgres() {
    let (without, with) = (database().await, database().await);
    drop(Server::start("postgres", &with.url()));
    let fill = format!(
        "INSERT INTO moneyhub_inbox.remembered (key, until, signed)
        SELECT sha256(int4send(n)), now() + interval '20 days' + n * interval '1 microsecond', true
        FROM generate_series(1, {KEYS}) AS number (n) ORDER BY 1"
    );
    with.execute(&fill).await;
    with.execute("VACUUM ANALYZE moneyhub_inbox.remembered")
        .await;
    with.execute("CHECKPOINT").await;
    compare("PostgreSQL", "postgres", &without.url(), &with.url()).await;
}
