//! [`RedisReplayGuard`]: what was seen, remembered in a Redis that machines share.
//!
//! The connection is kept here and not by the redis crate's `ConnectionManager`: that one does not give up a
//! connection on which answers fail to come, nor connects again after a refusal such as a wrong password.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, FromRedisValue, Pipeline, RedisError, pipe};
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::timeout;

use super::{Admission, ReplayGuard, ReplayKey};
use crate::observe::{self, Guard};

mod error;

pub use error::RedisReplayError;

const PREFIX: &str = "moneyhub-webhooks:replay:";
const TIME_LIMIT: Duration = Duration::from_millis(500);

/// Remembers webhooks in a Redis (or Valkey) that machines share. Clones share a connection.
///
/// ```no_run
/// use moneyhub_webhooks::{RedisReplayError, RedisReplayGuard};
///
/// let guard = RedisReplayGuard::new("redis://:password@redis.internal:6379/0")?;
/// # Ok::<(), RedisReplayError>(())
/// ```
///
/// It connects at first use, so that a service starts without Redis, and again whenever the connection fails. Each
/// question has two tries, the second over a new connection, and both within the [time limit](Self::time_limit):
/// a Redis that is gone or hangs is an error by then, well before Moneyhub's 5 seconds, and one that was restarted
/// is not noticed. A try that has arrived twice is told from a duplicate by a mark that it leaves.
///
/// **After an error handle the webhook all the same**, or store it: it comes once, so that a duplicate is the
/// lesser evil.
///
/// A webhook is one key, of the [prefix](Self::prefix) and the text of its [`ReplayKey`], that Redis expires, by its
/// own clock, within a millisecond of its end. It takes some 320 bytes there. Redis has to keep it for so long:
/// without persistence a restart forgets, a failover may forget the last moments, and under `maxmemory` a policy
/// other than `noeviction` and `volatile-ttl` forgets at random. With plain JSON accepted, strangers fill that
/// memory.
///
/// One server, not a cluster. It runs on tokio (`enable_all`: without its time driver it panics). `Debug` and errors
/// show no password.
///
/// # TLS
///
/// `rediss://` takes features of other crates, turned on in your own `Cargo.toml`: without the first,
/// [`new`](Self::new) is an error; without the second, which `remote-keys` brings along, rustls panics when it
/// connects.
///
/// ```toml
/// redis = { version = "1", default-features = false, features = ["tokio-rustls-comp"] }
/// rustls = { version = "0.23", default-features = false, features = ["aws-lc-rs"] }
/// ```
#[derive(Clone)]
pub struct RedisReplayGuard {
    server: Arc<Server>,
    prefix: Arc<str>,
    time_limit: Duration,
}

struct Server {
    client: Client,
    open: Mutex<Open>,
}

/// The connection that is open, if one is, and how many were opened.
#[derive(Clone, Default)]
struct Open {
    connection: Option<MultiplexedConnection>,
    number: u64,
}

impl RedisReplayGuard {
    /// A guard in the Redis at this URL: `redis://[user]:password@host:port/database`.
    ///
    /// # Errors
    ///
    /// [`RedisReplayError`], if that is no URL of a Redis. Nothing is connected yet.
    pub fn new(url: &str) -> Result<Self, RedisReplayError> {
        let client = Client::open(url).map_err(|_| RedisReplayError::url())?;
        let server = Arc::new(Server { client, open: Mutex::default() });
        Ok(Self { server, prefix: PREFIX.into(), time_limit: TIME_LIMIT })
    }

    /// What the names of its keys in Redis start with: `moneyhub-webhooks:replay:` if nothing else is said.
    /// Services that handle the same webhooks apart from each other need a prefix each.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into().into();
        self
    }

    /// How long a question may take, connecting and both tries included: 500 milliseconds if nothing else is said.
    #[must_use]
    pub fn time_limit(mut self, time_limit: Duration) -> Self {
        self.time_limit = time_limit;
        self
    }

    /// Asks, and if that fails asks once more over a new connection.
    async fn ask<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, RedisReplayError> {
        Handle::try_current().map_err(|_| RedisReplayError::no_runtime())?;
        match self.ask_once(commands).await {
            Ok(answer) => Ok(answer),
            Err(_) => self.ask_once(commands).await,
        }
    }

    async fn ask_once<T: FromRedisValue>(&self, commands: &Pipeline) -> Result<T, RedisReplayError> {
        let half = self.time_limit.checked_div(2).unwrap_or_default();
        let mut number = None;
        let asked = timeout(half, async {
            let (mut connection, opened) = self.server.connection().await?;
            number = Some(opened);
            commands.query_async(&mut connection).await
        });
        let error = match asked.await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) => RedisReplayError::server(error),
            Err(_) => RedisReplayError::late(self.time_limit),
        };
        if let Some(number) = number {
            self.server.give_up(number);
        }
        Err(error)
    }

    fn name(&self, key: &ReplayKey) -> String {
        format!("{}{key}", self.prefix)
    }
}

impl Server {
    /// The connection that is open, or a new one, and its number. Those who come while it is opened wait for it.
    async fn connection(&self) -> Result<(MultiplexedConnection, u64), RedisError> {
        let mut open = self.open.lock().await;
        if let Open { connection: Some(connection), number } = &*open {
            return Ok((connection.clone(), *number));
        }
        // The limit is that of the question.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let number = open.number.wrapping_add(1);
        *open = Open { connection: Some(connection.clone()), number };
        Ok((connection, number))
    }

    /// The next question opens a connection, unless somebody has done so. Whatever has failed: it may be this
    /// connection alone, such as to a server that has become a replica. Who holds the lock now is about to see
    /// the same.
    fn give_up(&self, number: u64) {
        if let Ok(mut open) = self.open.try_lock()
            && open.number == number
        {
            open.connection = None;
        }
    }
}

impl ReplayGuard for RedisReplayGuard {
    type Error = RedisReplayError;

    async fn admit(
        &self,
        key: &ReplayKey,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Admission, RedisReplayError> {
        let name = self.name(key);
        // Different for every question, by the seed that every `RandomState` has.
        let mark = format!("{:016x}", RandomState::new().hash_one(key));
        // `until` is included, and Redis takes no time of zero.
        let milliseconds = until.signed_duration_since(now).num_milliseconds().saturating_add(1).max(1);

        let mut commands = pipe();
        commands.cmd("SET").arg(&name).arg(&mark).arg("NX").arg("PX").arg(milliseconds);
        commands.cmd("GET").arg(&name);
        let answer = self.ask::<(Option<String>, Option<String>)>(&commands).await.map(|(set, held)| {
            // Where it was not set, it may be by the first try, whose answer was lost.
            if set.is_some() || held == Some(mark) { Admission::Fresh } else { Admission::Duplicate }
        });
        observe::admission(Guard::Redis, answer.as_ref().ok().copied());
        answer
    }

    async fn release(&self, key: &ReplayKey) -> Result<(), RedisReplayError> {
        let mut commands = pipe();
        commands.cmd("DEL").arg(self.name(key)).ignore();
        self.ask(&commands).await
    }
}

impl fmt::Debug for RedisReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisReplayGuard")
            .field("address", &format_args!("{}", self.server.client.get_connection_info().addr()))
            .field("prefix", &self.prefix)
            .field("time_limit", &self.time_limit)
            .finish()
    }
}
