//! One round: checks that each peer verifies, then runs each peer with each case. The order changes with every round.
//! Prints lines of peer, case and nanoseconds per call, separated by tabs.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::peer::{Accepts, Peer};
use crate::policy::Policy;

const WARM_UP: Duration = Duration::from_millis(10);
const TURN: Duration = Duration::from_millis(50);

struct Turn {
    peer: &'static str,
    case: String,
    accepts: Accepts,
    body: String,
}

pub fn run(peers: &[Peer], folder: &Path, number: usize) {
    let policy = Policy::read(folder);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let mut turns = Vec::new();
    for event in ["payment", "transactions"] {
        for peer in peers {
            if let Some(tokens) = peer.tokens {
                let case = format!("{event}.jwt");
                let body = read(&case);
                peer.check(&policy, &body, &read(&format!("{case}.forged")));
                turns.push(Turn {
                    peer: peer.name,
                    case,
                    accepts: tokens(&policy),
                    body,
                });
            }
            if let Some(json) = peer.json {
                let case = format!("{event}.json");
                let body = read(&case);
                turns.push(Turn {
                    peer: peer.name,
                    case,
                    accepts: json(),
                    body,
                });
            }
        }
    }
    let first = number % turns.len();
    turns.rotate_left(first);

    for peer in peers {
        println!("{}\tversion\t{}", peer.name, peer.version());
        println!("{}\tnote\t{}", peer.name, peer.note);
    }
    for turn in &turns {
        nanoseconds(turn, WARM_UP);
        println!(
            "{}\t{}\t{:.0}",
            turn.peer,
            turn.case,
            nanoseconds(turn, TURN)
        );
    }
}

/// The average time of a call within this length of time.
fn nanoseconds(Turn { accepts, body, .. }: &Turn, length: Duration) -> f64 {
    let start = Instant::now();
    let (mut calls, mut batch) = (0_u32, 1);
    while start.elapsed() < length {
        // Reading the clock takes time, so the batches grow.
        for _ in 0..batch {
            assert!(accepts(body));
        }
        calls += batch;
        batch *= 2;
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}
