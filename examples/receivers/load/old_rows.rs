//! Whether a receipt takes longer when the table of keys holds ten million of them: `receive-postgres` with an empty
//! database and with a full one, in turns.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use tokio::time::sleep;

use crate::harness::client::Client;
use crate::harness::key_server;
use crate::harness::postgres_server::{self, PostgresServer, connect};
use crate::harness::program::Program;
use crate::stage::program;

const OLD_ROWS: u64 = 10_000_000;
const RUNS: usize = 3;
const WEBHOOKS: usize = 4000;

/// All posts of a second are spread over it: what is asked for is the time that one takes, and not how many there can be.
const PER_SECOND: u64 = 400;
const CLIENTS: usize = 4;

/// How much longer the slowest hundredth may take.
const LIMIT: f64 = 1.5;

pub(crate) async fn compare() -> ExitCode {
    if !postgres_server::is_installed() {
        return ExitCode::FAILURE;
    }
    let issuer = TestIssuer::new();
    let jwks = key_server::start(issuer.jwks())
        .await
        .expect("a key server");
    let mut sides = Vec::new();
    for rows in [0, OLD_ROWS] {
        sides.push(Side::set(rows, &issuer, &jwks).await);
    }
    println!("| run | old rows | p50 ms | p99 ms |\n|---|---:|---:|---:|");
    for run in 0..RUNS {
        let bodies = sign(&issuer, run).await;
        // Each side is first in every other run.
        for at in [run % 2, 1 - run % 2] {
            sides[at].run(run, &bodies).await;
        }
    }
    let [empty, full] = [&sides[0], &sides[1]].map(|side| median(&side.slowest));
    println!(
        "p99, median of {RUNS}: {empty:.2} ms empty, {full:.2} ms with {OLD_ROWS} old rows: {:.2} times",
        full / empty
    );
    match full / empty <= LIMIT {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

struct Side {
    rows: u64,
    postgres: PostgresServer,
    _receiver: Program,
    address: SocketAddr,
    slowest: Vec<f64>,
}

impl Side {
    async fn set(rows: u64, issuer: &TestIssuer, jwks: &str) -> Self {
        let postgres = PostgresServer::start().await.expect("a PostgreSQL");
        let environment = [
            ("MONEYHUB_CLIENT_ID", issuer.client_id().to_owned()),
            ("MONEYHUB_ISSUER", issuer.issuer().to_owned()),
            ("MONEYHUB_JWKS_URL", jwks.to_owned()),
            ("LISTEN", "127.0.0.1:0".to_owned()),
            ("DATABASE_URL", postgres.url("postgres")),
            (
                "SPILL",
                postgres.folder("spill").to_string_lossy().into_owned(),
            ),
        ];
        let receiver = Program::start(&program("receive-postgres"), &environment)
            .await
            .expect("a receiver");
        let address = receiver.lines()[0]
            .rsplit(' ')
            .next()
            .and_then(|it| it.parse().ok())
            .expect("an address");
        if rows > 0 {
            eprintln!("{rows} old rows");
            let client = connect(&postgres.url("postgres"))
                .await
                .expect("a PostgreSQL");
            // Of the last 30 days, as many a day.
            let old = format!(
                "SET maintenance_work_mem = '1GB';
                ALTER TABLE moneyhub.receipt DROP CONSTRAINT receipt_pkey;
                DROP INDEX moneyhub.receipt_received_at;
                INSERT INTO moneyhub.receipt
                SELECT sha256(number::text::bytea), now() - (30 * number::float8 / {rows}) * interval '1 day'
                FROM generate_series({rows}, 1, -1) AS number;
                ALTER TABLE moneyhub.receipt ADD PRIMARY KEY (replay_key);
                CREATE INDEX receipt_received_at ON moneyhub.receipt (received_at)"
            );
            // The keys come in no order: to insert them under the index takes many times as long.
            client.batch_execute(&old).await.expect("old rows");
            client
                .batch_execute("VACUUM ANALYZE moneyhub.receipt")
                .await
                .expect("a vacuum");
        }
        Self {
            rows,
            postgres,
            _receiver: receiver,
            address,
            slowest: Vec::new(),
        }
    }

    async fn run(&mut self, run: usize, bodies: &Arc<Vec<Vec<u8>>>) {
        let client = connect(&self.postgres.url("postgres"))
            .await
            .expect("a PostgreSQL");
        client
            .batch_execute("CHECKPOINT")
            .await
            .expect("a checkpoint");
        let began = Instant::now();
        let clients: Vec<_> = (0..CLIENTS)
            .map(|client| tokio::spawn(post(self.address, Arc::clone(bodies), client, began)))
            .collect();
        let mut latencies = Vec::new();
        for client in clients {
            latencies.extend(client.await.expect("no panic"));
        }
        latencies.sort_by(f64::total_cmp);
        let part = |part: f64| latencies[(latencies.len() as f64 * part) as usize];
        println!(
            "| {run} | {} | {:.2} | {:.2} |",
            self.rows,
            part(0.5),
            part(0.99)
        );
        self.slowest.push(part(0.99));
        let stored: i64 = client
            .query_one("SELECT count(*) FROM moneyhub.webhook", &[])
            .await
            .expect("a number")
            .get(0);
        assert_eq!(stored, WEBHOOKS as i64, "each is stored");
        client
            .batch_execute("TRUNCATE moneyhub.webhook")
            .await
            .expect("as if it were handled");
    }
}

/// In milliseconds, of the posts of one client.
async fn post(
    address: SocketAddr,
    bodies: Arc<Vec<Vec<u8>>>,
    client: usize,
    began: Instant,
) -> Vec<f64> {
    let mut connection = Client::connect(address).await.expect("a connection");
    let mut latencies = Vec::new();
    for number in (client..bodies.len()).step_by(CLIENTS) {
        let due = Duration::from_micros(number as u64 * 1_000_000 / PER_SECOND);
        sleep(due.saturating_sub(began.elapsed())).await;
        let began = Instant::now();
        assert_eq!(
            connection.post(&bodies[number]).await.expect("an answer"),
            202
        );
        latencies.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    latencies
}

/// To sign costs more than to verify.
async fn sign(issuer: &TestIssuer, run: usize) -> Arc<Vec<Vec<u8>>> {
    let issuer = issuer.clone();
    let sign = move |number| {
        let id = format!("webhook-{run}-{number}");
        issuer
            .delivery(&samples::of(EventType::PaymentCompleted))
            .id(id.as_str())
            .token()
            .into_bytes()
    };
    let signed = tokio::task::spawn_blocking(move || (0..WEBHOOKS).map(sign).collect()).await;
    Arc::new(signed.expect("no panic"))
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
