//! Rotation under load: the issuer changes its keys again and again while tasks on several threads receive
//! tokens, and not one good token is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use tokio::sync::watch;
use tokio::task::{JoinSet, yield_now};

use crate::support::Service;
use crate::support::server::Server;
use crate::support::tokens::{FIRST, Key, SECOND};

const TASKS: usize = 8;
const ROTATIONS: u64 = 50;

/// How many tokens a task receives, at least, between two rotations.
const TOKENS: u64 = 20;

/// The key of a generation, under an id of its own.
fn key(generation: u64) -> (String, &'static Key) {
    (
        format!("generation-{generation}"),
        if generation.is_multiple_of(2) {
            &FIRST
        } else {
            &SECOND
        },
    )
}

fn publish(server: &Server, generations: impl IntoIterator<Item = u64>) {
    let keys: Vec<_> = generations.into_iter().map(key).collect();
    server.publish(
        &keys
            .iter()
            .map(|(key_id, key)| (key_id.as_str(), *key))
            .collect::<Vec<_>>(),
    );
}

fn token(generation: u64) -> (u64, String) {
    let (key_id, key) = key(generation);
    (generation, key.token(&key_id))
}

#[derive(Default)]
struct Task {
    /// The generation whose tokens it receives, and how many of them it has.
    generation: AtomicU64,
    received: AtomicU64,
}

impl Task {
    async fn receive_until(
        &self,
        is_over: &AtomicBool,
        service: &Service,
        signed: &watch::Receiver<(u64, String)>,
    ) -> (u64, u64) {
        let (mut accepted, mut refused) = (0, 0);
        while !is_over.load(Ordering::SeqCst) {
            let (generation, token) = signed.borrow().clone();
            match service.receive(&token).await {
                Ok(()) => accepted += 1,
                Err(_) => refused += 1,
            }
            if self.generation.swap(generation, Ordering::SeqCst) == generation {
                self.received.fetch_add(1, Ordering::SeqCst);
            } else {
                self.received.store(1, Ordering::SeqCst);
            }
            yield_now().await;
        }
        (accepted, refused)
    }

    fn is_done_with(&self, generation: u64) -> bool {
        self.generation.load(Ordering::SeqCst) == generation
            && self.received.load(Ordering::SeqCst) >= TOKENS
    }
}

/// Rows 48 and 51. A new key is published beside the old one before it signs, and the old one is removed when
/// none of its tokens is on the way any more: so one fetch in each rotation is enough, and there is none
/// beside.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_valid_token_is_rejected_while_keys_rotate_under_load() {
    let server = Server::http();
    publish(&server, [0]);
    let service = Service::of(&server);
    service.keys.warm_up().await.unwrap();
    let (sign, signed) = watch::channel(token(0));
    let is_over = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..TASKS).map(|_| Arc::new(Task::default())).collect();
    let mut running: JoinSet<_> = tasks
        .iter()
        .map(|task| {
            let (task, is_over, service, signed) = (
                Arc::clone(task),
                Arc::clone(&is_over),
                service.clone(),
                signed.clone(),
            );
            async move { task.receive_until(&is_over, &service, &signed).await }
        })
        .collect();

    let begin = Instant::now();
    for generation in 1..=ROTATIONS {
        publish(&server, [generation - 1, generation]);
        service.clock.advance(31);
        sign.send_replace(token(generation));
        while !tasks.iter().all(|task| task.is_done_with(generation)) {
            yield_now().await;
        }
    }
    let took = begin.elapsed();
    is_over.store(true, Ordering::SeqCst);
    let (mut accepted, mut refused) = (0, 0);
    while let Some(counts) = running.join_next().await {
        let (more_accepted, more_refused) = counts.unwrap();
        accepted += more_accepted;
        refused += more_refused;
    }
    let fetches = server.fetches();
    println!(
        "{accepted} tokens accepted, {refused} refused; {ROTATIONS} rotations, {fetches} fetches; {took:?}"
    );
    assert_eq!(refused, 0);
    assert!(accepted >= ROTATIONS * TOKENS * TASKS as u64);
    assert_eq!(fetches, ROTATIONS + 1);
}
