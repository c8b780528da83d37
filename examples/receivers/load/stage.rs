//! The program under load, what it needs, and what disturbs it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use redis::AsyncCommands as _;
use tokio::time::sleep;

use crate::harness::key_server;
use crate::harness::program::Program;
use crate::harness::redis_server::RedisServer;
use crate::traffic::{Pool, Traffic};

/// Where webhooks are handled.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Back {
    /// In the program itself, which says so on its output.
    Process,
    /// By workers, which count in Redis.
    Workers,
}

pub(crate) struct Stage {
    name: &'static str,
    environment: Vec<(&'static str, String)>,
    receiver: Option<Program>,
    address: SocketAddr,
    workers: Vec<Program>,
    redis: Option<RedisServer>,
    disturbances: Vec<String>,
    peak_memory: u64,
}

impl Stage {
    pub(crate) async fn set(name: &'static str, back: Back, pool: &Pool) -> Self {
        let issuer = &pool.issuer;
        let mut environment = vec![
            ("MONEYHUB_CLIENT_ID", issuer.client_id().to_owned()),
            ("MONEYHUB_ISSUER", issuer.issuer().to_owned()),
            ("MONEYHUB_JWKS_URL", key_server::start(issuer.jwks()).await.expect("a key server")),
            ("LISTEN", "127.0.0.1:0".to_owned()),
            ("TAKE_OVER_AFTER_MS", "500".to_owned()),
            ("DELIVERIES", "1000".to_owned()),
        ];
        let redis = match back {
            Back::Process => None,
            Back::Workers => {
                let redis = RedisServer::start().await.expect("a Redis");
                environment.push(("REDIS_URL", redis.url()));
                environment.push(("SPILL", redis.folder("spill").to_string_lossy().into_owned()));
                Some(redis)
            }
        };
        let address = ([127, 0, 0, 1], 0).into();
        let (workers, disturbances) = Default::default();
        let mut stage =
            Self { name, environment, receiver: None, address, workers, redis, disturbances, peak_memory: 0 };
        stage.start_receiver().await;
        if back == Back::Workers {
            for _ in 0..2 {
                let worker = stage.start("work").await;
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
        let peak = self.receiver.as_ref().and_then(Program::peak_memory).unwrap_or(0);
        self.peak_memory = self.peak_memory.max(peak);
        self.peak_memory
    }

    async fn start(&self, name: &str) -> Program {
        Program::start(&program(name), &self.environment).await.expect(name)
    }

    /// At the port that it had before.
    async fn start_receiver(&mut self) {
        let receiver = self.start(self.name).await;
        self.address =
            receiver.lines()[0].rsplit(' ').next().and_then(|it| it.parse().ok()).expect("an address");
        self.environment.retain(|(name, _)| *name != "LISTEN");
        self.environment.push(("LISTEN", self.address.to_string()));
        self.receiver = Some(receiver);
    }

    /// Lets it go on for so long. Where it is to stand that, a worker is killed every second, the receiver after half
    /// of the time, and Redis after two thirds.
    pub(crate) async fn disturb(&mut self, duration: Duration) {
        let began = Instant::now();
        let (mut killed, mut half, mut two_thirds) = (0, false, false);
        while began.elapsed() < duration {
            sleep(Duration::from_secs(1).min(duration.saturating_sub(began.elapsed()))).await;
            if self.redis.is_none() {
                continue;
            }
            let fresh = self.start("work").await;
            let at = killed % self.workers.len();
            std::mem::replace(&mut self.workers[at], fresh).kill().await;
            killed += 1;
            if !half && began.elapsed() > duration / 2 {
                half = true;
                self.peak_memory();
                self.receiver.take().expect("it runs").kill().await;
                self.start_receiver().await;
            }
            if let Some(redis) = &mut self.redis
                && !two_thirds
                && began.elapsed() > duration * 2 / 3
            {
                two_thirds = true;
                redis.restart().await.expect("a Redis");
            }
        }
        self.disturbances = match self.redis {
            None => vec!["stopped under load".into()],
            Some(_) => {
                vec![format!("{killed} workers, receiver and Redis killed"), "stopped under load".into()]
            }
        };
    }

    /// Stops the receiver, then the traffic, and says how often each webhook was handled when all is done.
    pub(crate) async fn finish(&mut self, traffic: &Traffic) -> BTreeMap<String, u64> {
        let lines = self.receiver.take().expect("it runs").stop().await;
        traffic.quit();
        let Some(redis) = &self.redis else {
            let mut counts = BTreeMap::new();
            for id in lines.iter().filter_map(|line| line.strip_prefix("handled ")?.split(' ').next()) {
                *counts.entry(id.to_owned()).or_default() += 1;
            }
            return counts;
        };
        // What may still be on the disk is handed on by the next run.
        let _receiver = self.start(self.name).await;
        let mut connection = redis.connect().await.expect("a Redis");
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(120) {
            let left: u64 = connection.xlen("{moneyhub}:accepted").await.expect("a length");
            let spilt = std::fs::read_dir(redis.folder("spill/accepted")).expect("a folder").count();
            if left == 0 && spilt == 0 {
                break;
            }
            sleep(Duration::from_millis(100)).await;
        }
        connection.hgetall("{moneyhub}:counts").await.expect("counts")
    }
}

/// The programs stand one folder above the examples.
fn program(name: &str) -> PathBuf {
    let load = std::env::current_exe().expect("a path");
    load.parent().and_then(|examples| examples.parent()).expect("a folder").join(name)
}
