//! [`Postgres`]: the store of several machines.

mod claim;
mod connection;
mod end;
mod insert;
mod memory;
mod migrations;
mod together;
pub(crate) mod transaction;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moneyhub_webhooks::ReplayKey;
use sqlx::postgres::{PgListener, PgRow};
use sqlx::{PgPool, Row as _};
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::entry::{Body, Entry, Kind};
use crate::retry::PATIENCE;
use crate::store::{
    AT_ONCE, Claim, Counts, DeadRow, Ended, LIMIT, Operations, Quotas, Result, Store, StoreError,
    Stored, Which, limited,
};
use claim::Claims;
use connection::{Pooled, execute, execute_alone, fetch};
use end::{Claimed, claimed};
pub(crate) use migrations::migrator;
use together::Together;

/// The channel of `NOTIFY`.
const CHANNEL: &str = "moneyhub_inbox";

/// After so long without a receipt its connection is asked whether it is alive: a lambda may have been frozen, or a
/// firewall may have forgotten it. By the system clock, which goes on meanwhile.
const IDLE: TimeDelta = TimeDelta::seconds(30);

/// Keeps webhooks in PostgreSQL, in the schema `moneyhub_inbox`: for any number of machines, and for handlers in the
/// transaction of their effect.
///
/// It uses your pool, and keeps one connection of it for webhooks that arrive, so that they don't wait behind handlers.
/// While workers run it keeps another one for `LISTEN`. Each worker of handlers in a transaction uses one at a time,
/// and everything else needs one now and then: for four such workers, give the pool 8. It works with fewer. With 2,
/// workers are not notified, and look for themselves twice a second; with 1, webhooks that arrive wait behind
/// everything else.
#[derive(Debug)]
pub struct Postgres {
    pool: PgPool,
    quotas: Quotas,
    receipts: Arc<Mutex<Receipts>>,
    /// Returns that connection when the pool is closed, which waits for it.
    _returns: JoinSet<()>,
    claims: Claims,
    done: Together<Claimed, ()>,
}

/// What one batch of receipts leaves to the next.
#[derive(Debug, Default)]
struct Receipts {
    /// Their connection, between two batches.
    pooled: Option<Pooled>,
    /// When the last one was stored of what Moneyhub has signed, and of what anyone can send. One that fails leaves no
    /// time.
    signed: DateTime<Utc>,
    others: DateTime<Utc>,
}

impl Receipts {
    fn used(&mut self, is_trusted: bool) -> &mut DateTime<Utc> {
        if is_trusted {
            &mut self.signed
        } else {
            &mut self.others
        }
    }
}

impl Store for Postgres {}

impl Postgres {
    pub(crate) fn new(pool: PgPool, quotas: Quotas) -> Self {
        let receipts = Arc::<Mutex<Receipts>>::default();
        let mut returns = JoinSet::new();
        let (closed, kept) = (pool.close_event(), Arc::clone(&receipts));
        returns.spawn(async move {
            closed.await;
            kept.lock().await.pooled = None;
        });
        Self {
            pool,
            quotas,
            receipts,
            _returns: returns,
            claims: Claims::default(),
            done: Together::default(),
        }
    }

    /// Returns a connection for receipts, and whether the last one was stored over it.
    async fn for_receipts(&self, is_trusted: bool, now: DateTime<Utc>) -> Result<(Pooled, bool)> {
        let (pooled, used) = {
            let mut receipts = self.receipts.lock().await;
            let used = std::mem::take(receipts.used(is_trusted));
            (receipts.pooled.take(), used)
        };
        let is_proven = pooled.is_some();
        let mut pooled = match pooled {
            Some(pooled) => pooled,
            None if now - used < IDLE => return Ok((Pooled::acquire(&self.pool).await?, false)),
            None => match self.pool.try_acquire() {
                Some(idle) => Pooled::new(idle),
                None => return Ok((Pooled::acquire(&self.pool).await?, false)),
            },
        };
        if now - used < IDLE || pooled.answers().await {
            return Ok((pooled, is_proven));
        }
        drop(pooled);
        // The other idle ones are dead too. The pool would wait for one after the other, before it opens a new one.
        while let Some(idle) = self.pool.try_acquire() {
            drop(idle.detach());
        }
        Ok((Pooled::acquire(&self.pool).await?, false))
    }

    fn max_connections(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }
}

impl Operations for Postgres {
    async fn prepare(&self, now: DateTime<Utc>) -> Result<DateTime<Utc>> {
        migrations::apply(&self.pool).await?;
        limited(LIMIT, memory::confirm(&self.pool, now)).await
    }

    async fn insert(&self, batch: Vec<Arc<Entry>>, now: DateTime<Utc>) -> Result<Vec<Stored>> {
        let is_trusted = batch.iter().all(|entry| entry.is_trusted());
        let (mut pooled, is_proven) = self.for_receipts(is_trusted, now).await?;
        let connection = pooled.connection()?;
        let stored = insert::insert(connection, is_proven, &batch, self.quotas, now).await?;
        let mut receipts = self.receipts.lock().await;
        // Under the lock: who closes the pool takes it out afterwards.
        let keeps = self.max_connections() > 1 && !self.pool.is_closed();
        receipts.pooled = Some(pooled.reusable()).filter(|_| keeps);
        *receipts.used(is_trusted) = now;
        Ok(stored)
    }

    async fn claim(&self, limit: u32, now: DateTime<Utc>, lease: Duration) -> Result<Vec<Claim>> {
        self.claims.claim(&self.pool, limit, now, now + lease).await
    }

