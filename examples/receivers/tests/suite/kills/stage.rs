//! The programs that are killed, and the server behind them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use moneyhub_webhooks::testing::TestIssuer;
use redis::AsyncCommands as _;

use crate::harness::key_server;
use crate::harness::port::Port;
use crate::harness::postgres_server::{self, PostgresServer, connect, on_disk};
use crate::harness::program::Program;
use crate::harness::redis_server::{self, RedisServer};

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Back {
    Redis,
    Postgres,
}

impl Back {
    pub(super) fn installed() -> impl Iterator<Item = Self> {
        let redis = redis_server::is_installed().then_some(Self::Redis);
        redis
            .into_iter()
            .chain(postgres_server::is_installed().then_some(Self::Postgres))
    }
}

enum Server {
    Redis(RedisServer),
    Postgres(PostgresServer),
}

pub(super) struct Stage {
    server: Server,
    spill: PathBuf,
    environment: Vec<(&'static str, String)>,
    /// That of the receiver, also while there is none. Or a sender that connects again and again may get it itself.
    _port: Port,
    pub(super) receiver: Option<Program>,
    pub(super) address: SocketAddr,
    pub(super) workers: Vec<Program>,
}

impl Stage {
    pub(super) async fn set(back: Back, workers: usize, issuer: &TestIssuer) -> Self {
        let (server, url, spill) = match back {
            Back::Redis => {
                let redis = RedisServer::start().await.unwrap();
                let (url, spill) = (("REDIS_URL", redis.url()), redis.folder("spill"));
                (Server::Redis(redis), url, spill)
            }
            Back::Postgres => {
                let postgres = PostgresServer::start().await.unwrap();
                let (url, spill) = (
                    ("DATABASE_URL", postgres.url("postgres")),
                    postgres.folder("spill"),
                );
                (Server::Postgres(postgres), url, spill)
            }
        };
        let port = Port::free().unwrap();
        let address = SocketAddr::from(([127, 0, 0, 1], port.number));
        let environment = vec![
            ("MONEYHUB_CLIENT_ID", issuer.client_id().to_owned()),
            ("MONEYHUB_ISSUER", issuer.issuer().to_owned()),
            (
                "MONEYHUB_JWKS_URL",
                key_server::start(issuer.jwks()).await.unwrap(),
            ),
            url,
            ("SPILL", spill.to_string_lossy().into_owned()),
            ("LISTEN", address.to_string()),
            ("TAKE_OVER_AFTER_MS", "200".to_owned()),
            ("BACKOFF_MS", "100".to_owned()),
            // Restarts use up deliveries, and here there is one every moment.
            ("DELIVERIES", "1000".to_owned()),
        ];
        let (receiver, none) = (None, Vec::new());
        let mut stage = Self {
            server,
            spill,
            environment,
            _port: port,
            receiver,
            address,
            workers: none,
        };
        stage.start_receiver().await;
        for _ in 0..workers {
            let worker = stage.worker().await;
            stage.workers.push(worker);
        }
        stage
    }

    pub(super) async fn start_receiver(&mut self) {
        let path = match self.server {
            Server::Redis(_) => env!("CARGO_BIN_EXE_receive-queue"),
            Server::Postgres(_) => env!("CARGO_BIN_EXE_receive-postgres"),
        };
        self.receiver = Some(
            Program::start(Path::new(path), &self.environment)
                .await
                .unwrap(),
        );
    }

    pub(super) async fn worker(&self) -> Program {
        let path = match self.server {
            Server::Redis(_) => env!("CARGO_BIN_EXE_work"),
            Server::Postgres(_) => env!("CARGO_BIN_EXE_work-postgres"),
        };
        Program::start(Path::new(path), &self.environment)
            .await
            .unwrap()
    }

    /// With SIGKILL.
    pub(super) async fn restart_server(&mut self) {
        match &mut self.server {
            Server::Redis(redis) => redis.restart().await.unwrap(),
            Server::Postgres(postgres) => postgres.restart().await.unwrap(),
        }
    }

    /// How much waits to be handled.
    pub(super) async fn left(&self) -> u64 {
        let waiting = match &self.server {
            Server::Redis(redis) => {
                let (accepted, unjudged): (u64, u64) = redis::pipe()
                    .xlen("{moneyhub}:accepted")
                    .xlen("{moneyhub}:unjudged")
                    .query_async(&mut redis.connect().await.unwrap())
                    .await
                    .unwrap();
                accepted + unjudged
            }
            Server::Postgres(postgres) => {
                let left = "SELECT (SELECT count(*) FROM moneyhub.webhook WHERE dead_at IS NULL)
                    + (SELECT count(*) FROM moneyhub.unjudged WHERE dead_at IS NULL)";
                let database = connect(&postgres.url("postgres")).await.unwrap();
                database
                    .query_one(left, &[])
                    .await
                    .unwrap()
                    .get::<_, i64>(0)
                    .try_into()
                    .unwrap()
            }
        };
        waiting + on_disk(&self.spill) as u64
    }

    /// How often each webhook was handled.
    pub(super) async fn counts(&self) -> BTreeMap<String, u64> {
        match &self.server {
            Server::Redis(redis) => redis
                .connect()
                .await
                .unwrap()
                .hgetall("{moneyhub}:counts")
                .await
                .unwrap(),
            Server::Postgres(postgres) => {
                let database = connect(&postgres.url("postgres")).await.unwrap();
                let rows =
                    database.query("SELECT webhook_id, times FROM moneyhub.sample_effect", &[]);
                let rows = rows.await.unwrap();
                rows.iter()
                    .map(|row| (row.get(0), row.get::<_, i64>(1).try_into().unwrap()))
                    .collect()
            }
        }
    }

    /// What the workers had to tell apart. Nothing is a dead letter: nothing here fails.
    pub(super) async fn given_again(&self) -> String {
        match &self.server {
            Server::Redis(redis) => {
                let mut redis = redis.connect().await.unwrap();
                let dead: u64 = redis.xlen("{moneyhub}:dead").await.unwrap();
                assert_eq!(dead, 0);
                let info: redis::InfoDict = redis::cmd("INFO")
                    .arg("commandstats")
                    .query_async(&mut redis)
                    .await
                    .unwrap();
                let claims = info.get::<String>("cmdstat_xpending").unwrap_or_default();
                let claims = claims.split(['=', ',']).nth(1).unwrap_or("0").to_owned();
                format!("; taken over {claims} times")
            }
            Server::Postgres(postgres) => {
                let database = connect(&postgres.url("postgres")).await.unwrap();
                let dead = "SELECT (SELECT count(*) FROM moneyhub.webhook)
                    + (SELECT count(*) FROM moneyhub.unjudged)";
                assert_eq!(
                    database
                        .query_one(dead, &[])
                        .await
                        .unwrap()
                        .get::<_, i64>(0),
                    0
                );
                String::new()
            }
        }
    }
}
