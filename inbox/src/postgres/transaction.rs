//! [`TransactionHandler`]: handlers in the transaction that removes the webhook.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{ReplayKey, StoredWebhook};
use sqlx::{Connection as _, PgConnection, PgTransaction, Row as _};

use super::connection::{Pooled, execute};
use super::end::{claimed, end, remove};
use super::{Postgres, attempts, key};
use crate::core::Core;
use crate::handler::Handled;
use crate::inbox::Inbox;
use crate::retry;
use crate::store::{Claim, Ended, LIMIT, Result, StoreError, limited};
use crate::work::lease::read;
use crate::work::{Attempt, Stopped, Workers, caught};

/// How long a transaction goes on with further webhooks: their effects become visible together, and wait for each other.
const SHARE: Duration = Duration::from_millis(100);

/// The savepoint of each handler: two statements in one round trip.
const FIRST: &str = "SAVEPOINT moneyhub_inbox";
const NEXT: &str = "RELEASE moneyhub_inbox; SAVEPOINT moneyhub_inbox";
const UNDO: &str = "ROLLBACK TO moneyhub_inbox";

/// From the time limit of the handler to that of the server.
const MARGIN: Duration = Duration::from_secs(5);

/// Handles webhooks in PostgreSQL, each **exactly once**: what it writes through the transaction is committed together
/// with the removal of the webhook, both or neither.
///
/// The transaction is one that several webhooks share, at a savepoint of this one. If the handler says anything but
/// [`Done`](Handled::Done), panics, or one of its statements fails, what it wrote is rolled back. At its time limit it is
/// dropped, and its connection is closed.
///
/// A slow handler holds up the webhooks that were claimed with it, up to fifteen, but no receipt and no other worker.
///
/// Effects outside of the database happen at least once: use [`Handler`](crate::Handler) for those.
///
/// Start it with [`Inbox::work_in_transaction`]. Test it with [`Inbox::work_in_transaction_once`], each test in a database
/// of its own, as `#[sqlx::test]` makes one: the name of the schema is always the same.
///
/// # Examples
///
/// ```
/// use moneyhub_webhooks::{Event, StoredWebhook};
/// use moneyhub_webhooks_inbox::{Handled, TransactionHandler};
/// use sqlx::PgTransaction;
///
/// struct Ledger;
///
/// impl TransactionHandler for Ledger {
///     async fn handle(&self, webhook: &StoredWebhook, transaction: &mut PgTransaction<'_>) -> Handled {
///         match webhook.event() {
///             // A known event in a new form: `Done` would throw it away.
///             Event::Malformed(event) => Handled::Dead(format!("{}: {}", event.path(), event.reason())),
///             _ => book(webhook, transaction).await.into(),
///         }
///     }
/// }
///
/// /// As many statements as you like. An error means `Retry`.
/// async fn book(webhook: &StoredWebhook, transaction: &mut PgTransaction<'_>) -> sqlx::Result<()> {
///     sqlx::query("INSERT INTO ledger (id, event, payload) VALUES ($1, $2, $3::json)")
///         .bind(webhook.id().as_str())
///         .bind(webhook.event().name())
///         .bind(webhook.payload())
///         .execute(&mut **transaction)
///         .await?;
///     Ok(())
/// }
/// ```
pub trait TransactionHandler: Send + Sync {
    /// Handles a webhook.
    fn handle(
        &self,
        webhook: &StoredWebhook,
        transaction: &mut PgTransaction<'_>,
    ) -> impl Future<Output = Handled> + Send;
}

impl<H: TransactionHandler> TransactionHandler for &H {
    fn handle(
        &self,
        webhook: &StoredWebhook,
        transaction: &mut PgTransaction<'_>,
    ) -> impl Future<Output = Handled> + Send {
        H::handle(self, webhook, transaction)
    }
}

impl<H: TransactionHandler> TransactionHandler for Arc<H> {
    fn handle(
        &self,
        webhook: &StoredWebhook,
        transaction: &mut PgTransaction<'_>,
    ) -> impl Future<Output = Handled> + Send {
        H::handle(self, webhook, transaction)
    }
}

