//! Verifies bodies that arrived while their key was not available, as of their time of receipt.

use std::sync::Arc;
use std::time::Duration;

use crate::core::Core;
use crate::entry::{Body, Entry, Kind, NO_KEYS};
use crate::observe;
use crate::retry::PATIENCE;
use crate::store::{LIMIT, Operations, Result, StoreError, Stored, limited};

/// How many bodies at a time.
const BODIES: u32 = 16;

/// From one verification of a body to the next: the cooldown of `RemoteKeys`.
const AGAIN: Duration = Duration::from_secs(30);

impl<S: Operations> Core<S> {
    /// Verifies the bodies that are due. Each is verified by one worker at a time. One that fails holds up no other,
    /// unless the store is down.
    pub(crate) async fn verify_kept(&self) -> Result<()> {
        let mut outcome = Ok(());
        loop {
            let bodies = self.store.unverified(BODIES, self.now(), AGAIN).await?;
            if bodies.is_empty() {
                return outcome;
            }
            for body in bodies {
                match self.verify(body).await {
                    Err(error) if error.is_transient() => return Err(error),
                    verified => outcome = outcome.and(verified),
                }
            }
        }
    }

    /// A crash between the two statements, that of the result and that of the removal, leaves the body: the next result
    /// is a duplicate.
    async fn verify(&self, body: Body) -> Result<()> {
        let received_at = body.received_at;
        let verified = self.verify_body(body.body.as_bytes(), received_at, LIMIT);
        let verified = verified.await;
        let entry = match &verified {
            Ok((webhook, late_since)) => {
                let webhook = webhook.clone();
                let entry = Entry::accepted(&self.receiver, webhook, received_at, *late_since);
                Some(entry.map_err(|error| StoreError::new(error.to_string()))?)
            }
            Err(error) => {
                if error.is_transient() && self.now() - received_at <= PATIENCE {
                    return Ok(());
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
                // What was verified has no quota, so it is rejected. It stays as it is.
                [Stored::Full] => {
                    observe::no_room(&"the quota of rejected bodies is used up");
                    return Ok(());
                }
                _ => {}
            }
        }
        match verified {
            Ok((webhook, _)) => observe::verified_later(&format_args!("{webhook:?}")),
            Err(error) => observe::rejected_later(&error),
        }
        self.store.remove(&body).await
    }
}
