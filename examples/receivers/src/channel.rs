//! Stores webhooks within one process: a bounded channel, a worker that reads it, and a guard against duplicates.
//!
//! What can be lost:
//!
//! - A crash of the process loses what is in the channel.
//! - A webhook whose handler keeps failing for half a minute is given up.
//! - A requested stop loses only bodies that could not be verified, because there were no keys to the end. [`Report`]
//!   counts them. The worker ends when the last [`Intake`](crate::intake::Intake) is dropped and the channel is empty.
//!
//! If that is too much, use the [queue](crate::queue).
//!
//! The guard marks a webhook as seen before the webhook is handled. A crash in between loses nothing more: the guard is
//! in this process too.

mod backlog;
mod unjudged;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use moneyhub_webhooks::{MemoryReplayGuard, Receiver, Webhook};
use tokio::sync::mpsc;

use crate::answer::Answer;
use crate::intake::{Clock, HandOver};
pub use backlog::ChannelBacklog;
use unjudged::Unjudged;
pub use worker::{Handled, Report, Worker};

/// How long the guard remembers a webhook that never expires, such as plain JSON.
const WINDOW: TimeDelta = TimeDelta::hours(24);

/// The capacity of a channel, and how its worker retries.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// How many webhooks may wait for the worker. A large one takes 150 KB, most take 1 KB.
    pub webhooks: usize,
    /// How many bytes of bodies may wait for keys.
    pub unjudged: usize,
    /// The time from one attempt to verify these bodies to the next.
    pub judge_every: Duration,
    /// How often a webhook is passed to the handler before it is given up. Attempts and pauses together should outlast
    /// a restart of what the handler depends on. A webhook that can't be handled delays the others for as long.
    pub attempts: u32,
    /// The pause between the first attempt and the second. Each pause is twice the one before.
    pub pause: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            webhooks: 1024,
            unjudged: 16 * 1024 * 1024,
            judge_every: Duration::from_secs(5),
            attempts: 6,
            pause: Duration::from_secs(1),
        }
    }
}

/// The sending end, for an intake.
pub struct Channel {
    receiver: Receiver,
    guard: MemoryReplayGuard,
    webhooks: mpsc::Sender<Webhook>,
    unjudged: Arc<Unjudged>,
}

/// Creates both ends of a channel. Spawn the worker's `run`, and wait for it after the server has stopped.
pub fn channel<F>(
    receiver: &Receiver,
    guard: MemoryReplayGuard,
    clock: Clock,
    limits: Limits,
    handler: F,
) -> (Channel, Worker<F>) {
    let (sender, webhooks) = mpsc::channel(limits.webhooks);
    let receiver = receiver.clone();
    let unjudged = Arc::new(Unjudged::new(limits.unjudged));
    let worker = Worker {
        receiver: receiver.clone(),
        guard: guard.clone(),
        webhooks,
        unjudged: Arc::clone(&unjudged),
        clock,
        limits,
        handler,
        report: Report::default(),
    };
    (
        Channel {
            receiver,
            guard,
            webhooks: sender,
            unjudged,
        },
        worker,
    )
}

impl Channel {
    /// Returns the backlog of the channel, for [`watch`](crate::watch).
    #[must_use]
    pub fn backlog(&self) -> ChannelBacklog {
        ChannelBacklog {
            webhooks: self.webhooks.downgrade(),
            unjudged: Arc::clone(&self.unjudged),
        }
    }
}

impl HandOver for Channel {
    async fn accept(&self, webhook: Webhook, _body: Bytes, received_at: DateTime<Utc>) -> Answer {
        // Reserve room first: then every webhook that is marked as seen is sent, and no mark has to be released.
        let Ok(room) = self.webhooks.try_reserve() else {
            eprintln!("{webhook:?} is lost: fetch from the API what it was about");
            return Answer::NoRoom;
        };
        let until = self
            .receiver
            .replayable_until(&webhook)
            .unwrap_or(received_at + WINDOW);
        if !self.guard.insert(&webhook.replay_key(), received_at, until) {
            return Answer::Duplicate;
        }
        room.send(webhook);
        Answer::Accepted
    }

    async fn keep(&self, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        if self.unjudged.keep(&body, received_at) {
            Answer::Stored
        } else {
            Answer::NoRoom
        }
    }
}
