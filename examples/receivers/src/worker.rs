//! Reads webhooks from the streams of the [queue](crate::queue) and handles each exactly once, however many workers
//! there are and whenever they crash.
//!
//! **The trap.** A guard marks a webhook as seen *before* it is handled, and the worker crashes before it is done. The
//! entry is delivered again, the guard reports a duplicate, and the event is lost. So the mark is set *with* the
//! effect. A handler does not write to Redis itself: it returns its effects as commands. The commands, the mark and the
//! acknowledgement are one `MULTI`, all or nothing. During handling the mark is under `WATCH`: if another worker is
//! faster, nothing is applied.
//!
//! If the effects are rows in an SQL database, insert [`replay_key`](moneyhub_webhooks::Webhook::replay_key) into a
//! table that has it as its primary key, in the same transaction, and return no commands. If the insert fails on that
//! key, the webhook is a duplicate: return `Ok`. Effects that are neither, such as an e-mail, happen at least once.
//!
//! | what happens | what becomes of the entry |
//! |---|---|
//! | a worker crashes or hangs | it stays pending; another worker takes it over after [`take_over_after`](Settings::take_over_after) |
//! | the handler fails, panics or takes too long | the same, up to [`deliveries`](Settings::deliveries) times; then it is a dead letter |
//! | it was accepted, and this worker does not have its key | it waits: see below |
//! | it was not verified on receipt, and is rejected now | it is deleted: its sender is not proven |
//! | it was not verified on receipt, and there are still no keys, or its key is unknown within a minute of its receipt | it waits |
//!
//! Keys change, so the key of an accepted entry may be unknown here. Such an entry is never rejected. It stays pending
//! and is verified again after each `take_over_after`, with newly fetched keys. That does not count as a failure. After
//! [`patience`](Settings::patience) it becomes a dead letter, with its body, and can still be verified with an old key
//! set.
//!
//! A worker reads one entry at a time. A handler has a third of `take_over_after`; then its future is dropped.
//! Otherwise another worker would take over an entry that is being handled or waits for its turn, and count that as a
//! failure. For more throughput, run more workers.
//!
//! `MULTI` does not roll back. If Redis rejects a command while it executes the `MULTI`, because the key has another
//! type, the other commands are still applied. Such a bug in a handler is logged.

mod entry;
mod redis_calls;

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use moneyhub_webhooks::{Receiver, Webhook};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Pipeline, RedisResult};
use tokio::time::{sleep, timeout};

use crate::intake::{Clock, MAX_BODY};
use crate::queue::Names;
use crate::verdict::{self, Verdict};
use entry::Entry;

/// The effects of an event as Redis commands, or the reason why handling failed.
pub type Effects = Result<Pipeline, Box<dyn Error + Send + Sync>>;

/// How long a worker waits for new entries before it looks for old ones.
const BLOCK: Duration = Duration::from_millis(200);

/// The pause after a failure of Redis.
const RECONNECT: Duration = Duration::from_millis(200);

/// How a worker retries and how long it remembers.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long an entry belongs to the worker that has read it. Set it well above three times the time of the slowest
    /// handler: a handler that takes a third of it is stopped and has failed.
    pub take_over_after: Duration,
    /// How often an entry is tried. Allow for restarts: each restart of a worker uses up one attempt.
    pub deliveries: usize,
    /// How long an entry waits for its key before it becomes a dead letter.
    pub patience: TimeDelta,
    /// How long the mark of a handled event is stored. Longer than the longest backlog, which may contain a webhook and
    /// its duplicate. A mark takes about 150 bytes.
    pub remember: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            take_over_after: Duration::from_secs(60),
            deliveries: 10,
            patience: TimeDelta::days(3),
            remember: Duration::from_secs(3 * 24 * 60 * 60),
        }
    }
}

/// One worker. It has its own connection, because `WATCH` applies to a connection, and a name that no other worker has.
/// Unused names cost little. Never delete a consumer that still has pending entries.
pub struct Worker<F> {
    client: redis::Client,
    names: Names,
    name: String,
    receiver: Receiver,
    clock: Clock,
    settings: Settings,
    handler: F,
    stop: Arc<AtomicBool>,
}

