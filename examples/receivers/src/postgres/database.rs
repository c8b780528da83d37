//! A pool of connections with time limits, which gives up a connection on which a statement has failed.
//!
//! After a failover the server that was the primary may go on answering, read-only: over a connection that is kept, no
//! webhook would ever be stored again.

use std::io;
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_postgres::config::TargetSessionAttrs;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, NoTls};

use super::statements::sql;
use super::{MIGRATIONS, Result, migrations};

/// How long a question may take. With the time for reading a body it stays well below the 5 seconds of the sender.
pub const TIME_LIMIT: Duration = Duration::from_millis(800);

/// From one try to the next: a database that is just being started again is waited for.
const PAUSE: Duration = Duration::from_millis(50);

/// How long a worker waits for a connection, and a receiver for its first one.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// From one try to apply the migrations to the next.
const MIGRATE_AGAIN: Duration = Duration::from_secs(1);

/// Connections, opened when they are needed.
#[derive(Clone)]
pub struct Database {
    pool: Pool,
    /// How long a question may take. A try of it may take half as long, connecting included: after a connection on which
    /// nothing comes there is time for one more.
    limit: Duration,
}

/// How far workers are behind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lag {
    /// What is not handled yet, dead letters aside.
    pub waiting: i64,
    /// For how long the oldest of these has waited, in seconds.
    pub oldest: f64,
    /// How many of these have to be judged first.
    pub unjudged: i64,
    /// What was given up: for people to look at.
    pub dead: i64,
}

impl Database {
    /// The URL may name several hosts: the one that takes writes is used. `statement_limit` is for each statement of a
    /// connection, and ends it in the database.
    ///
    /// There is no TLS: with `sslmode=require` no connection is made. Put a TLS connector in the place of `NoTls`, such as
    /// `MakeRustlsConnect` of the crate `tokio-postgres-rustls`, if the database is on another machine.
    pub fn new(url: &str, connections: usize, statement_limit: Duration) -> io::Result<Self> {
        let mut config: Config = url.parse().map_err(io::Error::other)?;
        let limit = statement_limit.as_millis();
        // Those of the URL come last, and so are stronger. A worker whose machine is gone keeps its lock no longer than
        // the keepalives take to notice, or its transaction may be idle.
        let options = format!(
            "-c statement_timeout={limit} -c idle_in_transaction_session_timeout={} -c synchronous_commit=on \
             -c default_transaction_isolation=read\\ committed {}",
            limit * 2,
            config.get_options().unwrap_or_default(),
        );
        config
            .options(options.trim_end())
            .target_session_attrs(TargetSessionAttrs::ReadWrite)
            .keepalives_idle(Duration::from_secs(30));
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config, NoTls, manager);
        let pool = Pool::builder(manager)
            .max_size(connections)
            .build()
            .map_err(io::Error::other)?;
        Ok(Self {
            pool,
            limit: TIME_LIMIT,
        })
    }

    /// With another limit than [`TIME_LIMIT`] on how long a question may take.
    pub(super) fn within(self, limit: Duration) -> Self {
        Self { limit, ..self }
    }

    /// A connection, for what no sender waits for.
    pub(super) async fn connection(&self) -> Result<Object> {
        Ok(timeout(CONNECT_LIMIT, self.pool.get())
            .await
            .map_err(|_| "no connection in time")??)
    }

    /// Runs one statement, and if that fails runs it again over another connection, within the time limit. What has
    /// failed may have been done all the same: each of these statements may be run twice. Returns the number of rows.
    pub(super) async fn ask(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
    ) -> Result<u64> {
        let end = Instant::now() + self.limit;
        loop {
            match self
                .ask_once(
                    statement,
                    parameters,
                    end.min(Instant::now() + self.limit / 2),
                )
                .await
            {
                Err(_) if Instant::now() + PAUSE < end => sleep(PAUSE).await,
                answer => return answer,
            }
        }
    }

    async fn ask_once(
        &self,
        statement: &str,
        parameters: &[&(dyn ToSql + Sync)],
        until: Instant,
    ) -> Result<u64> {
        let connection = timeout_at(until, self.pool.get())
            .await
            .map_err(|_| "no connection in time")??;
        let rows = timeout_at(until, async {
            let prepared = connection.prepare_cached(statement).await?;
            Ok(connection.execute(&prepared, parameters).await?)
        });
        let rows = rows
            .await
            .unwrap_or_else(|_| Err("no answer in time".into()));
        if rows.is_err() {
            close(connection);
        }
        rows
    }

    /// Brings the tables up to date. Safe if several programs do so at once; where they are, it takes no right to change
    /// them.
    pub async fn migrate(&self) -> Result<()> {
        migrations::apply(&mut *self.connection().await?, MIGRATIONS).await
    }

    /// The same, and if it fails again and again in the background.
    pub(super) async fn migrate_soon(&self) {
        let Err(error) = self.migrate().await else {
            return;
        };
        eprintln!("no tables yet: {error}");
        let database = self.clone();
        tokio::spawn(async move {
            while database.migrate().await.is_err() {
                sleep(MIGRATE_AGAIN).await;
            }
        });
    }

    pub async fn lag(&self) -> Result<Lag> {
        let connection = self.connection().await?;
        let row = connection
            .query_one(&connection.prepare_cached(sql::LAG).await?, &[])
            .await?;
        Ok(Lag {
            waiting: row.try_get("waiting")?,
            oldest: row.try_get("oldest")?,
            unjudged: row.try_get("unjudged")?,
            dead: row.try_get("dead")?,
        })
    }
}

/// Keeps a connection on which something has failed from being used again.
pub(super) fn close(connection: Object) {
    drop(Object::take(connection));
}
