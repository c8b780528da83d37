//! The far end of a channel: handles what was accepted, judges what could not be judged, and ends when there is
//! nothing left to come.

use std::error::Error;
use std::sync::Arc;

use chrono::TimeDelta;
use moneyhub_webhooks::{MemoryReplayGuard, Receiver, Webhook};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::unjudged::Unjudged;
use super::{Limits, WINDOW};
use crate::intake::Clock;
use crate::verdict::{self, Verdict};

/// What a handler says. An error or a panic makes it be called again.
pub type Handled = Result<(), Box<dyn Error + Send + Sync>>;

/// What became of what was taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Handled once, to the handler's satisfaction.
    pub handled: u64,
    /// The handler failed each time.
    pub given_up: u64,
    /// Kept for want of keys, and refused when there were some.
    pub refused_later: u64,
    /// Never judged: there were no keys up to the end.
    pub left_unjudged: u64,
}

/// The far end of a channel. It handles one webhook after the other, and while a handler hangs no other: give what it
/// calls a time limit. What a handler spawns and does not wait for is neither tried again nor finished before a stop.
pub struct Worker<F> {
    pub(super) receiver: Receiver,
    pub(super) guard: MemoryReplayGuard,
    pub(super) webhooks: mpsc::Receiver<Webhook>,
    pub(super) unjudged: Arc<Unjudged>,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    pub(super) handler: F,
    pub(super) report: Report,
}

impl<F, Fut> Worker<F>
where
    F: Fn(Webhook) -> Fut,
    Fut: Future<Output = Handled> + Send + 'static,
{
    /// Works until no intake is left and the channel is empty.
    pub async fn run(mut self) -> Report {
        let mut later = interval(self.limits.judge_every);
        later.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                webhook = self.webhooks.recv() => match webhook {
                    Some(webhook) => self.handle(webhook).await,
                    None => break,
                },
                _ = later.tick() => self.judge_kept().await,
            }
        }
        self.judge_kept().await;
        self.report.left_unjudged = self.unjudged.len() as u64;
        self.report
    }

    async fn handle(&mut self, webhook: Webhook) {
        let mut pause = self.limits.pause;
        for attempt in 1..=self.limits.attempts {
            if attempt > 1 {
                sleep(pause).await;
                pause *= 2;
            }
            // A task of its own: a panic of the handler ends that and not the worker.
            let failure = match tokio::spawn((self.handler)(webhook.clone())).await {
                Ok(Ok(())) => {
                    self.report.handled += 1;
                    return;
                }
                Ok(Err(error)) => error.to_string(),
                Err(panic) => panic.to_string(),
            };
            eprintln!("{webhook:?} failed, attempt {attempt}: {failure}");
        }
        // Should another copy come, it is not a duplicate of anything that was done.
        self.guard.remove(&webhook.replay_key());
        eprintln!("{webhook:?} is given up: fetch from the API what it was about");
        self.report.given_up += 1;
    }

    /// Judges the bodies kept for want of keys as of their receipt, until there is one for which keys are wanting.
    async fn judge_kept(&mut self) {
        while let Some((body, received_at)) = self.unjudged.take() {
            match self.receiver.receive_at(&body, received_at).await {
                Ok(webhook) => {
                    // Its own end has perhaps passed: this one is remembered from now on.
                    let now = (self.clock)();
                    if self.guard.insert(&webhook.replay_key(), now, now + WINDOW) {
                        self.handle(webhook).await;
                    }
                }
                Err(error) => {
                    let waited = (self.clock)() - received_at;
                    if verdict::of(error.kind(), false, waited, TimeDelta::MAX) == Verdict::Wait {
                        self.unjudged.put_back(body, received_at);
                        return;
                    }
                    eprintln!("refused later: {error}");
                    self.report.refused_later += 1;
                }
            }
        }
    }
}
