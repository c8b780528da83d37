//! Verifies bodies that arrived while their key was not available, as of their time of receipt. What was not yet valid then
//! is verified as of now.

use std::sync::Arc;
use std::time::Duration;

use moneyhub_webhooks::{Error, ErrorKind};

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
        let verify_as_of = |time| self.verify_body(body.body.as_bytes(), time, LIMIT);
        let mut received_at = body.received_at;
        let mut verified = verify_as_of(received_at).await;
        let is_not_yet_valid = |error: &Error| error.kind() == ErrorKind::NotYetValid;
        if verified.as_ref().is_err_and(is_not_yet_valid) {
            // A clock was wrong. As if it came now, it may be valid.
            received_at = self.now();
            verified = verify_as_of(received_at).await;
        }
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
                // Discarded only if nobody can want it. What was signed and rejected before stays, since its key may have
                // been removed meanwhile.
                let was_signed = !body.reason.starts_with(NO_KEYS);
                let is_kept = was_signed || !error.may_be_discarded();
                let reason = if was_signed || error.is_signed() {
                    error.to_string()
                } else {
                    format!("{NO_KEYS}: {error}")
                };
                is_kept.then(|| {
                    Entry::Body(Body {
                        kind: Kind::Rejected,
                        reason,
                        ..body.clone()
                    })
                })
            }
        };
        let is_kept = entry.is_some();
        if let Some(entry) = entry {
            let insert = self.store.insert(vec![Arc::new(entry)], self.now());
            let stored = limited(LIMIT, insert).await?;
            match stored[..] {
                [Stored::Fresh] => self.wake.notify_waiters(),
                // Only what is rejected has a quota. The body stays as it is.
                [Stored::Full] => {
                    observe::no_room(&"the quota of rejected bodies is used up");
                    return Ok(());
                }
                _ => {}
            }
        }
        match verified {
            Ok((webhook, _)) => observe::verified_later(&format_args!("{webhook:?}")),
            Err(error) => observe::rejected_later(&error, &is_kept),
        }
        self.store.remove(&body).await
    }
}
