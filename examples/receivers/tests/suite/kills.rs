//! Programs and servers that are killed in the middle of their work, again and again.
//!
//! Every webhook has an id of its own, and its effect is to count that id. Posted and answered with 202 is to be
//! counted, and nothing is to be counted twice.

mod stage;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use tokio::time::sleep;

use crate::harness::client::Client;
use crate::harness::patience::until;
use stage::{Back, Stage};

/// What a run is like.
struct Plan {
    name: &'static str,
    back: Back,
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
    /// The workers, and Redis or PostgreSQL.
    Server,
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_workers_lose_nothing_and_repeat_nothing() {
    for back in Back::installed() {
        let pause = Duration::from_millis(80);
        let webhooks = if back == Back::Redis { 6000 } else { 2000 };
        run(Plan {
            name: "workers",
            back,
            webhooks,
            workers: 3,
            pause,
            kill: Kill::Workers,
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_receiver_has_answered_is_handled() {
    for back in Back::installed() {
        let pause = Duration::from_millis(250);
        let webhooks = if back == Back::Redis { 2000 } else { 1000 };
        run(Plan {
            name: "receiver",
            back,
            webhooks,
            workers: 2,
            pause,
            kill: Kill::Receiver,
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_or_a_postgresql_that_is_killed_and_started_again_loses_nothing() {
    for back in Back::installed() {
        let pause = Duration::from_millis(300);
        let webhooks = if back == Back::Redis { 2000 } else { 1000 };
        run(Plan {
            name: "server",
            back,
            webhooks,
            workers: 2,
            pause,
            kill: Kill::Server,
        })
        .await;
    }
}

async fn run(plan: Plan) {
    let issuer = TestIssuer::new();
    let mut stage = Stage::set(plan.back, plan.workers, &issuer).await;
    let accepted = Arc::<Mutex<BTreeSet<String>>>::default();
    let next = Arc::new(AtomicU64::new(0));
    let unanswered = Arc::new(AtomicU64::new(0));
    let posters: Vec<_> = (0..4)
        .map(|_| {
            let (accepted, next, unanswered) = (accepted.clone(), next.clone(), unanswered.clone());
            tokio::spawn(post(
                stage.address,
                issuer.clone(),
                plan.webhooks,
                next,
                accepted,
                unanswered,
            ))
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
        std::mem::replace(&mut stage.workers[at], fresh)
            .kill()
            .await;
        killed_workers += 1;
        match plan.kill {
            Kill::Receiver if posting.load(Ordering::Relaxed) => {
                stage.receiver.take().unwrap().kill().await;
                stage.start_receiver().await;
                killed_others += 1;
            }
            Kill::Server if killed_others < 6 => {
                stage.restart_server().await;
                killed_others += 1;
            }
            _ => {}
        }
        posting.store(
            posters.iter().any(|poster| !poster.is_finished()),
            Ordering::Relaxed,
        );
    }
    for poster in posters {
        poster.await.unwrap();
    }

    let accepted = std::mem::take(&mut *accepted.lock().unwrap());
    let counts = settled(&stage, &accepted).await;
    let lost = accepted
        .iter()
        .filter(|id| !counts.contains_key(*id))
        .count();
    let twice = counts.values().filter(|count| **count > 1).count();
    let duplicates = stage.given_again().await;
    println!(
        "{:?}, {}: posted {} (unanswered {}), answered with 202 {}, handled {}, lost {lost}, handled twice {twice}; \
         killed: {killed_workers} workers, {killed_others} times the {}; {:.1} s{duplicates}",
        plan.back,
        plan.name,
        plan.webhooks,
        unanswered.load(Ordering::Relaxed),
        accepted.len(),
        counts.len(),
        match plan.kill {
            Kill::Server => "server",
            _ => "receiver",
        },
        began.elapsed().as_secs_f64(),
    );
    assert_eq!((lost, twice), (0, 0));
    if plan.kill == Kill::Workers {
        assert_eq!(
            (accepted.len() as u64, counts.len() as u64),
            (plan.webhooks, plan.webhooks)
        );
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
        let body = issuer
            .delivery(&samples::of(EventType::PaymentCompleted))
            .id(id.as_str())
            .token();
        while client.is_none() {
            client = Client::connect(address).await.ok();
            if client.is_none() {
                sleep(Duration::from_millis(5)).await; // it is just being started again
            }
        }
        match client
            .as_mut()
            .expect("connected")
            .post(body.as_bytes())
            .await
        {
            Ok(202) => _ = accepted.lock().unwrap().insert(id),
            Ok(status) => panic!("{id} was answered with {status}"),
            Err(_) => {
                unanswered.fetch_add(1, Ordering::Relaxed);
                client = None;
            }
        }
    }
}

/// The counts, when all that was accepted is handled, or no more of it is, however long it takes.
async fn settled(stage: &Stage, accepted: &BTreeSet<String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    loop {
        let before = counts.len();
        let mut is_all = false;
        let goes_on = until(async || {
            let left = stage.left().await;
            counts = stage.counts().await;
            is_all = left == 0 && accepted.iter().all(|id| counts.contains_key(id));
            is_all || counts.len() > before
        });
        if !goes_on.await || is_all {
            return counts;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Between 0 and 1, and the same in every run.
fn pseudo_random(number: u32) -> f64 {
    f64::from(number.wrapping_mul(2_654_435_761) >> 16) / f64::from(u16::MAX)
}
