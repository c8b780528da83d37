//! The program under load, what it needs, and what disturbs it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use redis::AsyncCommands as _;
use tokio::time::sleep;

use crate::harness::key_server;
use crate::harness::postgres_server::{PostgresServer, connect, on_disk};
use crate::harness::program::Program;
use crate::harness::redis_server::RedisServer;
use crate::traffic::{Pool, Traffic};

/// Where webhooks are handled.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Back {
    /// In the program itself, which says so on its output.
    Process,
    /// By workers, which count in Redis.
    Redis,
    /// By workers, which count in PostgreSQL.
    Postgres,
}

enum Server {
    Redis(RedisServer),
    Postgres(PostgresServer),
}

pub(crate) struct Stage {
    name: &'static str,
    environment: Vec<(&'static str, String)>,
    receiver: Option<Program>,
    address: SocketAddr,
    workers: Vec<Program>,
    server: Option<Server>,
    disturbances: Vec<String>,
    peak_memory: u64,
}

impl Stage {
    pub(crate) async fn set(name: &'static str, back: Back, pool: &Pool) -> Self {
        let issuer = &pool.issuer;
        let mut environment = vec![
            ("MONEYHUB_CLIENT_ID", issuer.client_id().to_owned()),
            ("MONEYHUB_ISSUER", issuer.issuer().to_owned()),
            (
                "MONEYHUB_JWKS_URL",
                key_server::start(issuer.jwks())
                    .await
                    .expect("a key server"),
            ),
            ("LISTEN", "127.0.0.1:0".to_owned()),
            ("TAKE_OVER_AFTER_MS", "500".to_owned()),
            ("BACKOFF_MS", "100".to_owned()),
            ("DELIVERIES", "1000".to_owned()),
        ];
        let server = match back {
            Back::Process => None,
            Back::Redis => {
                let redis = RedisServer::start().await.expect("a Redis");
                environment.push(("REDIS_URL", redis.url()));
                Some(Server::Redis(redis))
            }
            Back::Postgres => {
                let postgres = PostgresServer::start().await.expect("a PostgreSQL");
                environment.push(("DATABASE_URL", postgres.url("postgres")));
                Some(Server::Postgres(postgres))
            }
        };
        if let Some(server) = &server {
            environment.push(("SPILL", server.spill().to_string_lossy().into_owned()));
        }
        let address = ([127, 0, 0, 1], 0).into();
        let (workers, disturbances) = Default::default();
        let mut stage = Self {
            name,
            environment,
            receiver: None,
            address,
            workers,
            server,
            disturbances,
            peak_memory: 0,
        };
        stage.start_receiver().await;
        if back != Back::Process {
            for _ in 0..2 {
                let worker = stage.start(stage.worker()).await;
                stage.workers.push(worker);
            }
        }
        stage
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn disturbances(&self) -> String {
        self.disturbances.join(", ")
    }

    /// In KiB, the largest of all that have run as the receiver.
    pub(crate) fn peak_memory(&mut self) -> u64 {
        let peak = self
            .receiver
            .as_ref()
            .and_then(Program::peak_memory)
            .unwrap_or(0);
        self.peak_memory = self.peak_memory.max(peak);
        self.peak_memory
    }

    fn worker(&self) -> &'static str {
        match self.server {
            Some(Server::Postgres(_)) => "work-postgres",
            _ => "work",
        }
    }

    async fn start(&self, name: &str) -> Program {
        Program::start(&program(name), &self.environment)
            .await
            .expect(name)
    }

    /// At the port that it had before.
    async fn start_receiver(&mut self) {
        let receiver = self.start(self.name).await;
        self.address = receiver.lines()[0]
            .rsplit(' ')
            .next()
            .and_then(|it| it.parse().ok())
            .expect("an address");
        self.environment.retain(|(name, _)| *name != "LISTEN");
        self.environment.push(("LISTEN", self.address.to_string()));
        self.receiver = Some(receiver);
    }

