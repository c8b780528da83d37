//! Posts webhooks, each once, whatever becomes of it: as Moneyhub does.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::PATIENCE;

const CLIENTS: usize = 8;

/// From one webhook of a client to the next.
const PAUSE: Duration = Duration::from_millis(3);

/// How long Moneyhub waits for an answer.
const LIMIT: Duration = Duration::from_secs(5);

/// A port of 127.0.0.1 that nobody else gets as long as this is held.
pub(crate) struct Port(TcpSocket);

impl Port {
    pub(crate) fn free() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        Self(socket)
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub(crate) fn number(&self) -> String {
        self.address().port().to_string()
    }
}

pub(crate) struct Sending {
    clients: Vec<JoinHandle<()>>,
    progress: Arc<Progress>,
}

#[derive(Default)]
struct Progress {
    posted: AtomicUsize,
    answered: Mutex<Vec<String>>,
    stop: AtomicBool,
}

pub(crate) struct Sent {
    pub(crate) posted: usize,
    /// The ids of those that were answered with 202.
    pub(crate) answered: Vec<String>,
}

/// Sends until it is told to stop.
pub(crate) fn start(address: SocketAddr) -> Sending {
    let progress = Arc::<Progress>::default();
    let moneyhub = TestIssuer::new();
    let client = |_| {
        let (progress, moneyhub) = (Arc::clone(&progress), moneyhub.clone());
        tokio::spawn(async move {
            while !progress.stop.load(Ordering::Relaxed) {
                let number = progress.posted.fetch_add(1, Ordering::Relaxed);
                let id = format!("{}-{number:06}", address.port());
                let delivery = moneyhub.delivery(&samples::of(EventType::DeletedAccount));
                let body = delivery.id(id.as_str()).token();
                let mut stream = connect(address).await;
                if let Ok(Ok(202)) = timeout(LIMIT, post(&mut stream, &body)).await {
                    progress.answered.lock().unwrap().push(id);
                }
                sleep(PAUSE).await;
            }
        })
    };
    let clients = (0..CLIENTS).map(client).collect();
    Sending { clients, progress }
}

impl Sending {
    /// What was sent so far.
    pub(crate) fn sent(&self) -> Sent {
        Sent {
            posted: self.progress.posted.load(Ordering::Relaxed),
            answered: self.progress.answered.lock().unwrap().clone(),
        }
    }

    /// Waits until so many more were answered.
    pub(crate) async fn until_answered(&self, more: usize) {
        let (started, enough) = (Instant::now(), self.sent().answered.len() + more);
        while self.sent().answered.len() < enough {
            assert!(started.elapsed() < PATIENCE, "nothing is answered");
            sleep(PAUSE).await;
        }
    }

    pub(crate) async fn stop(mut self) -> Sent {
        self.progress.stop.store(true, Ordering::Relaxed);
        for client in self.clients.drain(..) {
            client.await.unwrap();
        }
        self.sent()
    }
}

/// Posts one webhook that was issued at this time, and returns the status.
pub(crate) async fn post_one(
    address: SocketAddr,
    id: String,
    issued_at: DateTime<Utc>,
) -> Option<u16> {
    let moneyhub = TestIssuer::new();
    let delivery = moneyhub.delivery(&samples::of(EventType::DeletedAccount));
    let body = delivery.id(id).issued_at(issued_at).token();
    let mut stream = connect(address).await;
    post(&mut stream, &body).await.ok()
}

/// Waits until the service listens: a proxy would do that.
async fn connect(address: SocketAddr) -> TcpStream {
    loop {
        match TcpStream::connect(address).await {
            Ok(stream) => return stream,
            Err(_) => sleep(Duration::from_millis(5)).await,
        }
    }
}

async fn post(stream: &mut TcpStream, body: &str) -> std::io::Result<u16> {
    let length = body.len();
    let head = format!(
        "POST /webhooks HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
    );
    stream
        .write_all(&[head.as_bytes(), body.as_bytes()].concat())
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    status.ok_or(std::io::ErrorKind::UnexpectedEof.into())
}
