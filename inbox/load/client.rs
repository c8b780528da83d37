//! Clients that send bodies over connections which they keep, and what they measure.

use std::net::SocketAddr;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use moneyhub_webhooks::Event;
use moneyhub_webhooks::testing::TestIssuer;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep_until;

pub(crate) type Bodies = Arc<Vec<Vec<u8>>>;

/// Signs events, with both cores.
pub(crate) fn sign(count: usize, event: impl Fn(usize) -> Event + Sync) -> Bodies {
    let moneyhub = TestIssuer::new();
    let sign = |number| moneyhub.sign(&event(number)).into_bytes();
    let half = |range: Range<usize>| range.map(sign).collect::<Vec<_>>();
    let bodies = thread::scope(|scope| {
        let first = scope.spawn(|| half(0..count / 2));
        let second = half(count / 2..count);
        [first.join().unwrap(), second].concat()
    });
    Arc::new(bodies)
}

pub(crate) struct Sent {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
}

/// How bodies are sent: as fast as the answers come, or so many in a second.
#[derive(Clone, Copy)]
pub(crate) enum Pace {
    Full,
    PerSecond(u32),
}

/// Sends each of the bodies once. Each has to be answered with 202.
pub(crate) async fn send(
    address: SocketAddr,
    bodies: &Bodies,
    range: Range<usize>,
    connections: usize,
    pace: Pace,
) -> Sent {
    let next = Arc::new(AtomicUsize::new(range.start));
    let started = Instant::now();
    let client = || {
        let (bodies, next, range) = (Arc::clone(bodies), Arc::clone(&next), range.clone());
        tokio::spawn(async move {
            let mut connection = Connection::open(address).await;
            let mut times = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if range.end <= number {
                    return times;
                }
                if let Pace::PerSecond(rate) = pace {
                    let after = Duration::from_secs(1) / rate * (number - range.start) as u32;
                    sleep_until((started + after).into()).await;
                }
                times.push(connection.post(&bodies[number]).await);
            }
        })
    };
    let clients: Vec<_> = (0..connections).map(|_| client()).collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.unwrap());
    }
    let per_second = times.len() as f64 / started.elapsed().as_secs_f64();
    times.sort();
    Sent {
        per_second,
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
    }
}

pub(crate) struct Connection {
    stream: TcpStream,
    answer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let answer = vec![0; 4096];
        Self { stream, answer }
    }

    /// Returns the time to the answer.
    pub(crate) async fn post(&mut self, body: &[u8]) -> Duration {
        let length = body.len();
        let head =
            format!("POST /webhooks HTTP/1.1\r\nHost: load\r\nContent-Length: {length}\r\n\r\n");
        let request = [head.as_bytes(), body].concat();
        let started = Instant::now();
        self.stream.write_all(&request).await.unwrap();
        let Self { stream, answer } = self;
        // The answers have no body.
        let mut read = 0;
        while !answer[..read].ends_with(b"\r\n\r\n") {
            let count = stream.read(&mut answer[read..]).await.unwrap();
            assert!(count > 0, "the connection was closed");
            read += count;
        }
        let elapsed = started.elapsed();
        let answer = &answer[..read];
        let is_accepted = answer.starts_with(b"HTTP/1.1 202");
        assert!(is_accepted, "{}", answer.escape_ascii());
        elapsed
    }
}
