//! What the tasks of an inbox share: the store, the spill folder, the policy and the clock.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Error, ErrorKind, Receiver, Webhook};
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

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
    pub(crate) store_limit: Duration,
    pub(crate) handler_limit: Duration,
    /// The store does not take anything at the moment, or its tables are not there yet: for what anyone can send, and
    /// for what Moneyhub has signed. The former may wait for other machines.
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

    /// Brings the tables up to date, and learns since when the store remembers.
    pub(crate) async fn prepare(&self) -> Result<()> {
        let since = self.store.prepare(self.now()).await?;
        self.late.remembers_since(since);
        Ok(())
    }

    /// Verifies a body as of its time of receipt, and waits until a limit for its key. A token that is late is accepted
    /// by the rule of [`Late`]: the time is then that of [`Late::accept`].
    pub(crate) async fn verify_body(
        &self,
        body: &[u8],
        received_at: DateTime<Utc>,
        limit: Duration,
    ) -> Result<(Webhook, Option<DateTime<Utc>>), Error> {
        let deadline = Instant::now() + limit;
        let verify = async |receiver: &Receiver| {
            let received = timeout_at(deadline, receiver.receive_at(body, received_at)).await;
            // Without the key that it waits for.
            received.unwrap_or_else(|_| receiver.parse_at(body, received_at))
        };
        let mut verified = verify(&self.receiver).await;
        let is_unknown =
            |error: &Error| error.kind() == ErrorKind::UnknownKey && !error.is_transient();
        if verified.as_ref().is_err_and(is_unknown) {
            // No key is fetched for a token that is rejected whatever its key, as a late one is.
            verified = match verify(self.late.receiver()).await {
                Ok(_) => self.receiver.parse_at(body, received_at),
                Err(error) if error.is_transient() => Err(error),
                Err(_) => verified,
            };
        }
        let error = match verified {
            Ok(webhook) => return Ok((webhook, None)),
            Err(error) => error,
        };
        match self.late.accept(&error, body, received_at) {
            Some((webhook, since)) => Ok((webhook, Some(since))),
            None => Err(error),
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
        // What anyone can send may wait for itself.
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
