//! [`RedisReplayGuard`]: stores replay keys in a Redis that machines share.
//!
//! It manages the connection itself instead of using the redis crate's `ConnectionManager`, which keeps a connection
//! whose responses don't arrive, and does not reconnect after an error such as a wrong password.

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
/// # Examples
///
/// ```no_run
/// use moneyhub_webhooks::{RedisReplayError, RedisReplayGuard};
///
/// let guard = RedisReplayGuard::new("redis://:password@redis.internal:6379/0")?;
/// # Ok::<(), RedisReplayError>(())
/// ```
///
/// **After an error, handle the webhook anyway**, or store it: Moneyhub sends it once, so handling a duplicate is
/// better than losing it.
///
/// It supports a single server, not a cluster. It needs a tokio runtime built with `enable_all`: without its time
/// driver, it panics. `Debug` and errors never show the password.
///
/// # Connection
///
/// It connects at first use, so a service can start without Redis, and reconnects whenever the connection fails.
///
/// A call tries twice, the second time over a new connection. Both attempts happen within the
/// [time limit](Self::time_limit), so a Redis that is down or hangs results in an error well before the 5 seconds that
/// Moneyhub waits, and a restart of Redis goes unnoticed. Each call of `admit` writes its own random mark, so a second
/// attempt is not mistaken for a duplicate if the first one reached Redis.
///
/// # Storage
///
/// Each webhook is one Redis key: the [prefix](Self::prefix) followed by the [`ReplayKey`]. It takes about 320 bytes.
/// Redis expires it by its own clock, within a millisecond of `until`.
///
/// Redis can lose keys earlier: in a restart without persistence, in a failover (those of the last moments), or under
/// `maxmemory` with an eviction policy other than `noeviction` and `volatile-ttl` (at random). If the receiver accepts
/// plain JSON, an attacker can fill that memory.
///
/// # TLS
///
/// `rediss://` needs features of other crates. Enable them in your own `Cargo.toml`. Without the first one,
/// [`new`](Self::new) returns an error. Without the second one, which `remote-keys` also enables, rustls panics when it
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

/// The open connection, if there is one, and how many have been opened.
#[derive(Clone, Default)]
struct Open {
    connection: Option<MultiplexedConnection>,
    number: u64,
}

impl RedisReplayGuard {
    /// Creates a guard for the Redis at this URL: `redis://[user]:password@host:port/database`.
    ///
    /// It does not connect yet.
    ///
    /// # Errors
    ///
    /// Returns [`RedisReplayError`] if the URL is not a Redis URL, or is `rediss` without the [TLS feature](Self#tls).
    pub fn new(url: &str) -> Result<Self, RedisReplayError> {
        let client = Client::open(url).map_err(|_| RedisReplayError::url())?;
        let server = Arc::new(Server { client, open: Mutex::default() });
        Ok(Self { server, prefix: PREFIX.into(), time_limit: TIME_LIMIT })
    }

    /// Sets the prefix of the Redis keys. The default is `moneyhub-webhooks:replay:`.
    ///
    /// Services that handle the same webhooks independently of each other each need their own prefix.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into().into();
        self
    }

    /// Sets the maximum duration of a call, including connecting and both attempts. The default is 500 milliseconds.
    #[must_use]
    pub fn time_limit(mut self, time_limit: Duration) -> Self {
        self.time_limit = time_limit;
        self
    }

    /// Sends the commands. If that fails, sends them once more, over a new connection.
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
    /// Returns the open connection or a new one, and its number. Concurrent calls wait while it is being opened.
    async fn connection(&self) -> Result<(MultiplexedConnection, u64), RedisError> {
        let mut open = self.open.lock().await;
        if let Open { connection: Some(connection), number } = &*open {
            return Ok((connection.clone(), *number));
        }
        // The time limit of the call applies instead.
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let number = open.number.wrapping_add(1);
        *open = Open { connection: Some(connection.clone()), number };
        Ok((connection, number))
    }

    /// Drops the connection with this number, so that the next attempt opens a new one.
    ///
    /// This happens after any error, because it may affect only this connection, for example if the server has become a
    /// replica. It skips a locked connection: whoever holds the lock will see the same error.
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
        // Different for every call, because every `RandomState` has its own seed.
        let mark = format!("{:016x}", RandomState::new().hash_one(key));
        // `until` is inclusive, and Redis rejects an expiry of zero.
        let milliseconds = until.signed_duration_since(now).num_milliseconds().saturating_add(1).max(1);

        let mut commands = pipe();
        commands.cmd("SET").arg(&name).arg(&mark).arg("NX").arg("PX").arg(milliseconds);
        commands.cmd("GET").arg(&name);
        let answer = self.ask::<(Option<String>, Option<String>)>(&commands).await.map(|(set, held)| {
            // If `SET` did nothing, the first attempt may have set the key before its response was lost.
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
