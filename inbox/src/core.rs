//! What the tasks of an inbox share: the store, the spill folder, the policy and the clock.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Error, Receiver, Webhook};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::late::Late;
use crate::observe;
use crate::spill::Spill;
use crate::store::{Operations, Result};

/// The source of the time.
#[derive(Clone)]
pub(crate) struct Clock(pub(crate) Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock")
    }
}

#[derive(Debug)]
pub(crate) struct Core<S> {
    pub(crate) store: S,
    pub(crate) receiver: Receiver,
    pub(crate) late: Late,
    pub(crate) spill: Option<Spills>,
    pub(crate) clock: Clock,
    /// How long an entry waits for the store before it goes to the spill folder.
    pub(crate) store_timeout: Duration,
    pub(crate) handler_timeout: Duration,
    /// The store does not take anything at the moment, or its tables are not there yet: for what anyone can send, and
    /// for what Moneyhub has signed. The former waits for the lock of its quotas, which another machine may hold.
    pub(crate) is_down: [AtomicBool; 2],
    /// Something was stored.
    pub(crate) wake: Arc<Notify>,
}

/// Folders for what the store does not take.
#[derive(Debug)]
pub(crate) struct Spills {
    /// For what Moneyhub has signed.
    pub(crate) trusted: Arc<Spill>,
    /// For what anyone can send.
    pub(crate) others: Arc<Spill>,
}

impl<S: Operations> Core<S> {
    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.clock.0)()
    }

    /// Makes the store ready, and learns since when it remembers.
    pub(crate) async fn prepare(&self) -> Result<()> {
        let since = self.store.prepare(self.now()).await?;
        self.late.remembers_since(since);
        Ok(())
    }

    /// Verifies a body as of its time of receipt, and waits until a limit for its key. A token that is late is accepted
    /// by the rule of [`Late`]: the time is then that of [`Late::since`].
    pub(crate) async fn verify_body(
        &self,
        body: &[u8],
        received_at: DateTime<Utc>,
        limit: Duration,
    ) -> Result<(Webhook, Option<DateTime<Utc>>), Error> {
        let receiver = self.late.receiver();
        let verified = timeout(limit, receiver.receive_at(body, received_at)).await;
        // Without the key that it waits for.
        let verified = verified.unwrap_or_else(|_| receiver.parse_at(body, received_at));
        let webhook = verified?;
        let until = self.receiver.accepted_until(webhook.authenticity());
        if until.is_none_or(|until| received_at <= until) {
            return Ok((webhook, None));
        }
        match self.late.since(webhook.authenticity()) {
            Some(since) => Ok((webhook, Some(since))),
            // For the error.
            None => Ok((self.receiver.parse_at(body, received_at)?, None)),
        }
    }

    /// Where to put entries instead of asking the store.
    pub(crate) fn spill(&self, is_trusted: bool) -> Option<&Arc<Spill>> {
        let spills = self.spill.as_ref()?;
        Some(if is_trusted {
            &spills.trusted
        } else {
            &spills.others
        })
    }

    /// The size of each spill folder in bytes, with whether it is for what Moneyhub has signed.
    pub(crate) fn spilled_bytes(&self) -> [(bool, u64); 2] {
        let bytes = |is_trusted| self.spill(is_trusted).map_or(0, |spill| spill.bytes());
        [true, false].map(|is_trusted| (is_trusted, bytes(is_trusted)))
    }

    pub(crate) fn is_down(&self) -> bool {
        self.is_down
            .iter()
            .any(|is_down| is_down.load(Ordering::Relaxed))
    }

    pub(crate) fn is_down_for(&self, is_trusted: bool) -> bool {
        self.down_for(is_trusted).load(Ordering::Relaxed)
    }

    pub(crate) fn set_down(&self, is_trusted: bool, is_down: bool) {
        let before = self.down_for(is_trusted).swap(is_down, Ordering::Relaxed);
        // What anyone can send may be slow because of the lock of its quotas: that is no outage.
        if is_trusted && before != is_down {
            observe::store_is(is_down);
        }
    }

    pub(crate) fn set_all_down(&self) {
        for is_trusted in [true, false] {
            self.set_down(is_trusted, true);
        }
    }

    fn down_for(&self, is_trusted: bool) -> &AtomicBool {
        let [others, trusted] = &self.is_down;
        if is_trusted { trusted } else { others }
    }
}
