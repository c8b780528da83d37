//! Since when this server has remembered keys without a gap.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool, Row as _};

use super::connection::{BEGIN, begin, commit};
use crate::late::{Memory, PAUSE};
use crate::store::Result;

/// What a server says that does not tell which one it is: the role may not ask, or it is hosted and has no such functions.
const UNKNOWN: [&str; 4] = ["42501", "42883", "0A000", "55000"];

/// Confirms that it remembers keys, and returns since when. In one transaction: after a failover the next statement could
/// meet another server.
pub(super) async fn confirm(pool: &PgPool, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
    let mut pooled = begin(pool, BEGIN).await?;
    let connection = pooled.connection()?;
    let server = server(connection).await?;
    let since = sqlx::query_scalar(include_str!("../../sql/postgres/memory.sql"))
        .bind(now)
        .bind(now - PAUSE)
        .bind(server)
        .fetch_one(connection)
        .await?;
    commit(pooled).await?;
    Ok(since)
}

/// Returns what was last confirmed, in a transaction: nothing, if that was another server.
pub(super) async fn read(connection: &mut PgConnection) -> Result<Memory> {
    let server = server(connection).await?;
    let row = sqlx::query(include_str!("../../sql/postgres/remembers.sql"))
        .fetch_one(connection)
        .await?;
    if row.try_get::<&str, _>("server")? != server {
        return Ok(Memory::default());
    }
    Ok(Memory {
        since: row.try_get("since")?,
        alive_at: row.try_get("alive_at")?,
    })
}

/// Returns what tells the server from one that was restored from a copy, or promoted. Empty: it does not say.
async fn server(connection: &mut PgConnection) -> Result<String> {
    sqlx::raw_sql("SAVEPOINT server")
        .execute(&mut *connection)
        .await?;
    let server = sqlx::query_scalar(include_str!("../../sql/postgres/server.sql"))
        .fetch_one(&mut *connection)
        .await;
    let error = match server {
        Ok(server) => return Ok(server),
        Err(error) => error,
    };
    let code = error.as_database_error().and_then(|error| error.code());
    if !code.is_some_and(|code| UNKNOWN.contains(&&*code)) {
        return Err(error.into());
    }
    sqlx::raw_sql("ROLLBACK TO server")
        .execute(connection)
        .await?;
    Ok(String::new())
}
