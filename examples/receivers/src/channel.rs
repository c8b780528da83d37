//! The hand-over within one process: a bounded channel, a worker behind it, and a guard against duplicates.
//!
//! What is in the channel is lost if the process crashes, and what the handler fails at for half a minute is given up. A
//! stop that is asked for loses nothing but bodies for which there are no keys to the end ([`Report`] counts them): the
//! worker ends when the last [`Intake`](crate::intake::Intake) is dropped and the channel is empty. Where that is too
//! much to lose, take the [queue](crate::queue).
//!
//! The guard may be one that machines share. It is then told "seen" before the handling, which a crash may prevent;
//! nothing more is lost by that: what was in the channel is lost anyway, and Moneyhub sends no second copy.

mod backlog;
mod unjudged;
mod worker;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use moneyhub_webhooks::{Admission, Receiver, ReplayGuard, Webhook};
use tokio::sync::mpsc;

use crate::answer::Answer;
use crate::intake::{Clock, HandOver};
pub use backlog::ChannelBacklog;
use unjudged::Unjudged;
pub use worker::{Handled, Report, Worker};

/// How long a webhook is remembered that can be replayed without end, as plain JSON can.
const WINDOW: TimeDelta = TimeDelta::hours(24);

/// How much a channel takes, and how often what failed is tried again.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Webhooks that wait for the worker. A large one takes 150 KB, most take 1.
    pub webhooks: usize,
    /// Bytes of bodies that wait for keys.
    pub unjudged: usize,
    /// From one try to judge these to the next.
    pub judge_every: Duration,
    /// How often a webhook is given to the handler before it is given up. With the pauses, long enough for what the
    /// handler needs to be started again; a webhook that it can't handle holds up the others for as long.
    pub attempts: u32,
    /// From the first attempt to the second. Each pause is twice the one before.
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

/// The near end, for an intake.
pub struct Channel<G> {
    receiver: Receiver,
    guard: Arc<G>,
    webhooks: mpsc::Sender<Webhook>,
    unjudged: Arc<Unjudged>,
}

/// Both ends of a channel. Spawn the worker's `run`, and wait for it after the server has stopped.
pub fn channel<G: ReplayGuard, F>(
    receiver: &Receiver,
    guard: G,
    clock: Clock,
    limits: Limits,
    handler: F,
) -> (Channel<G>, Worker<G, F>) {
    let (sender, webhooks) = mpsc::channel(limits.webhooks);
    let receiver = receiver.clone();
    let guard = Arc::new(guard);
    let unjudged = Arc::new(Unjudged::new(limits.unjudged));
    let worker = Worker {
        receiver: receiver.clone(),
        guard: Arc::clone(&guard),
        webhooks,
        unjudged: Arc::clone(&unjudged),
        clock,
        limits,
        handler,
        report: Report::default(),
    };
    (Channel { receiver, guard, webhooks: sender, unjudged }, worker)
}

impl<G> Channel<G> {
    /// What waits in it, for those who watch.
    #[must_use]
    pub fn backlog(&self) -> ChannelBacklog {
        ChannelBacklog { webhooks: self.webhooks.downgrade(), unjudged: Arc::clone(&self.unjudged) }
    }
}

impl<G: ReplayGuard + 'static> HandOver for Channel<G> {
    async fn accept(&self, webhook: Webhook, _body: Bytes, received_at: DateTime<Utc>) -> Answer {
        // Room first: then what is marked as seen is sure to be handled, and no mark has to be taken back.
        let Ok(room) = self.webhooks.try_reserve() else {
            eprintln!("{webhook:?} is lost: fetch from the API what it was about");
            return Answer::NoRoom;
        };
        let until = self.receiver.replayable_until(&webhook).unwrap_or(received_at + WINDOW);
        if is_duplicate(&*self.guard, &webhook, received_at, until).await {
            return Answer::Duplicate;
        }
        room.send(webhook);
        Answer::Accepted
    }

    async fn keep(&self, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        if self.unjudged.keep(&body, received_at) { Answer::Stored } else { Answer::NoRoom }
    }
}

/// The key is made of the id *and* of who vouches for it, so that a stranger's plain JSON with the id of a genuine
/// event does not hide that event.
async fn is_duplicate(
    guard: &impl ReplayGuard,
    webhook: &Webhook,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> bool {
    match guard.admit(&webhook.replay_key(), now, until).await {
        Ok(admission) => admission == Admission::Duplicate,
        // It comes once: to handle it twice is better than never.
        Err(error) => {
            eprintln!("duplicates are not noticed: {error}");
            false
        }
    }
}
