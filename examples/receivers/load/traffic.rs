//! What is sent: good webhooks small and large, forged, oversized, slow and cut-off ones, by many clients at once.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use moneyhub_webhooks::Event;
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};
use tokio::task::JoinHandle;
use tokio::time::sleep;

use crate::harness::client::{self, Client, Way};

const SMALL: usize = 30_000;
const LARGE: usize = 300;
const CLIENTS: usize = 8;

/// Longer than a receiver waits for a body.
const SLOW: Duration = Duration::from_millis(2500);

/// Bodies that are signed beforehand: to sign costs more than to verify.
pub(crate) struct Pool {
    pub(crate) issuer: TestIssuer,
    /// With the id, each of which stands once.
    good: Vec<(String, Vec<u8>)>,
    forged: Vec<u8>,
    oversized: Vec<u8>,
}

impl Pool {
    pub(crate) fn sign() -> Self {
        let issuer = TestIssuer::new();
        let (small, large) = (samples::of(EventType::PaymentCompleted), transactions(6000));
        // One large webhook after every hundred small ones.
        let sign = |number| {
            let event = if number % (SMALL / LARGE + 1) == SMALL / LARGE {
                &large
            } else {
                &small
            };
            let id = format!("webhook-{number}");
            let token = issuer.delivery(event).id(id.as_str()).token();
            (id, token.into_bytes())
        };
        let half = (SMALL + LARGE) / 2;
        let good = thread::scope(|scope| {
            let second = scope.spawn(|| (half..SMALL + LARGE).map(sign).collect::<Vec<_>>());
            let mut good: Vec<_> = (0..half).map(sign).collect();
            good.extend(second.join().expect("no panic"));
            good
        });
        let faulty = |fault| issuer.delivery(&small).faulty(fault);
        Self {
            good,
            forged: faulty(Fault::Forged),
            oversized: faulty(Fault::Oversized),
            issuer,
        }
    }
}

