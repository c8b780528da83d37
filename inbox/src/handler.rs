//! [`Handler`]: your code, and [`Handled`]: what it says about a webhook.

use std::fmt::Display;
use std::sync::Arc;
use std::time::Duration;

use moneyhub_webhooks::StoredWebhook;

/// Handles webhooks, each **at least once**: for calls over HTTP, mail, and anything slow.
///
/// A worker claims a webhook under a lease, calls the handler without a transaction, and removes the webhook when it is
/// [`Done`](Handled::Done). If the process crashes in between, the webhook is handled again: make the effect
/// idempotent, for example by the [`replay_key`](StoredWebhook::replay_key). With PostgreSQL, `TransactionHandler`
/// handles each webhook exactly once.
///
/// The handler is dropped at an `await` when it exceeds its time limit, and its panics are caught. Both count as
/// [`Retry`](Handled::Retry).
///
/// # Examples
///
/// ```
/// use moneyhub_webhooks::{Event, StoredWebhook};
/// use moneyhub_webhooks_inbox::{Handled, Handler};
///
/// struct Mailer;
///
/// impl Handler for Mailer {
///     async fn handle(&self, webhook: &StoredWebhook) -> Handled {
///         match webhook.event() {
///             Event::PaymentError(payment) => self.send(payment.payment_id.as_str()).await.into(),
///             // A known event in a new form: `Done` would throw it away.
///             Event::Malformed(event) => Handled::Dead(format!("{}: {}", event.path(), event.reason())),
///             _ => Handled::Done,
///         }
///     }
/// }
///
/// impl Mailer {
///     async fn send(&self, payment: &str) -> Result<(), std::io::Error> {
///         Ok(()) // sends a mail
///     }
/// }
/// ```
pub trait Handler: Send + Sync {
    /// Handles a webhook.
    fn handle(&self, webhook: &StoredWebhook) -> impl Future<Output = Handled> + Send;
}

impl<H: Handler> Handler for &H {
    fn handle(&self, webhook: &StoredWebhook) -> impl Future<Output = Handled> + Send {
        H::handle(self, webhook)
    }
}

impl<H: Handler> Handler for Arc<H> {
    fn handle(&self, webhook: &StoredWebhook) -> impl Future<Output = Handled> + Send {
        H::handle(self, webhook)
    }
}

/// What became of a webhook. A `Result` converts into it: an error means [`Retry`](Self::Retry), with its message.
///
/// Reasons are stored and logged: leave personal data out of them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Handled {
    /// It is handled. It is removed, and only its replay key is remembered: don't say so of an event that you can't read
    /// yet, `Event::Malformed` for example.
    Done,
    /// It failed. It is tried again after a pause that grows from 1 second to 1 hour. After three days it becomes a dead
    /// letter.
    Retry(String),
    /// It failed, and is tried again after this pause, of at least 1 second: for example that of a `Retry-After` header.
    /// After three days it becomes a dead letter.
    RetryAfter(Duration, String),
    /// No retry would help: it becomes a dead letter at once.
    Dead(String),
}

impl<E: Display> From<Result<(), E>> for Handled {
    fn from(result: Result<(), E>) -> Self {
        match result {
            Ok(()) => Self::Done,
            Err(error) => Self::Retry(error.to_string()),
        }
    }
}
