//! What follows the answer: a delivery is recorded, forwarded and shown, one after the other in the order of the answers.

use std::sync::Arc;

use moneyhub_webhooks::ErrorKind;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::Listen;
use super::delivery::Delivery;
use crate::document::line;
use crate::output::Output;
use crate::recording::Recorded;

/// A delivery that was answered.
pub(super) struct Answered {
    pub(super) delivery: Delivery,
    /// By a `listen`, which may be this one.
    pub(super) was_forwarded: bool,
    /// Its places, which limit how many wait here.
    pub(super) _places: [Option<OwnedSemaphorePermit>; 2],
}

impl Listen {
    pub(super) async fn follow(self: Arc<Self>, mut answered: mpsc::UnboundedReceiver<Answered>) {
        while let Some(answered) = answered.recv().await {
            self.record(&answered.delivery).await;
            self.forward_and_show(answered).await;
        }
    }

    async fn record(&self, delivery: &Delivery) {
        if let Some(recorder) = self.recorder.as_ref().filter(|_| delivery.is_whole()) {
            recorder.write(line(&delivery.as_recorded())).await;
        }
    }

    async fn forward_and_show(self: &Arc<Self>, answered: Answered) {
        let mut delivery = answered.delivery;
        if let Some(forwarder) = self.forwarder.as_ref().filter(|_| delivery.is_whole()) {
            match forwarder.room(&delivery.body, answered.was_forwarded).await {
                Err(not) => delivery.forwarded = Some(not),
                Ok(room) => {
                    let listen = Arc::clone(self);
                    // Shown when the target has answered.
                    tokio::spawn(async move {
                        listen.forward(&mut delivery).await;
                        listen.show(delivery).await;
                        drop(room);
                    });
                    return;
                }
            }
        }
        self.show(delivery).await;
    }

    async fn forward(&self, delivery: &mut Delivery) {
        if let Some(forwarder) = &self.forwarder {
            let body = delivery.body.clone();
            let content_type = delivery.content_type.as_deref();
            delivery.forwarded = Some(forwarder.forward(body, content_type).await);
        }
    }

    async fn show(&self, delivery: Delivery) {
        let shown = match self.output {
            Output::Text => delivery.to_line(),
            Output::Json => line(&delivery.as_json(&delivery.report(&self.policy))),
        };
        self.log.add(delivery);
        self.printer.write(shown).await;
    }
}

impl Delivery {
    /// A body that was not read in full can be neither recorded nor forwarded.
    fn is_whole(&self) -> bool {
        self.outcome.verdict.error_kind() != Some(ErrorKind::TooLarge)
    }

    fn as_recorded(&self) -> Recorded {
        Recorded::new(
            self.received_at,
            &self.path,
            self.content_type.as_deref(),
            self.status,
            &self.body,
        )
    }
}
