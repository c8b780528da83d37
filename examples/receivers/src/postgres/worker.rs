//! Takes webhooks from the [tables](crate::postgres) and handles each exactly once, however many workers there are and
//! whenever they, or the database, crash.
//!
//! **The effect and the end of the webhook are one transaction**: the handler gets it, makes its effect in it, and the
//! worker deletes the row in it and commits. The row is locked meanwhile, so that no other worker handles it. Effects
//! that are elsewhere, such as a mail, happen at least once.
//!
//! | what happens | what becomes of the row |
//! |---|---|
//! | a worker crashes | the database ends its transaction; the next attempt is as if the handler had failed |
//! | the handler fails, panics or takes too long | nothing of its effect stays; it is tried again, after [`backoff`](Settings::backoff), twice that, and so on |
//! | that was the last of [`attempts`](Settings::attempts) | it is a dead letter, with the reason; `sql/revive.sql` tries it again |
//! | it was accepted, and this worker does not have its key | waits; after [`patience`](Settings::patience) it is a dead letter |
//! | it was not judged, and is accepted now | moves to `webhook`, unless it is a copy |
//! | it was not judged, and is refused now | deleted: a stranger's |
//!
//! **The trap.** An attempt that is counted with its outcome is not counted when the worker crashes: a webhook that
//! crashes workers is then tried for ever, before all others. So the attempt is counted, and the time of the next one set,
//! in a transaction before it.
//!
//! Workers look for rows every [`poll`](Settings::poll) rather than `LISTEN`: a `NOTIFY` makes commits wait for each other.
//! A worker handles one webhook at a time. More is done by more workers.

mod handling;
mod judging;

use std::error::Error;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use moneyhub_webhooks::{Receiver, Webhook};
use tokio::time::sleep;

use super::statements::sql;
use super::{Database, Result, TIME_LIMIT};
use crate::intake::{Clock, MAX_BODY};

pub use deadpool_postgres::Transaction;

/// What a handler says. After an error nothing of its effect stays.
pub type Handled = std::result::Result<(), Box<dyn Error + Send + Sync>>;

/// Your work.
pub trait Handler: Send + Sync + 'static {
    /// Makes the effect of a webhook in the transaction, and leaves it to the worker to commit. Do not wait in it for
    /// other services longer than for a moment: it holds locks.
    fn handle(
        &self,
        webhook: &Webhook,
        transaction: &mut Transaction<'_>,
    ) -> impl Future<Output = Handled> + Send;
}

/// From a failure of the database to the next attempt.
const RECONNECT: Duration = Duration::from_millis(200);

/// From one time that old keys are pruned to the next.
const PRUNE_EVERY: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How often a webhook is tried. A worker or a database that is restarted uses up one.
    pub attempts: u32,
    /// From the first attempt to the second. Each pause is twice the one before.
    pub backoff: Duration,
    /// No pause is longer. With the other defaults, the last attempt is four hours after the first.
    pub longest_backoff: Duration,
    /// How long a handler may take.
    pub handler_limit: Duration,
    /// How long it may take to note that a webhook has failed or waits.
    pub note_limit: Duration,
    /// From one look for rows to the next, when there are none.
    pub poll: Duration,
    /// From one try to judge what waits for keys to the next.
    pub judge_every: Duration,
    /// How long a body waits for its key.
    pub patience: TimeDelta,
    /// How long the replay key of a webhook is remembered: longer than it may wait for its key or on the disk of a
    /// receiver, since a copy may have to wait as well. A key takes some 200 bytes with its indexes.
    pub remember: TimeDelta,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            attempts: 15,
            backoff: Duration::from_secs(1),
            longest_backoff: Duration::from_secs(60 * 60),
            handler_limit: Duration::from_secs(20),
            note_limit: TIME_LIMIT,
            poll: Duration::from_millis(200),
            judge_every: Duration::from_secs(5),
            patience: TimeDelta::days(3),
            remember: TimeDelta::days(30),
        }
    }
}

/// One worker.
pub struct Worker<H> {
    shared: Arc<Shared<H>>,
    stop: Arc<AtomicBool>,
}

struct Shared<H> {
    database: Database,
    receiver: Receiver,
    clock: Clock,
    settings: Settings,
    handler: H,
}

impl<H> Clone for Worker<H> {
    /// Another worker, to run beside this one.
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            stop: Arc::clone(&self.stop),
        }
    }
}

impl<H: Handler> Worker<H> {
    /// The receiver is one of the same policy as that of the intake. `workers` is how many of this one will run at once, in
    /// this process.
    pub fn new(
        url: &str,
        workers: usize,
        receiver: Receiver,
        clock: Clock,
        settings: Settings,
        handler: H,
    ) -> io::Result<Self> {
        // A statement of a handler ends with its limit, also in the database.
        let database =
            Database::new(url, workers + 1, settings.handler_limit)?.within(settings.note_limit);
        let receiver = receiver.max_body(MAX_BODY);
        let shared = Arc::new(Shared {
            database,
            receiver,
            clock,
            settings,
            handler,
        });
        Ok(Self {
            shared,
            stop: Arc::default(),
        })
    }

    /// To migrate it, or to ask it for the [`Lag`](super::Lag).
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.shared.database
    }

    /// Set it to true, and the worker ends after what it has taken.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Works until it is told to stop, through failures and restarts of the database.
    pub async fn run(self) {
        self.database().migrate_soon().await;
        let (mut judge_at, mut prune_at) = (Instant::now(), Instant::now());
        while !self.stop.load(Ordering::Relaxed) {
            match self.step(&mut judge_at, &mut prune_at).await {
                Ok(true) => {}
                Ok(false) => sleep(self.shared.settings.poll).await,
                Err(error) => {
                    eprintln!("PostgreSQL: {error}");
                    sleep(RECONNECT).await;
                }
            }
        }
    }

    /// Whether there was a webhook to handle.
    async fn step(&self, judge_at: &mut Instant, prune_at: &mut Instant) -> Result<bool> {
        if *judge_at <= Instant::now() {
            while self.shared.judge_one().await? && !self.stop.load(Ordering::Relaxed) {}
            *judge_at = Instant::now() + self.shared.settings.poll;
        }
        if *prune_at <= Instant::now() {
            let before = (self.shared.clock)() - self.shared.settings.remember;
            self.database().ask(sql::PRUNE, &[&before]).await?;
            *prune_at = Instant::now() + PRUNE_EVERY;
        }
        self.shared.handle_one().await
    }
}
