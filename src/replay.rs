//! [`ReplayGuard`]: deduplicates webhooks by their [`ReplayKey`].
//!
//! [`MemoryReplayGuard`] stores the keys in this process, `RedisReplayGuard` in a Redis that machines share.

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

/// Remembers webhooks, so that a duplicate is not handled again: a token that an attacker recorded and sends again, or
/// a webhook that was delivered twice.
///
/// | guard | stores keys | use it for |
/// |---|---|---|
/// | [`MemoryReplayGuard`] | in this process | one machine, or duplicates that reach the same machine |
/// | `RedisReplayGuard` (feature `redis`) | in a Redis that machines share | several machines, and across restarts |
/// | your own table | in the transaction of the effect | effects that happen exactly once: see [`ReplayKey`] |
///
/// Call it after the webhook is accepted and before it is handled:
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use moneyhub_webhooks::{Admission, Receiver, ReplayGuard, Webhook};
///
/// /// How long to remember plain JSON, which does not expire.
/// const WINDOW: TimeDelta = TimeDelta::hours(24);
///
/// /// Returns the HTTP status to respond with.
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
///         Ok(Admission::Duplicate) => return 204, // as for a fresh webhook
///         // Handle it anyway: Moneyhub sends it once, and twice is better than never.
///         Err(error) => eprintln!("could not deduplicate: {error}"),
///     }
///     match handle(webhook).await {
///         Ok(()) => 204,
///         Err(_) => {
///             let _ = guard.release(&key).await; // on an error, the key expires by itself
///             500
///         }
///     }
/// }
/// ```
///
/// The time is an argument: pass the time of receipt at which you parsed the body. If you parse a body long after its
/// receipt, [`replayable_until`](crate::Receiver::replayable_until) may have passed. Then pass the current time as
/// `now`, and a later `until` of your choice.
///
/// An [`Arc`] of a guard is also a guard. The futures are [`Send`]. The trait is not dyn-compatible.
///
/// # Implement your own guard
///
/// ```
/// use std::convert::Infallible;
///
/// use chrono::{DateTime, Utc};
/// use moneyhub_webhooks::{Admission, ReplayGuard, ReplayKey};
///
/// /// Deduplicates nothing.
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
    /// Why the guard failed. It says nothing about the webhook.
    type Error: Error + Send + Sync + 'static;

    /// Returns whether a webhook is fresh or a duplicate, and remembers a fresh one up to and including `until`.
    ///
    /// Of concurrent calls with a key that is not remembered, only one returns [`Admission::Fresh`].
    ///
    /// A duplicate does not extend the `until` of the first call. If `until` is before `now`, a remembered key is still
    /// a duplicate, and any other key is fresh but not remembered.
    ///
    /// # Errors
    ///
    /// Returns an error if the guard can't tell. The key may or may not be remembered. Handle the webhook anyway, or
    /// store it: Moneyhub sends it once, so handling a duplicate is better than losing it. Don't call `admit` again for
    /// it: the result may be `Duplicate` because of the failed call.
    fn admit(
        &self,
        key: &ReplayKey,
        now: DateTime<Utc>,
        until: DateTime<Utc>,
    ) -> impl Future<Output = Result<Admission, Self::Error>> + Send;

    /// Forgets a webhook whose handling failed, so that its next delivery is fresh. Does nothing if the key is not
    /// remembered.
    ///
    /// # Errors
    ///
    /// Returns an error if the guard may still remember the key, up to its `until`.
    fn release(&self, key: &ReplayKey) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Whether a [`ReplayGuard`] has seen a webhook before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[must_use = "a duplicate must not be handled"]
pub enum Admission {
    /// It has not been seen, and is now remembered. Handle it.
    Fresh,
    /// It has been seen. Respond as to a fresh one, and do nothing.
    Duplicate,
}

impl Admission {
    /// Returns `true` if it is [`Fresh`](Self::Fresh).
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
