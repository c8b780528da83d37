//! Attempts under a lease: the handler runs without a transaction, and nobody else claims the webhook meanwhile.

use std::time::Duration;

use moneyhub_webhooks::StoredWebhook;
use tokio::time::sleep;

use super::{Attempt, Stopped, caught};
use crate::core::Core;
use crate::handler::{Handled, Handler};
use crate::observe;
use crate::retry;
use crate::store::{Claim, Operations};

/// From the time limit of the handler to the end of the lease: for the way to the store and back.
const MARGIN: Duration = Duration::from_secs(5);

/// How often the end of an attempt is noted until that succeeds. If it does not, the webhook is handled again.
const TRIES: u32 = 3;

pub(super) struct Lease<H>(pub(super) H);

impl<S: Operations, H: Handler> Attempt<S> for Lease<H> {
    const CLAIMS: u32 = 1;

    fn lease(core: &Core<S>) -> Duration {
        core.handler_timeout.saturating_add(MARGIN)
    }

    async fn attempt(&self, core: &Core<S>, claims: Vec<Claim>, _: &Stopped) {
        for claim in claims {
            let handled = match read(&claim) {
                Ok(webhook) => {
                    // Within the future, since a handler may panic before it returns one.
                    let handler = async { self.0.handle(&webhook).await };
                    let handled = caught(handler, core.handler_timeout).await;
                    handled.unwrap_or_else(Handled::Retry)
                }
                Err(handled) => handled,
            };
            core.end(&claim, handled).await;
        }
    }
}

impl<S: Operations> Core<S> {
    /// Notes how an attempt ended, outside of a transaction of its effects.
    pub(crate) async fn end(&self, claim: &Claim, handled: Handled) {
        let ended = retry::ended(handled, claim, self.now());
        observe::attempt(claim, &ended);
        for _ in 0..TRIES {
            match self.store.end(claim, ended.clone(), self.now()).await {
                Ok(()) => return,
                Err(error) => observe::not_worked(&error),
            }
            sleep(MARGIN / (TRIES + 1)).await;
        }
    }
}

/// Reads the webhook of a claim. A newer version of this crate may have written it in a form that this one does not know.
pub(crate) fn read(claim: &Claim) -> Result<StoredWebhook, Handled> {
    let unreadable = |error| Handled::Retry(format!("the stored webhook can't be read: {error}"));
    serde_json::from_str(&claim.webhook).map_err(unreadable)
}
