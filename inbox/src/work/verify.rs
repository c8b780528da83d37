//! Verifies bodies that arrived while no keys were available, as of their time of receipt.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use moneyhub_webhooks::ErrorKind;

use crate::core::Core;
use crate::entry::{Body, Entry, Kind, NO_KEYS};
use crate::observe;
use crate::retry::PATIENCE;
use crate::store::{LIMIT, Operations, Result, StoreError, Stored, limited};

/// How many bodies at a time.
const BODIES: u32 = 16;

/// From one verification of a body to the next: the cooldown of `RemoteKeys`.
const AGAIN: Duration = Duration::from_secs(30);

/// How long after the receipt of a body the cached keys may still be older than the key of the body: they may have been
/// fetched just before that was published. Twice the cooldown.
const KEYS_SETTLE: TimeDelta = TimeDelta::minutes(1);

impl<S: Operations> Core<S> {
    /// Verifies the bodies that are due. Each is verified by one worker at a time.
    pub(crate) async fn verify_kept(&self) -> Result<()> {
        loop {
            let bodies = self.store.unverified(BODIES, self.now(), AGAIN).await?;
            if bodies.is_empty() {
                return Ok(());
            }
            for body in bodies {
                if !self.verify(body).await? {
                    return Ok(());
                }
            }
        }
    }

    /// A crash between the two statements, that of the result and that of the removal, leaves the body: the next result
    /// is a duplicate.
    ///
    /// Returns `false` if the body stays as it is, because there is no room among the rejected ones.
    async fn verify(&self, body: Body) -> Result<bool> {
        let received_at = body.received_at;
        let waited = self.now() - received_at;
        let verified = self.receiver.receive_at(body.body.as_bytes(), received_at);
        let verified = verified.await;
        let entry = match &verified {
            Ok(webhook) => {
                let entry = Entry::accepted(&self.receiver, webhook.clone(), received_at);
                Some(entry.map_err(|error| StoreError::new(error.to_string()))?)
            }
            Err(error) => {
                let may_wait = match error.kind() {
                    _ if error.is_transient() => Some(PATIENCE),
                    ErrorKind::UnknownKey => Some(KEYS_SETTLE),
                    _ => None,
                };
                if may_wait.is_some_and(|limit| waited <= limit) {
                    return Ok(true);
                }
                // It may be genuine: people have to look at it. So is one that was rejected before, though its key may
                // be gone by now.
                let is_kept = error.is_signed() || error.is_transient() || body.reason != NO_KEYS;
                is_kept.then(|| {
                    Entry::Body(Body {
                        kind: Kind::Rejected,
                        reason: error.to_string(),
                        ..body.clone()
                    })
                })
            }
        };
        if let Some(entry) = entry {
            let insert = self.store.insert(vec![Arc::new(entry)], self.now());
            let stored = limited(LIMIT, insert).await?;
            match stored[..] {
                [Stored::Fresh] => self.wake.notify_waiters(),
                // What was verified has no quota, so it is rejected.
                [Stored::Full] => {
                    observe::no_room(&"the quota of rejected bodies is used up");
                    return Ok(false);
                }
                _ => {}
            }
        }
        match verified {
            Ok(webhook) => observe::verified_later(&format_args!("{webhook:?}")),
            Err(error) => observe::rejected_later(&error),
        }
        self.store.remove(&body).await?;
        Ok(true)
    }
}
