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
use tokio::time::timeout;

/// How long a try may take, connecting included. There are two.
const TRY: Duration = Duration::from_millis(400);

pub(super) struct Connection {
    client: Client,
    open: Mutex<Open>,
}

/// The connection that is open, if one is, and how many were opened.
#[derive(Default)]
struct Open {
    connection: Option<MultiplexedConnection>,
    number: u64,
}

impl Connection {
    pub(super) fn new(url: &str) -> RedisResult<Self> {
        Ok(Self { client: Client::open(url)?, open: Mutex::default() })
    }

    /// Asks, and if that fails asks once more over a new connection. The first question may have arrived all the same.
    pub(super) async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> RedisResult<T> {
        match self.ask_once(question).await {
            Ok(answer) => Ok(answer),
            Err(_) => self.ask_once(question).await,
        }
    }

    async fn ask_once<T: FromRedisValue>(&self, question: &Cmd) -> RedisResult<T> {
        let mut used = None;
        let asked = timeout(TRY, async {
            let (mut connection, number) = self.connection().await?;
            used = Some(number);
            question.query_async(&mut connection).await
        });
        let answer = asked.await.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::TimedOut).into()));
        if let (Err(_), Some(number)) = (&answer, used) {
            let mut open = self.open.lock().await;
            if open.number == number {
                open.connection = None;
            }
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
        let config = AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        *open = Open { connection: Some(connection.clone()), number: open.number + 1 };
        Ok((connection, open.number))
    }
}
