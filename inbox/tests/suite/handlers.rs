//! Handlers that tests use.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use moneyhub_webhooks::StoredWebhook;
use moneyhub_webhooks_inbox::{Handled, Handler};
use tokio::sync::mpsc;

/// Takes some time.
pub(crate) struct Slow(pub(crate) Duration);

impl Handler for Slow {
    async fn handle(&self, _: &StoredWebhook) -> Handled {
        tokio::time::sleep(self.0).await;
        Handled::Done
    }
}

/// Answers what it is told to, and remembers what it was given.
#[derive(Clone)]
pub(crate) struct Says {
    answer: Arc<dyn Fn() -> Handled + Send + Sync>,
    seen: Arc<Mutex<Vec<StoredWebhook>>>,
}

impl Says {
    pub(crate) fn new(answer: impl Fn() -> Handled + Send + Sync + 'static) -> Self {
        Self {
            answer: Arc::new(answer),
            seen: Arc::default(),
        }
    }

    pub(crate) fn done() -> Self {
        Self::new(|| Handled::Done)
    }

    pub(crate) fn seen(&self) -> Vec<StoredWebhook> {
        self.seen.lock().unwrap().clone()
    }

    /// The ids of what it was given, in order.
    pub(crate) fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self
            .seen()
            .iter()
            .map(|webhook| webhook.id().as_str().to_owned())
            .collect();
        ids.sort();
        ids
    }
}

impl Handler for Says {
    async fn handle(&self, webhook: &StoredWebhook) -> Handled {
        self.seen.lock().unwrap().push(webhook.clone());
        (self.answer)()
    }
}

/// Says that it has begun, and never ends.
pub(crate) struct Hangs(mpsc::UnboundedSender<()>);

impl Hangs {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<()>) {
        let (began, begun) = mpsc::unbounded_channel();
        (Self(began), begun)
    }
}

impl Handler for Hangs {
    async fn handle(&self, _: &StoredWebhook) -> Handled {
        // The test may not listen any more.
        let _ = self.0.send(());
        std::future::pending().await
    }
}
