//! What the tests share: a key server, tokens, a fetch function, and a service under test with its clock.

pub(crate) mod certificate;
pub(crate) mod function;
pub(crate) mod server;
pub(crate) mod tokens;

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::keys::RemoteKeysBuilder;
use moneyhub_webhooks::{ErrorKind, Receiver, RemoteKeys};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use server::Server;
use tokens::{CLIENT_ID, FIRST, ISSUED_AT, ISSUER};

/// Long enough for whatever is meant to happen, on a busy machine too: only a test that fails waits so long. It is the
/// deadline of fetches as well. Where that has to pass, a test lets the time [`pass`].
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// How old a token may be: older than any test lasts by its clock.
pub(crate) const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Seconds since the service has started, which is when the tokens were issued.
#[derive(Clone, Default)]
pub(crate) struct Clock(Arc<AtomicI64>);

impl Clock {
    pub(crate) fn set(&self, seconds: i64) {
        self.0.store(seconds, Ordering::SeqCst);
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        at(ISSUED_AT + self.0.load(Ordering::SeqCst))
    }
}

/// A receiver with live keys, by a clock that the test sets.
#[derive(Clone)]
pub(crate) struct Service {
    pub(crate) clock: Clock,
    pub(crate) keys: RemoteKeys,
    pub(crate) receiver: Receiver,
}

impl Service {
    pub(crate) fn new(keys: RemoteKeysBuilder) -> Self {
        let clock = Clock::default();
        let keys = keys
            .clock({
                let clock = clock.clone();
                move || clock.now()
            })
            .build()
            .unwrap();
        Self {
            receiver: Receiver::signed(&keys, CLIENT_ID).max_age(MAX_AGE),
            keys,
            clock,
        }
    }

    /// With the keys of a server.
    pub(crate) fn of(server: &Server) -> Self {
        Self::new(keys_of(server))
    }

    /// With the keys of a server that has published the first one, fetched already.
    pub(crate) async fn warm(server: &Server) -> Self {
        server.publish(&[("first", &FIRST)]);
        let service = Self::of(server);
        service.keys.warm_up().await.unwrap();
        service
    }

    /// Returns what `receive` returns for a token that comes now.
    pub(crate) async fn receive(&self, token: &str) -> Result<(), ErrorKind> {
        self.receive_at(token, self.clock.now()).await
    }

    /// Returns what `receive` returns for a token that came at this time.
    pub(crate) async fn receive_at(
        &self,
        token: &str,
        received_at: DateTime<Utc>,
    ) -> Result<(), ErrorKind> {
        let webhook = self
            .receiver
            .receive_at(token.as_bytes(), received_at)
            .await;
        webhook
            .map(|webhook| assert!(webhook.authenticity().is_signed()))
            .map_err(|error| error.kind())
    }

    /// The same in a task of its own.
    pub(crate) fn spawn_receive(&self, token: &str) -> JoinHandle<Result<(), ErrorKind>> {
        let (service, token) = (self.clone(), token.to_owned());
        tokio::spawn(async move { service.receive(&token).await })
    }

    /// Returns what `receive` returns without waiting.
    #[track_caller]
    pub(crate) fn receive_at_once(&self, token: &str) -> Result<(), ErrorKind> {
        match poll_once(self.receive(token)) {
            Poll::Ready(result) => result,
            Poll::Pending => panic!("it waits"),
        }
    }

    /// Returns what `parse` returns.
    pub(crate) fn parse(&self, token: &str) -> Result<(), ErrorKind> {
        let webhook = self.receiver.parse_at(token.as_bytes(), self.clock.now());
        webhook.map(drop).map_err(|error| error.kind())
    }

    /// Waits until no fetch is running: a caller may see its deadline a moment before the fetch does.
    pub(crate) async fn fetch_ended(&self) {
        let fetch_ended = async {
            while self.keys.status().is_fetching {
                sleep(Duration::from_millis(1)).await;
            }
        };
        assert!(
            timeout(PATIENCE, fetch_ended).await.is_ok(),
            "the fetch does not end"
        );
    }

    pub(crate) fn last_error(&self) -> String {
        self.keys
            .status()
            .last_error
            .map(|error| error.to_string())
            .unwrap_or_default()
    }
}

/// The keys of a server, whose certificate is trusted.
pub(crate) fn keys_of(server: &Server) -> RemoteKeysBuilder {
    let keys = RemoteKeys::from_url(server.url(server::KEYS), [ISSUER]).timeout(PATIENCE);
    if server.root().is_empty() {
        keys
    } else {
        keys.root_certificate(server.root())
    }
}

/// Advances the time of tokio at once. The runtime must have one thread.
pub(crate) async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

/// Awaits what waits for a fetch whose answer goes on for ever. The deadline passes while more and more of it comes.
pub(crate) async fn past_deadline<T>(server: &Server, waits: impl Future<Output = T>) -> T {
    let deadline = async {
        for _ in 0..2 {
            server.written_on().await;
            pass(PATIENCE / 2).await;
        }
    };
    tokio::join!(waits, deadline).0
}

/// Polls a future for the first and last time.
pub(crate) fn poll_once<T>(future: impl Future<Output = T>) -> Poll<T> {
    pin!(future).poll(&mut Context::from_waker(Waker::noop()))
}
