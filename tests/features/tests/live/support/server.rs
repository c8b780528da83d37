//! A key server on loopback, on a thread of its own, so that neither the runtime of a test nor its paused
//! time is the server's too. What it answers can be changed while it runs, and each request is counted.

mod answer;

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::HandshakeKind;

use super::PATIENCE;
use super::certificate::certified;
use super::tokens::{Key, jwks};
pub(crate) use answer::Answer;

/// The path of the key set.
pub(crate) const KEYS: &str = "/jwks";

pub(crate) struct Server {
    scheme: &'static str,
    address: SocketAddr,
    /// Keeps the port from the servers of other tests, also when this one is closed: the system gives it to none that
    /// asks for any port. A server that asks for this one can share it.
    _port: TcpSocket,
    root: String,
    shared: Arc<Shared>,
    accepts: JoinHandle<()>,
    runtime: Option<Runtime>,
}

/// What happens to the second request on a connection. Whatever it is, new connections work.
#[derive(Clone, Copy, Default)]
pub(crate) enum SecondRequest {
    #[default]
    Answered,
    /// Never answered: the other side of the connection is gone.
    Silence,
    /// The connection is closed as the request arrives.
    Closed,
}

#[derive(Default)]
struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    requests: watch::Sender<HashMap<String, u64>>,
    connections: AtomicU64,
    /// How many TLS sessions were resumed.
    resumptions: AtomicU64,
    second_request: Mutex<SecondRequest>,
    /// The last request, in lower case.
    last_head: Mutex<String>,
    is_held: watch::Sender<bool>,
    /// What a cache on the way to the server has stored.
    cached: Mutex<Option<Vec<u8>>>,
    /// How many answers are being written.
    writing: watch::Sender<u64>,
    bytes_written: AtomicU64,
    /// An answer is written in one part or more.
    parts_written: AtomicU64,
}

impl Server {
    pub(crate) fn http() -> Self {
        Self::start("http", String::new(), None)
    }

    /// With a certificate for this name or address.
    pub(crate) fn https(host: &str) -> Self {
        let (root, config) = certified(host);
        Self::start("https", root, Some(TlsAcceptor::from(Arc::new(config))))
    }

    fn start(scheme: &'static str, root: String, tls: Option<TlsAcceptor>) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let port = TcpSocket::new_v4().unwrap();
        port.set_reuseaddr(true).unwrap();
        port.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let address = port.local_addr().unwrap();
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let shared = Arc::<Shared>::default();
        let accepts = runtime.spawn(accept(listener, tls, Arc::clone(&shared)));
        Self {
            scheme,
            address,
            _port: port,
            root,
            shared,
            accepts,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The authority of its certificate, in PEM.
    pub(crate) fn root(&self) -> &str {
        &self.root
    }

    /// From now on answers so to requests of a path; others are answered with 404.
    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.shared
            .answers
            .lock()
            .unwrap()
            .insert(path.to_owned(), answer);
    }

    /// Answers with a key set of these keys.
    pub(crate) fn publish(&self, keys: &[(&str, &Key)]) {
        self.answer(KEYS, Answer::ok(jwks(keys)));
    }

    /// Puts a cache in front of the server, which has stored this key set. It answers with it unless the request asks for
    /// a fresh copy.
    pub(crate) fn cache(&self, keys: &[(&str, &Key)]) {
        *self.shared.cached.lock().unwrap() = Some(jwks(keys));
    }

    /// From now on does this to the second request on each connection.
    pub(crate) fn on_second_request(&self, second_request: SecondRequest) {
        *self.shared.second_request.lock().unwrap() = second_request;
    }

    /// From now on takes requests and does not answer them, until it is released.
    pub(crate) fn hold(&self) {
        self.shared.is_held.send_replace(true);
    }

    pub(crate) fn release(&self) {
        self.shared.is_held.send_replace(false);
    }

    /// Refuses connections from now on, and breaks those that there are.
    pub(crate) async fn close(&mut self) {
        self.accepts.abort();
        assert!((&mut self.accepts).await.unwrap_err().is_cancelled());
    }

    /// How many requests for the key set there were.
    pub(crate) fn fetches(&self) -> u64 {
        self.requests(KEYS)
    }

    pub(crate) fn requests(&self, path: &str) -> u64 {
        self.shared
            .requests
            .borrow()
            .get(path)
            .copied()
            .unwrap_or_default()
    }

    /// What the last request says in this header, which is named in lower case.
    pub(crate) fn last_header(&self, name: &str) -> Option<String> {
        let head = self.shared.last_head.lock().unwrap();
        head.lines().find_map(|line| {
            line.strip_prefix(name)?
                .strip_prefix(": ")
                .map(str::to_owned)
        })
    }

    pub(crate) fn all_requests(&self) -> u64 {
        self.shared.requests.borrow().values().sum()
    }

    pub(crate) fn connections(&self) -> u64 {
        self.shared.connections.load(Ordering::SeqCst)
    }

    pub(crate) fn resumptions(&self) -> u64 {
        self.shared.resumptions.load(Ordering::SeqCst)
    }

    /// Waits for this many requests for the key set.
    pub(crate) async fn fetched(&self, times: u64) {
        let mut requests = self.shared.requests.subscribe();
        let fetched = requests.wait_for(|requests| requests.get(KEYS) == Some(&times));
        assert!(
            timeout(PATIENCE, fetched).await.is_ok(),
            "no {times} requests"
        );
    }

    /// Waits until an answer of many parts has gone on for a while. What is left of other answers is fewer parts.
    pub(crate) async fn written_on(&self) {
        let written = || self.shared.parts_written.load(Ordering::SeqCst);
        let enough = written() + 8;
        let goes_on = async {
            while written() < enough {
                sleep(Duration::from_millis(1)).await;
            }
        };
        assert!(
            timeout(PATIENCE, goes_on).await.is_ok(),
            "the answer does not go on"
        );
    }

    /// How many bytes of bodies were written, once no answer is being written any more.
    pub(crate) async fn bytes_written(&self) -> u64 {
        self.shared
            .writing
            .subscribe()
            .wait_for(|writing| *writing == 0)
            .await
            .unwrap();
        self.shared.bytes_written.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: std::net::TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).unwrap();
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        connections.spawn(serve(stream, tls.clone(), Arc::clone(&shared)));
    }
}

