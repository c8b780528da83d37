//! [`ReplayGuard`]: what was seen already is not handled again. A [`ReplayKey`] says what a copy is, and a guard
//! remembers keys: [`MemoryReplayGuard`] in this process, `RedisReplayGuard` for all machines.

mod key;
mod memory;
#[cfg(feature = "redis")]
mod redis;

use std::error::Error;
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use key::{ParseReplayKeyError, ReplayKey};
pub use memory::MemoryReplayGuard;
#[cfg(feature = "redis")]
pub use redis::{RedisReplayError, RedisReplayGuard};

/// Remembers which webhooks were seen, so that a copy of one is not handled again: a token that was recorded and
/// is sent anew, or a delivery that came twice.
///
/// | guard | remembers | |
/// |---|---|---|
/// | [`MemoryReplayGuard`] | in this process | one machine, or copies that come back to the same one |
/// | `RedisReplayGuard` (feature `redis`) | in a Redis that machines share | several machines, and restarts |
/// | a table of yours | with the effect, in one transaction | effects exactly once: see [`ReplayKey`] |
///
/// Ask it after the webhook was accepted and before it is handled:
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use moneyhub_webhooks::{Admission, Receiver, ReplayGuard, Webhook};
///
/// /// How long plain JSON is remembered, which has no time of its own.
/// const WINDOW: TimeDelta = TimeDelta::hours(24);
///
/// /// The HTTP status to answer.
/// async fn receive(
///     receiver: &Receiver,
///     guard: &impl ReplayGuard,
///     body: &[u8],
///     now: DateTime<Utc>,
///     handle: impl AsyncFnOnce(Webhook) -> Result<(), String>,
/// ) -> u16 {
///     let webhook = match receiver.parse_at(body, now) {
///         Ok(webhook) => webhook,
///         Err(error) => return error.http_status(),
///     };
///     let key = webhook.replay_key();
///     let until = receiver.replayable_until(&webhook).unwrap_or(now + WINDOW);
///     match guard.admit(&key, now, until).await {
///         Ok(Admission::Fresh) => {}
///         Ok(Admission::Duplicate) => return 204, // as if it were fresh, so that its sender is content
///         // Handled all the same: the webhook comes once, and twice is better than never.
///         Err(error) => eprintln!("duplicates are not noticed: {error}"),
///     }
///     match handle(webhook).await {
///         Ok(()) => 204,
///         Err(_) => {
///             let _ = guard.release(&key).await; // its own end of time does as well
///             500
///         }
///     }
/// }
/// ```
///
/// Time is an argument here too: give the time of receipt, the same that the body was judged at. A body that is
/// judged much later than it was received has an end that has passed: give such bodies a window of your own, from
/// the clock of then.
///
/// A guard that is an [`Arc`] of a guard is a guard too. The futures are [`Send`]; a `dyn ReplayGuard` there is not.
///
/// # A guard of your own
///
/// ```
/// use std::convert::Infallible;
///
/// use chrono::{DateTime, Utc};
/// use moneyhub_webhooks::{Admission, ReplayGuard, ReplayKey};
///
/// /// Notices nothing.
/// struct Unguarded;
///
/// impl ReplayGuard for Unguarded {
///     type Error = Infallible;
///
///     async fn admit(&self, _: &ReplayKey, _: DateTime<Utc>, _: DateTime<Utc>) -> Result<Admission, Infallible> {
///         Ok(Admission::Fresh)
///     }
///
///     async fn release(&self, _: &ReplayKey) -> Result<(), Infallible> {
///         Ok(())
///     }
/// }
/// ```
pub trait ReplayGuard: Send + Sync {
    /// Why the guard can't say. It is never a verdict on the webhook.
    type Error: Error + Send + Sync + 'static;

    /// Asks whether a webhook was seen, and remembers it up to and including `until`. Of many that ask at once
    /// for one key, one is told [`Admission::Fresh`].
    ///
    /// The first `until` of a key stands: a duplicate does not prolong it. Where `until` is before `now`, a key
    /// that is remembered is a duplicate all the same, and another is fresh and not remembered.
    ///
    /// # Errors
    ///
    /// The guard can't say, nor whether it will remember. Handle the webhook all the same, or store it: it comes
    /// once, so a duplicate is the lesser evil. Don't ask again for it, or the answer may be that it was seen: by
    /// the question that failed.
    fn admit(
        &self,
        key: &ReplayKey,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Future<Output = Result<Admission, Self::Error>> + Send;

    /// Forgets a webhook whose handling has failed: the next copy of it is fresh. That a key is not remembered is
    /// no error.
    ///
    /// # Errors
    ///
    /// The guard may remember it still, up to its `until`.
    fn release(&self, key: &ReplayKey) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// What a [`ReplayGuard`] says of a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "a duplicate must not be handled"]
pub enum Admission {
    /// It was not seen, and is remembered from now on: handle it.
    Fresh,
    /// It was seen: answer what a fresh one is answered, and do nothing.
    Duplicate,
}

impl Admission {
    /// Whether it is [`Fresh`](Self::Fresh).
    #[must_use]
    pub fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh)
    }
}

impl<G: ReplayGuard + ?Sized> ReplayGuard for Arc<G> {
    type Error = G::Error;

    async fn admit(
        &self,
        key: &ReplayKey,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> Result<Admission, G::Error> {
        (**self).admit(key, now, until).await
    }

    async fn release(&self, key: &ReplayKey) -> Result<(), G::Error> {
        (**self).release(key).await
    }
}