impl Inbox<Postgres> {
    /// Starts `workers` tasks that pass webhooks to a handler, each **exactly once**, in the transaction that removes
    /// the webhook. Any number of processes on any number of machines may do so at once.
    ///
    /// Bodies that arrived without their key are verified meanwhile, as of their time of receipt.
    ///
    /// Each worker uses one connection of the pool at a time. Call it within a tokio runtime.
    pub fn work_in_transaction(
        &self,
        workers: usize,
        handler: impl TransactionHandler + 'static,
    ) -> Workers {
        self.start(workers, InTransaction(handler))
    }

    /// Passes every webhook that is due to a handler, in the transaction that removes it, and returns the number of
    /// attempts. For tests: see [`work_once`](Self::work_once).
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn work_in_transaction_once(
        &self,
        handler: &impl TransactionHandler,
    ) -> Result<u64, StoreError> {
        self.attempt_all(&InTransaction(handler)).await
    }
}

struct InTransaction<H>(H);

/// Why a transaction was not committed.
enum Fault {
    /// The last handler that began panicked, exceeded its time limit, or lost its session. It may have left a statement
    /// running.
    Handler(String),
    /// The commit failed: a deferred constraint, for example.
    Commit(StoreError),
    /// Nothing was handled: the claims become due again by themselves.
    Store(StoreError),
}

impl<H: TransactionHandler> Attempt<Postgres> for InTransaction<H> {
    const CLAIMS: u32 = 16;

    /// The time from the claim to the lock of the rows: that holds as long as the transaction does.
    fn lease(_: &Core<Postgres>) -> Duration {
        Duration::from_secs(5)
    }

    async fn attempt(&self, core: &Core<Postgres>, mut claims: Vec<Claim>, stopped: &Stopped) {
        let mut most = claims.len();
        while !claims.is_empty() && !*stopped.borrow() {
            let together = claims.get(..most.min(claims.len())).unwrap_or(&claims);
            let alone = together.len() == 1;
            let mut begun = 0;
            let reason = match self.together(core, together, stopped, &mut begun).await {
                Ok(()) => {
                    claims.drain(..begun);
                    continue;
                }
                Err(Fault::Store(error)) => return crate::observe::not_worked(&error),
                Err(Fault::Handler(reason)) => reason,
                Err(Fault::Commit(error)) if alone => error.to_string(),
                Err(Fault::Commit(_)) => {
                    most = 1;
                    continue;
                }
            };
            // What the others did was rolled back with it. They are handled again, each alone.
            most = 1;
            let claim = claims.remove(begun.saturating_sub(1));
            core.end(&claim, Handled::Retry(reason)).await;
        }
    }
}

impl<H: TransactionHandler> InTransaction<H> {
    /// Handles claims in one transaction, at least one. `begun` counts those that were begun.
    async fn together(
        &self,
        core: &Core<Postgres>,
        claims: &[Claim],
        stopped: &Stopped,
        begun: &mut usize,
    ) -> Result<(), Fault> {
        let started = Instant::now();
        let mut pooled = Pooled::acquire(core.store.pool()).await?;
        let transaction = limited(
            LIMIT,
            begin(pooled.connection()?, core.handler_timeout, claims),
        );
        let (mut transaction, session, locked) = transaction.await?;
        let mut done = Vec::new();
        let mut ends = Vec::with_capacity(claims.len());
        for claim in claims {
            *begun += 1;
            if !locked.contains(&(claim.key, claim.attempts)) {
                continue;
            }
            let ended = match self.handle(core, claim, &mut transaction).await {
                Ok(ended) => ended,
                Err(fault) => {
                    drop(transaction);
                    drop(pooled);
                    terminate(core, session).await;
                    return Err(fault);
                }
            };
            if ended == Ended::Done {
                done.push(claimed(claim));
            }
            ends.push((claim, ended));
            if SHARE <= started.elapsed() || *stopped.borrow() {
                break;
            }
        }
        let removed = async { Ok(remove(&done).execute(&mut *transaction).await?) };
        limited(LIMIT, removed).await?;
        let committed = async { Ok(transaction.commit().await?) };
        limited(LIMIT, committed).await.map_err(Fault::Commit)?;
        for (claim, ended) in ends {
            crate::observe::attempt(claim, &ended);
        }
        drop(pooled.reusable());
        Ok(())
    }