    /// Lets it go on for so long. Where it is to stand that, a worker is killed every second, the receiver after half
    /// of the time, and Redis or PostgreSQL after two thirds.
    pub(crate) async fn disturb(&mut self, duration: Duration) {
        let began = Instant::now();
        let (mut killed, mut half, mut two_thirds) = (0, false, false);
        while began.elapsed() < duration {
            sleep(Duration::from_secs(1).min(duration.saturating_sub(began.elapsed()))).await;
            if self.server.is_none() {
                continue;
            }
            let fresh = self.start(self.worker()).await;
            let at = killed % self.workers.len();
            std::mem::replace(&mut self.workers[at], fresh).kill().await;
            killed += 1;
            if !half && began.elapsed() > duration / 2 {
                half = true;
                self.peak_memory();
                self.receiver.take().expect("it runs").kill().await;
                self.start_receiver().await;
            }
            if let Some(server) = &mut self.server
                && !two_thirds
                && began.elapsed() > duration * 2 / 3
            {
                two_thirds = true;
                server.restart().await.expect("a server");
            }
        }
        self.disturbances = match self.server {
            None => vec!["stopped under load".into()],
            Some(_) => {
                vec![
                    format!("{killed} workers, receiver and server killed"),
                    "stopped under load".into(),
                ]
            }
        };
    }

    /// Stops the receiver, then the traffic, and says how often each webhook was handled when all is done.
    pub(crate) async fn finish(&mut self, traffic: &Traffic) -> BTreeMap<String, u64> {
        let lines = self.receiver.take().expect("it runs").stop().await;
        traffic.quit();
        let Some(server) = &self.server else {
            let mut counts = BTreeMap::new();
            for id in lines
                .iter()
                .filter_map(|line| line.strip_prefix("handled ")?.split(' ').next())
            {
                *counts.entry(id.to_owned()).or_default() += 1;
            }
            return counts;
        };
        // What may still be on the disk is handed on by the next run.
        let _receiver = self.start(self.name).await;
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(120) {
            if server.left().await == 0 && on_disk(&server.spill()) == 0 {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        server.counts().await
    }
}

impl Server {
    fn spill(&self) -> PathBuf {
        match self {
            Self::Redis(redis) => redis.folder("spill"),
            Self::Postgres(postgres) => postgres.folder("spill"),
        }
    }

    async fn restart(&mut self) -> std::io::Result<()> {
        match self {
            Self::Redis(redis) => redis.restart().await,
            Self::Postgres(postgres) => postgres.restart().await,
        }
    }

    /// How much waits to be handled.
    async fn left(&self) -> u64 {
        match self {
            Self::Redis(redis) => {
                let mut redis = redis.connect().await.expect("a Redis");
                redis.xlen("{moneyhub}:accepted").await.expect("a length")
            }
            Self::Postgres(postgres) => {
                let left = "SELECT (SELECT count(*) FROM moneyhub.webhook) + (SELECT count(*) FROM moneyhub.unjudged)";
                let postgres = connect(&postgres.url("postgres"))
                    .await
                    .expect("a PostgreSQL");
                let left: i64 = postgres
                    .query_one(left, &[])
                    .await
                    .expect("a number")
                    .get(0);
                left.unsigned_abs()
            }
        }
    }

    /// How often each webhook was handled.
    async fn counts(&self) -> BTreeMap<String, u64> {
        match self {
            Self::Redis(redis) => {
                let mut redis = redis.connect().await.expect("a Redis");
                redis.hgetall("{moneyhub}:counts").await.expect("counts")
            }
            Self::Postgres(postgres) => {
                let postgres = connect(&postgres.url("postgres"))
                    .await
                    .expect("a PostgreSQL");
                let counts = "SELECT webhook_id, times FROM moneyhub.sample_effect";
                let rows = postgres.query(counts, &[]).await.expect("counts");
                rows.iter()
                    .map(|row| (row.get(0), row.get::<_, i64>(1).unsigned_abs()))
                    .collect()
            }
        }
    }
}

/// The programs stand one folder above the examples.
pub(crate) fn program(name: &str) -> PathBuf {
    let load = std::env::current_exe().expect("a path");
    load.parent()
        .and_then(|examples| examples.parent())
        .expect("a folder")
        .join(name)
}
