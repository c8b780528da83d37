//! Turns the raw body of a request into an [`Answer`]. Every receiver shares these lines.

use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::{ErrorKind, Receiver, Webhook};

use crate::answer::Answer;
use crate::encoding::Coding;

/// The largest body in bytes, for the receiver and for the framework in front of it. Moneyhub's largest body, a token
/// with 6000 transactions, has 313 KB.
pub const MAX_BODY: usize = 1024 * 1024;

/// The source of the time of receipt: `Utc::now`, or the clock of a test.
pub type Clock = fn() -> DateTime<Utc>;

/// Stores webhooks, so that each can be answered before it is handled: Moneyhub waits only 5 seconds.
pub trait HandOver: Send + Sync + 'static {
    /// Stores an accepted webhook: as parsed, and as the raw body.
    fn accept(
        &self,
        webhook: Webhook,
        body: Bytes,
        received_at: DateTime<Utc>,
    ) -> impl Future<Output = Answer> + Send;

    /// Stores a body that could not be verified, because there are no keys. Unauthenticated senders can send such
    /// bodies too, so there is a cap.
    fn keep(&self, body: Bytes, received_at: DateTime<Utc>) -> impl Future<Output = Answer> + Send;
}

/// A receiver without the web framework.
pub struct Intake<H> {
    receiver: Receiver,
    clock: Clock,
    hand_over: H,
}

impl<H: HandOver> Intake<H> {
    /// Creates an intake. Sets the limit of the receiver to [`MAX_BODY`].
    pub fn new(receiver: Receiver, clock: Clock, hand_over: H) -> Arc<Self> {
        Arc::new(Self {
            receiver: receiver.max_body(MAX_BODY),
            clock,
            hand_over,
        })
    }

    /// Verifies and stores the **raw** body. Nothing may have parsed it as JSON before: the signature is over these
    /// bytes.
    ///
    /// `coding` is the `Content-Encoding` of the request. An encoded body is rejected only after it was read: a sender
    /// that is answered while it still sends may see a broken connection instead of the answer.
    ///
    /// This runs in a task of its own. When a sender hangs up, frameworks drop the future of its request at whatever
    /// `await` it has reached. That could be after the webhook was marked as seen and before it was stored.
    pub async fn answer(self: &Arc<Self>, coding: Option<Coding>, body: Bytes) -> Answer {
        if let Some(coding) = coding {
            // Without this line, the log would show only a broken body.
            eprintln!("refused: its content encoding is {coding}, and only identity is accepted");
            return Answer::Encoded(coding);
        }
        let intake = Arc::clone(self);
        tokio::spawn(async move { intake.judge(body).await })
            .await
            .unwrap_or(Answer::Failed)
    }

    async fn judge(&self, body: Bytes) -> Answer {
        let received_at = (self.clock)();
        match self.receiver.receive_at(&body, received_at).await {
            Ok(webhook) => self.hand_over.accept(webhook, body, received_at).await,
            Err(error) if error.kind() == ErrorKind::KeysUnavailable => {
                self.hand_over.keep(body, received_at).await
            }
            Err(error) => {
                // Without this line, a wrong client id would lose every webhook silently. The error shows nothing of
                // the body.
                eprintln!("refused: {error}");
                Answer::Refused(error)
            }
        }
    }
}
