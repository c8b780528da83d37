//! Posts webhooks, each once, whatever becomes of it: as Moneyhub does.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

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
    clients: Vec<JoinHandle<Vec<String>>>,
    posted: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
}

pub(crate) struct Sent {
    pub(crate) posted: usize,
    /// The ids of those that were answered with 202.
    pub(crate) answered: Vec<String>,
}

/// Sends until it is told to stop.
pub(crate) fn start(address: SocketAddr) -> Sending {
    let (posted, stop) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
    let moneyhub = TestIssuer::new();
    let client = |_| {
        let (posted, stop) = (Arc::clone(&posted), Arc::clone(&stop));
        let moneyhub = moneyhub.clone();
        tokio::spawn(async move {
            let mut answered = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                let number = posted.fetch_add(1, Ordering::Relaxed);
                let id = format!("{}-{number:06}", address.port());
                let delivery = moneyhub.delivery(&samples::of(EventType::DeletedAccount));
                let body = delivery.id(id.as_str()).token();
                let mut stream = connect(address).await;
                if let Ok(Ok(202)) = timeout(LIMIT, post(&mut stream, &body)).await {
                    answered.push(id);
                }
                sleep(PAUSE).await;
            }
            answered
        })
    };
    let clients = (0..CLIENTS).map(client).collect();
    Sending {
        clients,
        posted,
        stop,
    }
}

impl Sending {
    pub(crate) async fn stop(self) -> Sent {
        self.stop.store(true, Ordering::Relaxed);
        let mut answered = Vec::new();
        for client in self.clients {
            answered.extend(client.await.unwrap());
        }
        Sent {
            posted: self.posted.load(Ordering::Relaxed),
            answered,
        }
    }
}

/// Posts one webhook, and returns the status.
pub(crate) async fn post_one(address: SocketAddr, number: u32) -> Option<u16> {
    let moneyhub = TestIssuer::new();
    let delivery = moneyhub.delivery(&samples::of(EventType::DeletedAccount));
    let body = delivery.id(format!("traced-{number}")).token();
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
