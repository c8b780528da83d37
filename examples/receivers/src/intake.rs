//! From the raw body of a request to an [`Answer`]: the lines that every receiver has in common.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::{ErrorKind, Receiver, Webhook};

use crate::answer::Answer;
use crate::encoding::Coding;

/// The largest body, for the receiver and for the framework in front of it alike. Moneyhub's largest, a token of
/// 6000 transactions, has 313 KB.
pub const MAX_BODY: usize = 1024 * 1024;

/// The time of receipt: `Utc::now`, or that of a test.
pub type Clock = fn() -> DateTime<Utc>;

/// Who takes a webhook over, so that it can be answered before it is handled: Moneyhub waits 5 seconds.
pub trait HandOver: Send + Sync + 'static {
    /// Takes a webhook that was accepted, as it was judged and as it came.
    fn accept(
        &self,
        webhook: Webhook,
        body: Bytes,
        received_at: DateTime<Utc>,
    ) -> impl Future<Output = Answer> + Send;

    /// Takes a body that could not be judged, for want of keys. Strangers send those too: it has a cap.
    fn keep(&self, body: Bytes, received_at: DateTime<Utc>) -> impl Future<Output = Answer> + Send;
}

/// What a receiver is, but for the framework.
pub struct Intake<H> {
    receiver: Receiver,
    clock: Clock,
    hand_over: H,
}

impl<H: HandOver> Intake<H> {
    /// Limits the receiver to [`MAX_BODY`].
    pub fn new(receiver: Receiver, clock: Clock, hand_over: H) -> Arc<Self> {
        Arc::new(Self { receiver: receiver.max_body(MAX_BODY), clock, hand_over })
    }

    /// Judges the **raw** body, before anything has read it as JSON: the signature is over these bytes. `coding` is
    /// what the request names as its `Content-Encoding`. An encoded body is refused after it was read: whoever is
    /// answered while still sending may see the connection break and no answer.
    ///
    /// In a task of its own: when a sender hangs up, frameworks drop the future of its request wherever it waits.
    /// That could be after the webhook was marked as seen and before it was handed over.
    pub async fn answer(self: &Arc<Self>, coding: Option<Coding>, body: Bytes) -> Answer {
        if let Some(coding) = coding {
            // Or it would be a broken body to whoever looks for the reason.
            eprintln!("refused: its content encoding is {coding}, and only identity is accepted");
            return Answer::Encoded(coding);
        }
        let intake = Arc::clone(self);
        tokio::spawn(async move { intake.judge(body).await }).await.unwrap_or(Answer::Failed)
    }

    async fn judge(&self, body: Bytes) -> Answer {
        let received_at = (self.clock)();
        match self.receiver.parse_live_at(&body, received_at).await {
            Ok(webhook) => self.hand_over.accept(webhook, body, received_at).await,
            Err(error) if error.kind() == ErrorKind::KeysUnavailable => {
                self.hand_over.keep(body, received_at).await
            }
            Err(error) => {
                // Or a wrong client id loses every webhook without a word. It holds nothing of the body.
                eprintln!("refused: {error}");
                Answer::Refused(error)
            }
        }
    }
}
