//! Clients that send bodies over connections which they keep, and what they measure.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// The p50 over a single connection.
    pub(crate) alone: Duration,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            per_second,
            p50,
            p99,
            alone,
        } = self;
        write!(
            f,
            "{per_second:.0}/s, p50 {p50:.1?}, p99 {p99:.1?}, p50 alone {alone:.1?}"
        )
    }
}

/// Sends each body once. Each has to be answered with 202.
pub(crate) async fn drive(
    address: SocketAddr,
    bodies: Arc<Vec<Vec<u8>>>,
    connections: usize,
) -> Figures {
    let next = Arc::new(AtomicUsize::new(0));
    let started = Instant::now();
    let clients: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(client(address, Arc::clone(&bodies), Arc::clone(&next))))
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.unwrap());
    }
    let elapsed = started.elapsed().as_secs_f64();
    times.sort();
    Figures {
        per_second: times.len() as f64 / elapsed,
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
        alone: Duration::ZERO,
    }
}

async fn client(
    address: SocketAddr,
    bodies: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut times, mut answer) = (Vec::new(), vec![0; 4096]);
    while let Some(body) = bodies.get(next.fetch_add(1, Ordering::Relaxed)) {
        let length = body.len();
        let head =
            format!("POST /webhooks HTTP/1.1\r\nHost: load\r\nContent-Length: {length}\r\n\r\n");
        let request = [head.as_bytes(), body].concat();
        let started = Instant::now();
        stream.write_all(&request).await.unwrap();
        // The answers have no body.
        let mut read = 0;
        while !answer[..read].ends_with(b"\r\n\r\n") {
            let count = stream.read(&mut answer[read..]).await.unwrap();
            assert!(count > 0, "the connection was closed");
            read += count;
        }
        times.push(started.elapsed());
        assert!(
            answer.starts_with(b"HTTP/1.1 202"),
            "{}",
            answer[..read].escape_ascii()
        );
    }
    times
}
