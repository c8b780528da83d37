//! Takes webhooks from the streams of the [queue](crate::queue) and handles each exactly once, however many workers
//! there are and whenever they crash.
//!
//! **The trap.** A guard that is told "seen" *before* the handling, and a crash before the handling is done: the
//! entry is delivered again, the guard calls it a duplicate, and the event is lost. So the mark is set *with* the
//! effect: a handler here does nothing to Redis but returns its effects as commands, and they, the mark and the
//! acknowledgement are one `MULTI`, all or nothing. While it is being handled the mark is under `WATCH`: should
//! another worker be faster, nothing of it happens.
//!
//! Where the effects are rows in an SQL database, insert [`replay_key`](moneyhub_webhooks::Webhook::replay_key) into
//! a table that has it as its primary key, in the same transaction, and return no commands: an insert that fails on
//! that key is a duplicate, and `Ok`. Effects that are neither, such as a mail, happen at least once.
//!
//! | what happens | what becomes of the entry |
//! |---|---|
//! | a worker crashes or hangs | stays pending; another takes it over after [`take_over_after`](Settings::take_over_after) |
//! | the handler fails, panics or takes too long | the same, up to [`deliveries`](Settings::deliveries) times, then to the dead letters |
//! | it was accepted, and this worker does not have its key | waits, for the receipt is believed: see below |
//! | it was not judged, and is refused now | deleted: a stranger's |
//! | it was not judged, and there are no keys still, or none of its id within a minute of its receipt | waits |
//!
//! An entry that was accepted and whose key is unknown here, since keys change, is never refused: it stays pending
//! and is judged again, with keys fetched anew, after each `take_over_after`. It counts as no failure. What has
//! waited for [`patience`](Settings::patience) goes to the dead letters with its body, where it can still be judged
//! with an old key set.
//!
//! A worker takes one entry at a time, and a handler has a third of `take_over_after`, after which it is dropped where it
//! waits: or another worker would take over what is being handled, or what waits its turn, and call that a failure.
//! More is done by more workers.
//!
//! `MULTI` takes nothing back: a command that Redis refuses when it comes to it, for being used on a key of another
//! type, leaves the others done. Such a fault of a handler is logged.

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

/// The effects of an event as Redis commands, or why there are none.
pub type Effects = Result<Pipeline, Box<dyn Error + Send + Sync>>;

/// How long a worker waits for new entries before it looks after old ones.
const BLOCK: Duration = Duration::from_millis(200);

/// From a failure of Redis to the next attempt.
const RECONNECT: Duration = Duration::from_millis(200);

#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// How long an entry is left to the worker that has it: well above three times what the slowest handler takes,
    /// since a handler that takes a third of it is ended and has failed.
    pub take_over_after: Duration,
    /// How often an entry is tried. Not few: a worker that is restarted uses up one.
    pub deliveries: usize,
    /// How long an entry waits for its key.
    pub patience: TimeDelta,
    /// How long it is remembered that an event was handled: longer than the longest backlog, since both copies of a
    /// duplicate may be in it. A mark takes some 150 bytes.
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

/// One worker, with a connection of its own (`WATCH` is about a connection). Its name is its own too, among all
/// workers. Names that are no longer used cost little; never delete a consumer that still has pending entries.
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
    /// The receiver is one of the same policy as that of the intake.
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

    /// Set it to true, and the worker ends after what it has taken: at most an entry of each stream.
    #[must_use]
    pub fn stop_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.stop)
    }

    /// Works until it is told to stop, through failures and restarts of Redis.
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
        let redis = &mut self.client.get_multiplexed_async_connection_with_config(&config).await?;
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

    /// Takes what other workers, or this one, have left for too long.
    async fn take_over(&self, redis: &mut MultiplexedConnection, stream: &str) -> RedisResult<()> {
        let mut cursor = "0-0".to_owned();
        loop {
            let idle = self.settings.take_over_after;
            let (next, entry) = redis_calls::take_over(redis, stream, &self.name, idle, &cursor).await?;
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
        let error = match self.receiver.parse_live_at(&entry.body, entry.received_at).await {
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
        // A task of its own: a panic of the handler ends that and not the worker.
        let failure = match tokio::spawn(handling).await {
            Ok(Ok(Ok(effects))) => {
                // If another worker was faster, the entry is found to be a duplicate when it is next taken over.
                return redis_calls::commit(redis, entry, effects, &mark, self.settings.remember).await;
            }
            Ok(Ok(Err(error))) => error.to_string(),
            Ok(Err(_)) => "it takes too long".to_owned(),
            Err(panic) => panic.to_string(),
        };
        eprintln!("{}: {shown} failed: {failure}", self.name);
        redis_calls::unwatch(redis).await
    }

    async fn bury(&self, redis: &mut MultiplexedConnection, entry: &Entry, reason: &str) -> RedisResult<()> {
        eprintln!("{}: {} goes to the dead letters: {reason}", self.name, entry.id);
        redis_calls::bury(redis, entry, &self.names.dead(), reason).await
    }
}
