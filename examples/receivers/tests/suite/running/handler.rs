//! A handler that keeps account.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use moneyhub_webhooks::Webhook;
use moneyhub_webhooks_receivers::channel::Handled;
use moneyhub_webhooks_receivers::queue::Names;
use moneyhub_webhooks_receivers::worker::Effects;
use tokio::sync::watch;

use crate::harness::patience::until;

/// What is noted of one that is handled.
pub(super) fn line(webhook: &Webhook) -> String {
    format!("{} {}", webhook.id(), webhook.authenticity().is_signed())
}

/// Keeps account of what is handled. Waits while the gate is closed; panics where the id says so.
pub(crate) struct Handler {
    handled: Mutex<Vec<String>>,
    calls: AtomicU64,
    gate: watch::Sender<bool>,
}

impl Handler {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            handled: Mutex::default(),
            calls: AtomicU64::new(0),
            gate: watch::Sender::new(true),
        })
    }

    pub(crate) async fn pass(&self, webhook: &Webhook) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut gate = self.gate.subscribe();
        gate.wait_for(|open| *open)
            .await
            .expect("the gate is there");
        assert!(
            !webhook.id().as_str().starts_with("panic"),
            "as it was told"
        );
    }

    pub(crate) async fn handle(self: Arc<Self>, webhook: Webhook) -> Handled {
        self.pass(&webhook).await;
        let mut handled = self.handled.lock().expect("no panic");
        handled.push(line(&webhook));
        Ok(())
    }

    pub(crate) async fn effects(self: Arc<Self>, names: Names, webhook: Webhook) -> Effects {
        self.pass(&webhook).await;
        let mut effects = redis::pipe();
        effects.rpush(names.key("handled-by-test"), line(&webhook));
        Ok(effects)
    }

    /// Returns when it was called so often.
    pub(crate) async fn called(&self, times: u64) {
        assert!(
            until(async || self.calls() >= times).await,
            "it was called {} times",
            self.calls()
        );
    }

    pub(crate) fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    pub(super) fn handled(&self) -> Vec<String> {
        self.handled.lock().expect("no panic").clone()
    }

    pub(crate) fn close(&self) {
        self.gate.send_replace(false);
    }

    pub(crate) fn open(&self) {
        self.gate.send_replace(true);
    }
}
