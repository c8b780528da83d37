//! [`Sqlite`]: the store of one machine.

mod checkpoint;
mod database;
mod statements;
mod writer;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::ReplayKey;
use rusqlite::{Connection, ErrorCode, Row, params};
use tokio::sync::{Mutex, Notify};
use tokio::task::spawn_blocking;

use crate::entry::{Accepted, Body, Entry, Kind};
use crate::late::{self, Memory};
use crate::quota::Rooms;
use crate::retry::{LONGEST, PATIENCE};
use crate::store::{
    AT_ONCE, Claim, Counts, DeadRow, Ended, Operations, Quotas, Result, Store, StoreError, Stored,
    Which,
};
use statements as sql;
use writer::Writer;

/// Keeps webhooks in a file, with the SQLite that is compiled into this crate: for one machine, without a server.
///
/// It has the file to itself: nothing else should write to it. Put it on a local disk that outlives the machine's
/// restarts; SQLite does not work over network file systems.
#[derive(Debug)]
pub struct Sqlite {
    /// `None`: in memory.
    path: Option<PathBuf>,
    writer: Writer,
    /// Held by the count that is under way.
    counting: Arc<Mutex<()>>,
    quotas: Quotas,
}

impl Store for Sqlite {}

impl Sqlite {
    pub(crate) fn new(path: Option<PathBuf>, quotas: Quotas) -> Result<Self> {
        let writer = Writer::start(path.clone());
        Ok(Self {
            path,
            writer: writer.map_err(|error| StoreError::new(error.to_string()))?,
            counting: Arc::default(),
            quotas,
        })
    }
}

impl Operations for Sqlite {
    async fn prepare(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        let since = self.writer.call(move |connection| {
            let pause = micros(now - late::PAUSE);
            connection
                .prepare_cached(sql::MEMORY)?
                .query_row([micros(now), pause], |row| time(row, 0))
        });
        since.await
    }

    async fn insert(&self, batch: Vec<Arc<Entry>>, now: DateTime<Utc>) -> Result<Vec<Stored>> {
        let mut rooms = Rooms::new(self.quotas);
        let stored = self.writer.call(move |connection| {
            if batch.iter().any(|entry| !entry.is_trusted()) {
                let mut usage = connection.prepare_cached(sql::USAGE)?;
                let mut rows = usage.query([])?;
                while let Some(row) = rows.next()? {
                    rooms.used(row.get(0)?, count(row, 1)?, count(row, 2)?);
                }
            }
            let mut memory = Memory::default();
            if batch.iter().any(|entry| entry.is_late()) {
                let mut remembers = connection.prepare_cached(sql::REMEMBERS)?;
                memory = remembers.query_row([], |row| {
                    Ok(Memory {
                        since: time(row, 0)?,
                        alive_at: time(row, 1)?,
                    })
                })?;
            }
            let insert = |entry: &Arc<Entry>| {
                if !rooms.admit(entry) {
                    return Ok(Stored::Full);
                }
                let is_fresh = match &**entry {
                    Entry::Webhook(webhook) => insert(connection, webhook, memory, now)?,
                    Entry::Body(body) => keep(connection, body, now)?,
                };
                Ok(if is_fresh {
                    Stored::Fresh
                } else {
                    Stored::Duplicate
                })
            };
            batch.iter().map(insert).collect()
        });
        stored.await
    }

    async fn claim(&self, limit: u32, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Claim>> {
        let (now, until) = (micros(now), micros(now + lease));
        let claims = self.writer.call(move |connection| {
            let mut claim = connection.prepare_cached(sql::CLAIM)?;
            let read = |row: &Row<'_>| {
                Ok(Claim {
                    key: key(row)?,
                    attempts: row.get(1)?,
                    webhook: row.get(2)?,
                    give_up_at: time(row, 3)?,
                })
            };
            let mut claims = Vec::new();
            for is_signed in [true, false] {
                let room = i64::from(limit).saturating_sub_unsigned(claims.len() as u64);
                let parameters = params![now, room, until, longest(), is_signed];
                for row in claim.query_map(parameters, read)? {
                    claims.push(row?);
                }
            }
            Ok(claims)
        });
        claims.await
    }

