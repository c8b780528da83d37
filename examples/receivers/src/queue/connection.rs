//! A connection to Redis that is given up when it fails.
//!
//! The redis crate's `ConnectionManager` goes on using one on which answers fail to come, until the system finds it
//! dead, after a quarter of an hour: as when a lambda was frozen or a firewall has forgotten it. And after one that was
//! closed, its first question is an error.

use std::io;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisResult};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout_at};

/// How long a question may take. With the time for reading a body it stays well below the 5 seconds of the sender.
pub const TIME_LIMIT: Duration = Duration::from_millis(800);

/// From one try to the next: a Redis that is just being started again is waited for.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Connection {
    client: Client,
    /// How long a question may take. A try of it may take half as long, connecting included: after a connection on which
    /// nothing comes there is time for one more.
    limit: Duration,
    open: Mutex<Open>,
}

/// The connection that is open, if one is, and how many were opened.
#[derive(Default)]
struct Open {
    connection: Option<MultiplexedConnection>,
    number: u64,
}

impl Connection {
    pub(super) fn new(url: &str, limit: Duration) -> RedisResult<Self> {
        Ok(Self {
            client: Client::open(url)?,
            limit,
            open: Mutex::default(),
        })
    }

    /// Asks, and if that fails asks again over a new connection, within the time limit. What has failed may have arrived
    /// all the same.
    pub(super) async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> RedisResult<T> {
        let end = Instant::now() + self.limit;
        loop {
            match self
                .ask_once(question, end.min(Instant::now() + self.limit / 2))
                .await
            {
                Err(_) if Instant::now() + PAUSE < end => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    async fn ask_once<T: FromRedisValue>(&self, question: &Cmd, until: Instant) -> RedisResult<T> {
        let mut used = None;
        let asked = timeout_at(until, async {
            let (mut connection, number) = self.connection().await?;
            used = Some(number);
            question.query_async(&mut connection).await
        });
        let answer = asked
            .await
            .unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
        // Without a wait: who holds the lock now is about to see the same.
        if let (Err(_), Some(number), Ok(mut open)) = (&answer, used, self.open.try_lock())
            && open.number == number
        {
            open.connection = None;
        }
        answer
    }

    /// Those who come while one is opened wait for it.
    async fn connection(&self) -> RedisResult<(MultiplexedConnection, u64)> {
        let mut open = self.open.lock().await;
        if let Some(connection) = &open.connection {
            return Ok((connection.clone(), open.number));
        }
        // The limit is that of the try.
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None);
        let connection = self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        *open = Open {
            connection: Some(connection.clone()),
            number: open.number + 1,
        };
        Ok((connection, open.number))
    }
}
