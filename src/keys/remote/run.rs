//! [`Run`]: one fetch, from its claim to its end.

use std::sync::Arc;

use tokio::time::timeout;

use super::Shared;
use crate::keys::KeyFetch;

/// A running fetch. However it ends, it notifies the webhooks that wait for it: even if the user's function panics, or
/// if the task is dropped before it starts.
pub(super) struct Run {
    // Fields are dropped in this order: the fetch must have finished before `Notify` notifies.
    fetch: KeyFetch,
    notify: Notify,
}

struct Notify(Arc<Shared>);

impl Drop for Notify {
    fn drop(&mut self) {
        self.0.fetch_finished.send_replace(());
    }
}

impl Run {
    pub(super) fn new(shared: &Arc<Shared>, fetch: KeyFetch) -> Self {
        Self {
            fetch,
            notify: Notify(Arc::clone(shared)),
        }
    }

    pub(super) async fn run(self) {
        // Variables are dropped in reverse order.
        let notify = self.notify;
        let fetch = self.fetch;
        let Notify(shared) = &notify;
        match timeout(shared.deadline, (shared.fetch)()).await {
            // The status has the error.
            Ok(Ok(jwks)) => _ = fetch.succeed(&jwks),
            Ok(Err(reason)) => fetch.fail(reason),
            Err(_) => fetch.fail("no key set within the deadline"),
        }
    }
}