    async fn end(&self, claim: &Claim, ended: Ended, now: DateTime<Utc>) -> Result<()> {
        if ended == Ended::Done {
            let remove = async |done: Vec<Claimed>| {
                execute_alone(&self.pool, end::remove(&done)).await?;
                Ok(vec![(); done.len()])
            };
            return self.done.ask(claimed(claim), remove).await;
        }
        let end = end::end(claim, &ended, now);
        execute(&self.pool, end).await.map(drop)
    }

    async fn unverified(
        &self,
        limit: u32,
        now: DateTime<Utc>,
        lease: Duration,
    ) -> Result<Vec<Body>> {
        let unverified = sqlx::query(include_str!("../sql/postgres/unverified.sql"))
            .bind(now)
            .bind(i64::from(limit))
            .bind(now + lease);
        let rows = fetch(&self.pool, unverified).await?;
        let body = |row: &PgRow| {
            Ok(Body {
                kind: Kind::Unverified,
                body: row.try_get("body")?,
                received_at: row.try_get("received_at")?,
                reason: row.try_get("reason")?,
            })
        };
        rows.iter().map(body).collect()
    }

    async fn remove(&self, body: &Body) -> Result<()> {
        let remove = sqlx::query(include_str!("../sql/postgres/remove.sql"))
            .bind(body.kind.code())
            .bind(body.hash());
        execute(&self.pool, remove).await.map(drop)
    }

    async fn reverify(&self, now: DateTime<Utc>) -> Result<u64> {
        let reverify = sqlx::query(include_str!("../sql/postgres/reverify.sql")).bind(now);
        execute(&self.pool, reverify).await
    }

    async fn prune(&self, now: DateTime<Utc>) -> Result<u64> {
        let at_once = i64::from(AT_ONCE);
        let prune = sqlx::query(include_str!("../sql/postgres/prune.sql"))
            .bind(now)
            .bind(at_once);
        let expired = execute(&self.pool, prune).await?;
        let most = i64::try_from(self.quotas.unsigned_keys).unwrap_or(i64::MAX);
        let prune = sqlx::query(include_str!("../sql/postgres/prune_unsigned.sql"))
            .bind(most)
            .bind(at_once);
        Ok(expired.saturating_add(execute(&self.pool, prune).await?))
    }

    async fn counts(&self) -> Result<Counts> {
        let counts = sqlx::query(include_str!("../sql/postgres/counts.sql"));
        let row = one(fetch(&self.pool, counts).await?)?;
        let count = |name| Ok::<_, StoreError>(row.try_get::<i64, _>(name)?.unsigned_abs());
        Ok(Counts {
            waiting: count("waiting")?,
            oldest: row.try_get("oldest")?,
            oldest_signed: row.try_get("oldest_signed")?,
            dead: count("dead")?,
            unverified: count("unverified")?,
            rejected: count("rejected")?,
        })
    }

    async fn dead(&self, which: Option<ReplayKey>, limit: u32) -> Result<Vec<DeadRow>> {
        let dead = sqlx::query(include_str!("../sql/postgres/dead.sql"))
            .bind(i64::from(limit))
            .bind(which.as_ref().map(|key| key.as_bytes().as_slice()));
        let rows = fetch(&self.pool, dead).await?;
        let dead = |row: &PgRow| {
            Ok(DeadRow {
                key: key(row)?,
                webhook: row.try_get("webhook")?,
                attempts: attempts(row)?,
                reason: row.try_get("reason")?,
                dead_at: row.try_get("dead_at")?,
            })
        };
        rows.iter().map(dead).collect()
    }

    async fn requeue(&self, which: Which, now: DateTime<Utc>) -> Result<u64> {
        let keys: Option<Vec<Vec<u8>>> = match which {
            Which::All => None,
            Which::These(keys) => Some(keys.iter().map(|key| key.as_bytes().to_vec()).collect()),
        };
        let requeue = sqlx::query(include_str!("../sql/postgres/requeue.sql"))
            .bind(keys)
            .bind(now)
            .bind(now + PATIENCE)
            .bind(i64::from(AT_ONCE));
        execute(&self.pool, requeue).await
    }

    /// Behind PgBouncer it may hear nothing: workers look for themselves now and then. So they do with a pool in which
    /// this connection and that of receipts would leave none.
    async fn listen(&self, wake: Arc<Notify>) {
        if self.max_connections() < 3 {
            return std::future::pending().await;
        }
        loop {
            if let Ok(mut listener) = PgListener::connect_with(&self.pool).await
                && listener.listen(CHANNEL).await.is_ok()
            {
                // After an error something may have been missed.
                while listener.recv().await.is_ok() {
                    wake.notify_waiters();
                }
                wake.notify_waiters();
            }
            if self.pool.is_closed() {
                return;
            }
            sleep(TimeDelta::seconds(1).to_std().unwrap_or_default()).await;
        }
    }
}

/// The row of a statement that always returns one.
fn one(mut rows: Vec<PgRow>) -> Result<PgRow> {
    rows.pop().ok_or_else(|| sqlx::Error::RowNotFound.into())
}

/// Text types hold no NUL.
fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn key(row: &PgRow) -> Result<ReplayKey> {
    let key: [u8; 32] = row.try_get("key")?;
    Ok(key.into())
}

fn attempts(row: &PgRow) -> Result<u32> {
    Ok(row.try_get::<i32, _>("attempts")?.unsigned_abs())
}

/// Of an error of the database its code and its message alone: the detail may quote a row.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(error) => {
                let code = error.code().unwrap_or_default();
                let message = format!("{code}: {}", error.message());
                // Connections, a server that is a standby (the transaction, or a statement), resources, a lock that is held,
                // and a server that starts or stops.
                if ["08", "0A000", "25006", "53", "55P03", "57P"]
                    .iter()
                    .any(|class| code.starts_with(class))
                {
                    Self::transient(message)
                } else {
                    Self::new(message)
                }
            }
            None => Self::transient(error.to_string()),
        }
    }
}