async fn serve(stream: TcpStream, tls: Option<TlsAcceptor>, shared: Arc<Shared>) -> io::Result<()> {
    shared.connections.fetch_add(1, Ordering::SeqCst);
    match tls {
        Some(tls) => {
            let stream = tls.accept(stream).await?;
            let (_, session) = stream.get_ref();
            if session.handshake_kind() == Some(HandshakeKind::Resumed) {
                shared.resumptions.fetch_add(1, Ordering::SeqCst);
            }
            // It has no HTTP/2: a client that asks for it gets no answer.
            if session.alpn_protocol() == Some(b"h2") {
                return Ok(());
            }
            converse(stream, &shared).await
        }
        None => converse(stream, &shared).await,
    }
}

/// Answers one request after the other, until the client or an answer ends it.
async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: &Shared,
) -> io::Result<()> {
    for number in 1.. {
        let head = read_head(&mut stream).await?;
        let path = head
            .split(' ')
            .nth(1)
            .ok_or(io::ErrorKind::InvalidData)?
            .to_owned();
        *shared.last_head.lock().unwrap() = head.to_lowercase();
        shared
            .requests
            .send_modify(|requests| *requests.entry(path.clone()).or_default() += 1);
        let second_request = *shared.second_request.lock().unwrap();
        match second_request {
            SecondRequest::Silence if number > 1 => pending().await,
            SecondRequest::Closed if number > 1 => return Ok(()),
            _ => {}
        }
        _ = shared
            .is_held
            .subscribe()
            .wait_for(|is_held| !is_held)
            .await;
        let answer = shared.answers.lock().unwrap().get(&path).cloned();
        let answer = match &*shared.cached.lock().unwrap() {
            Some(cached) if !asks_for_a_fresh_copy(&head) => Some(Answer::ok(cached.clone())),
            _ => answer,
        };
        shared.writing.send_modify(|writing| *writing += 1);
        let (bytes, parts) = (&shared.bytes_written, &shared.parts_written);
        let written = answer
            .unwrap_or_else(Answer::not_found)
            .write(&mut stream, bytes, parts)
            .await;
        shared.writing.send_modify(|writing| *writing -= 1);
        written?;
        if head.to_lowercase().contains("\r\nconnection: close\r\n") {
            break;
        }
    }
    stream.shutdown().await
}

/// RFC 9111, section 5.2.1.4; section 5.4 for caches of HTTP/1.0.
fn asks_for_a_fresh_copy(head: &str) -> bool {
    let head = head.to_lowercase();
    head.contains("\r\ncache-control: no-cache\r\n") && head.contains("\r\npragma: no-cache\r\n")
}

/// A request without a body.
async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    String::from_utf8(head).map_err(|_| io::ErrorKind::InvalidData.into())
}