    /// Runs the handler, and returns how the attempt ended. What is done is still to be removed.
    async fn handle(
        &self,
        core: &Core<Postgres>,
        claim: &Claim,
        transaction: &mut PgTransaction<'_>,
    ) -> Result<Ended, Fault> {
        let handled = match read(claim) {
            Ok(webhook) => {
                let handler = async { self.0.handle(&webhook, transaction).await };
                let handled = caught(handler, core.handler_timeout).await;
                handled.map_err(Fault::Handler)?
            }
            Err(handled) => handled,
        };
        let mut ended = retry::ended(handled, claim, core.now());
        if ended == Ended::Done {
            // If a statement of the handler has failed, this one fails too, whatever the handler said.
            match run(transaction, NEXT).await {
                Ok(()) => return Ok(ended),
                Err(error) => {
                    let reason = format!("a statement of the handler has failed: {error}");
                    ended = retry::ended(Handled::Retry(reason), claim, core.now());
                }
            }
        }
        if let Err(error) = run(transaction, UNDO).await {
            let reason = format!("the session of the handler has ended: {error}");
            return Err(Fault::Handler(reason));
        }
        let end = end(claim, &ended, core.now());
        let noted = async { Ok(end.execute(&mut **transaction).await?) };
        limited(LIMIT, noted).await?;
        run(transaction, NEXT).await?;
        Ok(ended)
    }
}

/// The process of a session, and when it began: on another server the number alone may be that of another session. `None`:
/// the role of a session that is not that of its login may not know, and the limits of the server end it.
type Session = (i32, Option<DateTime<Utc>>);

/// Begins a transaction, and locks the rows of claims. Returns its session, and what `lock` returns.
async fn begin<'c>(
    connection: &'c mut PgConnection,
    handler_timeout: Duration,
    claims: &[Claim],
) -> Result<(PgTransaction<'c>, Session, Vec<(ReplayKey, u32)>)> {
    let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
    let mut transaction = connection.begin_with(begin).await?;
    // Only if this process can't terminate the session: it ends after the handler.
    let limit = handler_timeout.saturating_add(MARGIN).as_millis();
    let settings = sqlx::query(include_str!("../../sql/postgres/settings.sql"))
        .bind(limit.to_string())
        .fetch_one(&mut *transaction)
        .await?;
    let session = (settings.try_get("pid")?, settings.try_get("backend_start")?);
    let locked = lock(&mut transaction, claims).await?;
    run(&mut transaction, FIRST).await?;
    Ok((transaction, session, locked))
}

async fn run(transaction: &mut PgTransaction<'_>, statements: &'static str) -> Result<()> {
    let statements = sqlx::raw_sql(statements).execute(&mut **transaction);
    limited(LIMIT, async { Ok(statements.await?) }).await?;
    Ok(())
}

/// Locks the rows of claims, and returns the keys and attempts of those that are still there.
async fn lock(
    transaction: &mut PgTransaction<'_>,
    claims: &[Claim],
) -> Result<Vec<(ReplayKey, u32)>> {
    let keys: Vec<&[u8]> = claims.iter().map(|claim| claim.key.as_ref()).collect();
    let lock = sqlx::query(include_str!("../../sql/postgres/lock.sql")).bind(keys);
    let rows = lock.fetch_all(&mut **transaction).await?;
    rows.iter()
        .map(|row| Ok((key(row)?, attempts(row)?)))
        .collect()
}

/// Ends the statement that a dropped handler has left running, and with it the locks of its transaction.
async fn terminate(core: &Core<Postgres>, (pid, began): Session) {
    let terminate = sqlx::query(include_str!("../../sql/postgres/terminate.sql"))
        .bind(pid)
        .bind(began);
    if let Err(error) = execute(core.store.pool(), terminate).await {
        crate::observe::not_worked(&error);
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<sqlx::Error> for Fault {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
