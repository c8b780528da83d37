//! A connection of the pool that is closed, and not returned, unless all went well.

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};
use tokio::time::timeout;

use crate::store::{LIMIT, Result, StoreError, limited};

/// How long a connection may take to say that it is alive, so that there is time left for another one.
const PING_LIMIT: Duration = Duration::from_millis(250);

/// A future that is dropped at its time limit leaves its statement running and its transaction open. A server that was
/// the primary may go on answering, read-only. So such a connection is closed at once.
#[derive(Debug)]
pub(super) struct Pooled {
    connection: Option<PoolConnection<Postgres>>,
    is_reusable: bool,
}

impl Pooled {
    pub(super) fn new(connection: PoolConnection<Postgres>) -> Self {
        Self {
            connection: Some(connection),
            is_reusable: false,
        }
    }

    pub(super) async fn acquire(pool: &PgPool) -> Result<Self> {
        Ok(Self::new(pool.acquire().await?))
    }

    /// Returns the connection. From now on it is closed when it is dropped.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection> {
        self.is_reusable = false;
        let connection = self.connection.as_deref_mut();
        connection.ok_or_else(|| StoreError::transient("the connection is closed"))
    }

    /// Whether it is alive.
    pub(super) async fn answers(&mut self) -> bool {
        let Ok(connection) = self.connection() else {
            return false;
        };
        let answer = timeout(PING_LIMIT, connection.ping()).await;
        answer.is_ok_and(|answer| answer.is_ok())
    }

    /// All went well, and no transaction is open.
    pub(super) fn reusable(mut self) -> Self {
        self.is_reusable = true;
        self
    }
}

/// Runs a statement, and returns the number of rows that it has changed.
pub(super) async fn execute(
    pool: &PgPool,
    statement: Query<'_, Postgres, PgArguments>,
) -> Result<u64> {
    let done = async {
        let mut pooled = begin(pool, BEGIN).await?;
        let done = statement.execute(pooled.connection()?).await?;
        commit(pooled).await?;
        Ok(done.rows_affected())
    };
    limited(LIMIT, done).await
}

/// Runs a statement, and returns its rows.
pub(super) async fn fetch(
    pool: &PgPool,
    statement: Query<'_, Postgres, PgArguments>,
) -> Result<Vec<PgRow>> {
    let rows = async {
        let mut pooled = begin(pool, BEGIN).await?;
        let rows = statement.fetch_all(pooled.connection()?).await?;
        commit(pooled).await?;
        Ok(rows)
    };
    limited(LIMIT, rows).await
}

/// Runs a statement that is a transaction by itself: one round trip, without the limits of a transaction.
pub(super) async fn execute_alone(
    pool: &PgPool,
    statement: Query<'_, Postgres, PgArguments>,
) -> Result<()> {
    let done = async {
        let mut pooled = Pooled::acquire(pool).await?;
        statement.execute(pooled.connection()?).await?;
        drop(pooled.reusable());
        Ok(())
    };
    limited(LIMIT, done).await
}

/// The limit for locks matters most here: a session that waits for one does not notice that its client has given up, and
/// each further statement would leave another one behind.
pub(super) const BEGIN: &str = include_str!("../../sql/postgres/begin.sql");

/// Begins a transaction with these statements.
pub(super) async fn begin(pool: &PgPool, statements: &'static str) -> Result<Pooled> {
    let mut pooled = Pooled::acquire(pool).await?;
    let begin = sqlx::raw_sql(statements);
    begin.execute(pooled.connection()?).await?;
    Ok(pooled)
}

/// Commits a transaction, and returns its connection to the pool.
pub(super) async fn commit(mut pooled: Pooled) -> Result<()> {
    sqlx::raw_sql("COMMIT")
        .execute(pooled.connection()?)
        .await?;
    drop(pooled.reusable());
    Ok(())
}

impl Drop for Pooled {
    fn drop(&mut self) {
        if !self.is_reusable
            && let Some(connection) = self.connection.take()
        {
            // Without the message that `close` sends: the server may not read any more.
            drop(connection.detach());
        }
    }
}