impl<F, Fut> Worker<F>
where
    F: Fn(Webhook) -> Fut,
    Fut: Future<Output = Effects> + Send + 'static,
{
    /// Creates a worker. Its receiver must have the same policy as the receiver of the intake.
    pub fn new(
        redis_url: &str,
        names: &Names,
        name: impl Into<String>,
        receiver: Receiver,
        clock: Clock,
        settings: Settings,
        handler: F,
    ) -> RedisResult<Self> {
        Ok(Self {
            client: redis::Client::open(redis_url)?,
            names: names.clone(),
            name: name.into(),
            receiver: receiver.max_body(MAX_BODY),
            clock,
            settings,
            handler,
            stop: Arc::default(),
        })
    }

    /// Returns the stop flag. If set to true, the worker ends after the entries that it has read: at most one of each
    /// stream.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Handles entries until the stop flag is set, through failures and restarts of Redis.
    pub async fn run(self) {
        while !self.stopped() {
            if let Err(error) = self.work().await {
                eprintln!("{}: Redis: {error}", self.name);
                sleep(RECONNECT).await;
            }
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    async fn work(&self) -> RedisResult<()> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(BLOCK + Duration::from_secs(5)));
        let redis = &mut self
            .client
            .get_multiplexed_async_connection_with_config(&config)
            .await?;
        let streams = [self.names.accepted(), self.names.unjudged()];
        for stream in &streams {
            redis_calls::create_group(redis, stream).await?;
        }
        let mut looked_after = None::<Instant>;
        while !self.stopped() {
            if looked_after.is_none_or(|at| at.elapsed() >= self.settings.take_over_after / 2) {
                for stream in &streams {
                    self.take_over(redis, stream).await?;
                }
                looked_after = Some(Instant::now());
            }
            for entry in redis_calls::read_new(redis, &streams, &self.name, BLOCK).await? {
                self.settle(redis, entry).await?;
            }
        }
        Ok(())
    }

    /// Takes over entries that another worker, or this one, has left pending for too long.
    async fn take_over(&self, redis: &mut MultiplexedConnection, stream: &str) -> RedisResult<()> {
        let mut cursor = "0-0".to_owned();
        loop {
            let idle = self.settings.take_over_after;
            let (next, entry) =
                redis_calls::take_over(redis, stream, &self.name, idle, &cursor).await?;
            if let Some(entry) = entry {
                self.settle(redis, entry).await?;
            }
            if next == "0-0" || self.stopped() {
                return Ok(());
            }
            cursor = next;
        }
    }

    async fn settle(&self, redis: &mut MultiplexedConnection, entry: Entry) -> RedisResult<()> {
        let error = match self
            .receiver
            .receive_at(&entry.body, entry.received_at)
            .await
        {
            Ok(webhook) => return self.handle(redis, &entry, webhook).await,
            Err(error) => error,
        };
        let accepted = entry.stream == self.names.accepted();
        let waited = (self.clock)() - entry.received_at;
        match verdict::of(error.kind(), accepted, waited, self.settings.patience) {
            Verdict::Wait => {
                eprintln!("{}: {} waits: {error}", self.name, entry.id);
                redis_calls::wait(redis, &entry, &self.name).await
            }
            Verdict::Refuse => {
                eprintln!("{}: {} is refused: {error}", self.name, entry.id);
                redis_calls::finish(redis, &entry).await
            }
            Verdict::Bury => self.bury(redis, &entry, &error.to_string()).await,
        }
    }

    async fn handle(
        &self,
        redis: &mut MultiplexedConnection,
        entry: &Entry,
        webhook: Webhook,
    ) -> RedisResult<()> {
        let mark = self.names.handled(&webhook.replay_key().to_string());
        if redis_calls::watch(redis, &mark).await? {
            return redis_calls::finish(redis, entry).await; // a duplicate
        }
        if entry.deliveries > self.settings.deliveries {
            redis_calls::unwatch(redis).await?;
            let reason = format!("given to handlers {} times", self.settings.deliveries);
            return self.bury(redis, entry, &reason).await;
        }
        let shown = format!("{webhook:?}");
        let handling = timeout(self.settings.take_over_after / 3, (self.handler)(webhook));
        // A task of its own: a panic of the handler ends the task, not the worker.
        let failure = match tokio::spawn(handling).await {
            Ok(Ok(Ok(effects))) => {
                // If another worker was faster, the entry is recognized as a duplicate when it is next taken over.
                return redis_calls::commit(redis, entry, effects, &mark, self.settings.remember)
                    .await;
            }
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_)) => "it takes too long".to_owned(),
            Err(panic) => panic.to_string(),
        };
        eprintln!("{}: {shown} failed: {failure}", self.name);
        redis_calls::unwatch(redis).await
    }

    async fn bury(
        &self,
        redis: &mut MultiplexedConnection,
        entry: &Entry,
        reason: &str,
    ) -> RedisResult<()> {
        eprintln!(
            "{}: {} goes to the dead letters: {reason}",
            self.name, entry.id
        );
        redis_calls::bury(redis, entry, &self.names.dead(), reason).await
    }
}