fn transactions(count: usize) -> Event {
    let ids: Vec<_> = (0..count)
        .map(|id| format!(r#""d520402a-d982-43ee-b1d1-{id:012x}""#))
        .collect();
    let ids = ids.join(",");
    let account =
        format!(r#"{{"id":"6d0baf11-248e-4c11-9c04-97b7758b4e04","transactions":[{ids}]}}"#);
    serde_json::from_str(&format!(
        r#"{{"eventType":"newTransactions","payload":{{"accounts":[{account}]}}}}"#
    ))
    .expect("an event")
}

#[derive(Default)]
pub(crate) struct Tally {
    /// The ids of good webhooks that were answered with 202.
    pub(crate) accepted: BTreeSet<String>,
    /// Answers with 202, those to duplicates too.
    pub(crate) taken: u64,
    /// Answers with 4xx.
    pub(crate) refused: u64,
    /// Answers with 503.
    pub(crate) no_room: u64,
    /// Any other answer, or one that does not fit what was sent.
    pub(crate) wrong: u64,
    pub(crate) unanswered: u64,
    /// Of whole requests.
    pub(crate) latencies: Vec<Duration>,
}

impl Tally {
    fn note(&mut self, status: Option<u16>, expected: &[u16]) {
        match status {
            None => self.unanswered += 1,
            Some(503) => self.no_room += 1,
            Some(status) if !expected.contains(&status) => self.wrong += 1,
            Some(202) => self.taken += 1,
            Some(_) => self.refused += 1,
        }
    }

    fn add(&mut self, other: Self) {
        self.accepted.extend(other.accepted);
        self.taken += other.taken;
        self.refused += other.refused;
        self.no_room += other.no_room;
        self.wrong += other.wrong;
        self.unanswered += other.unanswered;
        self.latencies.extend(other.latencies);
    }
}

pub(crate) struct Traffic {
    stop: Arc<AtomicBool>,
    clients: Vec<JoinHandle<Tally>>,
}

impl Traffic {
    /// New webhooks are spread over the time, and a little beyond.
    pub(crate) fn start(address: SocketAddr, pool: &Arc<Pool>, duration: Duration) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let order = Arc::new(Order {
            began: Instant::now(),
            duration,
            next: AtomicUsize::new(0),
        });
        let mut clients = Vec::new();
        for _ in 0..CLIENTS {
            let (pool, order, stop) = (Arc::clone(pool), Arc::clone(&order), Arc::clone(&stop));
            clients.push(tokio::spawn(steady(address, pool, order, stop)));
        }
        for _ in 0..4 {
            clients.push(tokio::spawn(bad(
                address,
                Arc::clone(pool),
                Way::Slow(SLOW),
                Arc::clone(&stop),
            )));
        }
        clients.push(tokio::spawn(bad(
            address,
            Arc::clone(pool),
            Way::CutOff,
            Arc::clone(&stop),
        )));
        Self { stop, clients }
    }

    pub(crate) fn quit(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(crate) async fn stop(self) -> Tally {
        self.quit();
        let mut tally = Tally::default();
        for client in self.clients {
            tally.add(client.await.expect("no panic"));
        }
        tally
    }
}

/// Which webhook comes next.
struct Order {
    began: Instant,
    duration: Duration,
    next: AtomicUsize,
}

impl Order {
    /// A new one, as long as there is one for this time, and otherwise a copy. Copies are of even numbers alone: the
    /// others are sent once, as Moneyhub does, so that no copy makes up for one that was lost.
    fn next(&self, pool: &Pool, round: usize) -> usize {
        let part = self.began.elapsed().as_secs_f64() / self.duration.as_secs_f64();
        let due = (pool.good.len() as f64 * 0.95 * part) as usize;
        let next = self.next.load(Ordering::Relaxed);
        if next < due.min(pool.good.len() - CLIENTS) {
            self.next.fetch_add(1, Ordering::Relaxed)
        } else {
            (round.wrapping_mul(7919) % next.max(1)) & !1
        }
    }
}

/// Posts over one connection as fast as it is answered; every sixteenth request is a bad one.
async fn steady(
    address: SocketAddr,
    pool: Arc<Pool>,
    order: Arc<Order>,
    stop: Arc<AtomicBool>,
) -> Tally {
    let mut tally = Tally::default();
    let mut client = None;
    for round in 0_usize.. {
        if stop.load(Ordering::Relaxed) {
            break;
        }
        if client.is_none() {
            client = Client::connect(address).await.ok();
        }
        let Some(connection) = client.as_mut() else {
            sleep(Duration::from_millis(5)).await; // it is being started again
            continue;
        };
        let (id, body, expected) = match round % 160 {
            15 => (None, &pool.oversized, &[413][..]),
            round if round % 16 == 15 => (None, &pool.forged, &[401][..]),
            _ => {
                let (id, body) = &pool.good[order.next(&pool, round)];
                (Some(id), body, &[202][..])
            }
        };
        let began = Instant::now();
        let status = connection.post(body).await.ok();
        tally.note(status, expected);
        if status.is_some() {
            tally.latencies.push(began.elapsed());
        }
        if let (Some(id), Some(202)) = (id, status) {
            tally.accepted.insert(id.clone());
        }
        // Whoever refuses an oversized body does not read the rest of it.
        if status.is_none_or(|status| status == 413) {
            client = None;
        }
    }
    tally
}

async fn bad(address: SocketAddr, pool: Arc<Pool>, way: Way, stop: Arc<AtomicBool>) -> Tally {
    let mut tally = Tally::default();
    while !stop.load(Ordering::Relaxed) {
        let status = client::post(address, &pool.forged, way).await;
        // A gateway waits for the body itself, and the forged one is refused then.
        tally.note(status, &[400, 401, 408]);
        if status.is_none() {
            sleep(Duration::from_millis(20)).await;
        }
    }
    tally
}