    async fn end(&self, claim: &Claim, ended: Ended, now: DateTime<Utc>) -> Result<()> {
        let (key, attempts) = (<[u8; 32]>::from(claim.key), claim.attempts);
        let end = self.writer.call(move |connection| {
            let (due_at, dead_at, reason) = match ended {
                Ended::Done => {
                    let mut done = connection.prepare_cached(sql::DONE)?;
                    return done.execute(params![key, attempts]);
                }
                Ended::Again { at, reason } => (Some(micros(at)), None, reason),
                Ended::Dead { reason } => (None, Some(micros(now)), reason),
            };
            let mut failed = connection.prepare_cached(sql::FAILED)?;
            failed.execute(params![key, attempts, due_at, dead_at, reason])
        });
        end.await.map(drop)
    }

    async fn unverified(
        &self,
        limit: u32,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Vec<Body>> {
        let until = micros(now + lease);
        let bodies = self.writer.call(move |connection| {
            let mut unverified = connection.prepare_cached(sql::UNVERIFIED)?;
            let bodies = unverified.query_map(params![micros(now), limit, until], |row| {
                Ok(Body {
                    kind: Kind::Unverified,
                    body: row.get(0)?,
                    received_at: time(row, 1)?,
                    reason: row.get(2)?,
                })
            });
            bodies?.collect()
        });
        bodies.await
    }

    async fn remove(&self, body: &Body) -> Result<()> {
        let (kind, hash) = (body.kind.code(), body.hash());
        let remove = self.writer.call(move |connection| {
            let mut remove = connection.prepare_cached(sql::REMOVE)?;
            remove.execute(params![kind, hash])
        });
        remove.await.map(drop)
    }

    async fn reverify(&self, now: DateTime<Utc>) -> Result<u64> {
        let reverified = self.writer.call(move |connection| {
            let mut reverify = connection.prepare_cached(sql::REVERIFY)?;
            reverify.execute([micros(now)])
        });
        Ok(reverified.await? as u64)
    }

    async fn prune(&self, now: DateTime<Utc>) -> Result<u64> {
        let most = i64::try_from(self.quotas.unsigned_keys).unwrap_or(i64::MAX);
        let expired = self.forget(sql::PRUNE, micros(now)).await?;
        let surplus = self.forget(sql::PRUNE_UNSIGNED, most).await?;
        Ok(expired.saturating_add(surplus))
    }

    /// Over a connection of its own: a million webhooks that wait take a second to count, and receipts don't wait for that.
    async fn counts(&self) -> Result<Counts> {
        let Some(path) = self.path.clone() else {
            return self.writer.call(counts).await;
        };
        // One at a time: on a disk that hangs it does not end, and each takes a thread.
        let turn = Arc::clone(&self.counting).lock_owned().await;
        let counts = spawn_blocking(move || {
            let counts = counts(&database::open_to_read(&path)?);
            drop(turn);
            counts
        });
        let counts = counts
            .await
            .map_err(|error| StoreError::new(error.to_string()))?;
        counts.map_err(fault)
    }

    async fn dead(&self, which: Option<ReplayKey>, limit: u32) -> Result<Vec<DeadRow>> {
        let dead = self.writer.call(move |connection| {
            let mut dead = connection.prepare_cached(sql::DEAD)?;
            let which = which.as_ref().map(ReplayKey::as_bytes);
            let dead = dead.query_map(params![limit, which], |row| {
                Ok(DeadRow {
                    key: key(row)?,
                    webhook: row.get(1)?,
                    attempts: row.get(2)?,
                    reason: row.get(3)?,
                    dead_at: time(row, 4)?,
                })
            });
            dead?.collect()
        });
        dead.await
    }

    async fn requeue(&self, which: Which, now: DateTime<Utc>) -> Result<u64> {
        let (due_at, give_up_at) = (micros(now), micros(now + PATIENCE));
        let requeued = self.writer.call(move |connection| match which {
            Which::All => {
                let mut requeue = connection.prepare_cached(sql::REQUEUE_ALL)?;
                requeue.execute(params![due_at, give_up_at, AT_ONCE])
            }
            Which::These(keys) => {
                let mut requeue = connection.prepare_cached(sql::REQUEUE_ONE)?;
                let mut one =
                    |key: &ReplayKey| requeue.execute(params![due_at, give_up_at, key.as_bytes()]);
                keys.iter().map(&mut one).sum()
            }
        });
        Ok(requeued.await? as u64)
    }

    /// Nobody else stores anything here.
    async fn listen(&self, _: Arc<Notify>) {
        std::future::pending().await
    }
}

impl Sqlite {
    /// Forgets keys, by a statement and its parameter. Returns how many.
    async fn forget(&self, statement: &'static str, parameter: i64) -> Result<u64> {
        let forgotten = self.writer.call(move |connection| {
            let mut forget = connection.prepare_cached(statement)?;
            forget.execute(params![parameter, AT_ONCE])
        });
        Ok(forgotten.await? as u64)
    }
}

fn counts(connection: &Connection) -> rusqlite::Result<Counts> {
    connection.query_row(sql::COUNTS, [], |row| {
        let time = |micros: Option<i64>| micros.and_then(DateTime::from_timestamp_micros);
        Ok(Counts {
            waiting: count(row, 0)?,
            oldest: time(row.get(1)?),
            oldest_signed: time(row.get(2)?),
            dead: count(row, 3)?,
            unverified: count(row, 4)?,
            rejected: count(row, 5)?,
        })
    })
}

/// Whether the webhook is new. Its key and its row are in one transaction.
fn insert(
    connection: &Connection,
    webhook: &Accepted,
    memory: Memory,
    now: DateTime<Utc>,
) -> rusqlite::Result<bool> {
    let (key, received_at) = (webhook.key.as_bytes(), micros(webhook.received_at));
    let mut remember = connection.prepare_cached(sql::REMEMBER)?;
    let (until, is_signed) = (micros(webhook.until), webhook.key.is_signed());
    if remember.execute(params![key, until, received_at, is_signed])? == 0 {
        return Ok(false);
    }
    let dead = webhook.is_too_late(now, memory);
    connection.prepare_cached(sql::INSERT)?.execute(params![
        key,
        received_at,
        is_signed,
        webhook.webhook,
        size(&webhook.webhook),
        micros(now),
        micros(now + PATIENCE),
        dead,
        dead.map(|_| micros(now)),
    ])?;
    Ok(true)
}

/// Whether the body was not kept before.
fn keep(connection: &Connection, body: &Body, now: DateTime<Utc>) -> rusqlite::Result<bool> {
    let kept = connection.prepare_cached(sql::KEEP)?.execute(params![
        body.kind.code(),
        body.hash(),
        micros(body.received_at),
        body.body,
        size(&body.body),
        micros(now),
        body.reason,
    ])?;
    Ok(kept > 0)
}

fn size(text: &str) -> i64 {
    i64::try_from(text.len()).unwrap_or(i64::MAX)
}

fn longest() -> i64 {
    i64::try_from(LONGEST).unwrap_or(i64::MAX)
}

fn micros(time: DateTime<Utc>) -> i64 {
    time.timestamp_micros()
}

fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<DateTime<Utc>> {
    let micros = row.get(column)?;
    DateTime::from_timestamp_micros(micros)
        .ok_or(rusqlite::Error::IntegralValueOutOfRange(column, micros))
}

fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(column)?.unsigned_abs())
}

fn key(row: &Row<'_>) -> rusqlite::Result<ReplayKey> {
    Ok(row.get::<_, [u8; 32]>(0)?.into())
}

/// The message of SQLite, which quotes no row. Not `From`, which would make the version of rusqlite part of the public API.
fn fault(error: rusqlite::Error) -> StoreError {
    let is_unavailable = matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
        )
    );
    let message = error.to_string();
    if is_unavailable {
        StoreError::transient(message)
    } else {
        StoreError::new(message)
    }
}
