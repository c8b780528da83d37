//! Programs and servers that are killed in the middle of their work, again and again.
//!
//! Every webhook has an id of its own, and its effect is to count that id. Posted and answered with 202 is to be
//! counted, and nothing is to be counted twice.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use moneyhub_webhooks::testing::{TestIssuer, samples};
use redis::AsyncCommands as _;
use tokio::time::sleep;

use crate::harness::client::Client;
use crate::harness::key_server;
use crate::harness::program::Program;
use crate::harness::redis_server::{self, RedisServer};

/// What a run is like.
struct Plan {
    name: &'static str,
    webhooks: u64,
    workers: usize,
    /// From one kill to the next.
    pause: Duration,
    kill: Kill,
}

#[derive(Clone, Copy, PartialEq)]
enum Kill {
    Workers,
    /// The workers, and the receiver while it is posted to.
    Receiver,
    /// The workers, and Redis.
    Redis,
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_workers_lose_nothing_and_repeat_nothing() {
    let pause = Duration::from_millis(80);
    run(Plan { name: "workers", webhooks: 6000, workers: 3, pause, kill: Kill::Workers }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_receiver_has_answered_is_handled() {
    let pause = Duration::from_millis(250);
    run(Plan { name: "receiver", webhooks: 2000, workers: 2, pause, kill: Kill::Receiver }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_killed_and_started_again_loses_nothing() {
    let pause = Duration::from_millis(300);
    run(Plan { name: "redis", webhooks: 2000, workers: 2, pause, kill: Kill::Redis }).await;
}

struct Stage {
    redis: RedisServer,
    environment: Vec<(&'static str, String)>,
    receiver: Option<Program>,
    address: SocketAddr,
    workers: Vec<Program>,
}

impl Stage {
    async fn set(plan: &Plan, issuer: &TestIssuer) -> Self {
        let redis = RedisServer::start().await.unwrap();
        let environment = vec![
            ("MONEYHUB_CLIENT_ID", issuer.client_id().to_owned()),
            ("MONEYHUB_ISSUER", issuer.issuer().to_owned()),
            ("MONEYHUB_JWKS_URL", key_server::start(issuer.jwks()).await.unwrap()),
            ("REDIS_URL", redis.url()),
            ("SPILL", redis.folder("spill").to_string_lossy().into_owned()),
            ("LISTEN", "127.0.0.1:0".to_owned()),
            ("TAKE_OVER_AFTER_MS", "200".to_owned()),
            // Restarts use up deliveries, and here there is one every moment.
            ("DELIVERIES", "1000".to_owned()),
        ];
        let address = ([127, 0, 0, 1], 0).into();
        let mut stage = Self { redis, environment, receiver: None, address, workers: Vec::new() };
        stage.start_receiver().await;
        for _ in 0..plan.workers {
            let worker = stage.worker().await;
            stage.workers.push(worker);
        }
        stage
    }

    /// At the port that it had before.
    async fn start_receiver(&mut self) {
        let receiver =
            Program::start(Path::new(env!("CARGO_BIN_EXE_receive-queue")), &self.environment).await.unwrap();
        self.address = receiver.lines()[0].rsplit(' ').next().unwrap().parse().unwrap();
        self.environment.retain(|(name, _)| *name != "LISTEN");
        self.environment.push(("LISTEN", self.address.to_string()));
        self.receiver = Some(receiver);
    }

    async fn worker(&self) -> Program {
        Program::start(Path::new(env!("CARGO_BIN_EXE_work")), &self.environment).await.unwrap()
    }
}

async fn run(plan: Plan) {
    if !redis_server::is_installed() {
        return;
    }
    let issuer = TestIssuer::new();
    let mut stage = Stage::set(&plan, &issuer).await;
    let accepted = Arc::<Mutex<BTreeSet<String>>>::default();
    let next = Arc::new(AtomicU64::new(0));
    let unanswered = Arc::new(AtomicU64::new(0));
    let posters: Vec<_> = (0..4)
        .map(|_| {
            let (accepted, next, unanswered) = (accepted.clone(), next.clone(), unanswered.clone());
            tokio::spawn(post(stage.address, issuer.clone(), plan.webhooks, next, accepted, unanswered))
        })
        .collect();

    // Kill one after the other, until all is posted and for a while after that.
    let posting = Arc::new(AtomicBool::new(true));
    let began = Instant::now();
    let (mut killed_workers, mut killed_others) = (0, 0);
    while posting.load(Ordering::Relaxed) || killed_workers < 10 {
        sleep(plan.pause.mul_f64(0.5 + pseudo_random(killed_workers))).await;
        let at = killed_workers as usize % plan.workers;
        let fresh = stage.worker().await;
        std::mem::replace(&mut stage.workers[at], fresh).kill().await;
        killed_workers += 1;
        match plan.kill {
            Kill::Receiver if posting.load(Ordering::Relaxed) => {
                stage.receiver.take().unwrap().kill().await;
                stage.start_receiver().await;
                killed_others += 1;
            }
            Kill::Redis if killed_others < 6 => {
                stage.redis.restart().await.unwrap();
                killed_others += 1;
            }
            _ => {}
        }
        posting.store(posters.iter().any(|poster| !poster.is_finished()), Ordering::Relaxed);
    }
    for poster in posters {
        poster.await.unwrap();
    }

    let accepted = std::mem::take(&mut *accepted.lock().unwrap());
    let counts = settled(&stage, &accepted).await;
    let lost = accepted.iter().filter(|id| !counts.contains_key(*id)).count();
    let twice = counts.values().filter(|count| **count > 1).count();
    let duplicates = duplicates_offered(&stage).await;
    println!(
        "{}: posted {} (unanswered {}), answered with 202 {}, handled {}, lost {lost}, handled twice {twice}; \
         killed: {killed_workers} workers, {killed_others} times the {}; {:.1} s{duplicates}",
        plan.name,
        plan.webhooks,
        unanswered.load(Ordering::Relaxed),
        accepted.len(),
        counts.len(),
        match plan.kill {
            Kill::Redis => "Redis",
            _ => "receiver",
        },
        began.elapsed().as_secs_f64(),
    );
    assert_eq!((lost, twice), (0, 0));
    if plan.kill == Kill::Workers {
        assert_eq!((accepted.len() as u64, counts.len() as u64), (plan.webhooks, plan.webhooks));
    }
}

/// Posts until so many are posted, each once, as Moneyhub does.
async fn post(
    address: SocketAddr,
    issuer: TestIssuer,
    webhooks: u64,
    next: Arc<AtomicU64>,
    accepted: Arc<Mutex<BTreeSet<String>>>,
    unanswered: Arc<AtomicU64>,
) {
    let mut client = None;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= webhooks {
            return;
        }
        let id = format!("webhook-{number}");
        let body = issuer.delivery(&samples::payment_completed()).id(id.as_str()).token();
        while client.is_none() {
            client = Client::connect(address).await.ok();
            if client.is_none() {
                sleep(Duration::from_millis(5)).await; // it is just being started again
            }
        }
        match client.as_mut().expect("connected").post(body.as_bytes()).await {
            Ok(202) => _ = accepted.lock().unwrap().insert(id),
            Ok(status) => panic!("{id} was answered with {status}"),
            Err(_) => {
                unanswered.fetch_add(1, Ordering::Relaxed);
                client = None;
            }
        }
    }
}

/// The counts, when all that was accepted is handled, or after half a minute.
async fn settled(stage: &Stage, accepted: &BTreeSet<String>) -> BTreeMap<String, u64> {
    let mut redis = stage.redis.connect().await.unwrap();
    let began = Instant::now();
    loop {
        let (left, unjudged): (u64, u64) = redis::pipe()
            .xlen("{moneyhub}:accepted")
            .xlen("{moneyhub}:unjudged")
            .query_async(&mut redis)
            .await
            .unwrap();
        let spilt = std::fs::read_dir(stage.redis.folder("spill/accepted")).unwrap().count();
        let counts: BTreeMap<String, u64> = redis.hgetall("{moneyhub}:counts").await.unwrap();
        let handled = accepted.iter().all(|id| counts.contains_key(id));
        if (left + unjudged == 0 && spilt == 0 && handled) || began.elapsed() > Duration::from_secs(30) {
            return counts;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// How often entries were given out, beyond once each: what the workers had to tell apart.
async fn duplicates_offered(stage: &Stage) -> String {
    let mut redis = stage.redis.connect().await.unwrap();
    let dead: u64 = redis.xlen("{moneyhub}:dead").await.unwrap();
    assert_eq!(dead, 0, "nothing here fails");
    let info: redis::InfoDict = redis::cmd("INFO").arg("commandstats").query_async(&mut redis).await.unwrap();
    let claims = info.get::<String>("cmdstat_xpending").unwrap_or_default();
    let claims = claims.split(['=', ',']).nth(1).unwrap_or("0").to_owned();
    format!("; taken over {claims} times")
}

/// Between 0 and 1, and the same in every run.
fn pseudo_random(number: u32) -> f64 {
    f64::from(number.wrapping_mul(2_654_435_761) >> 16) / f64::from(u16::MAX)
}
