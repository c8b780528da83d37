//! [`Run`]: one fetch, from its claim to its end.

use std::sync::Arc;
use std::thread;

use tokio::time::timeout;

use super::Shared;
use crate::keys::KeyFetch;

/// A running fetch. However it ends, it notifies the webhooks that wait for it: even if the user's function panics, or
/// if the task is dropped before it starts.
pub(super) struct Run {
    shared: Arc<Shared>,
    /// `None` if the fetch has finished.
    fetch: Option<KeyFetch>,
}

impl Run {
    pub(super) fn new(shared: &Arc<Shared>, fetch: KeyFetch) -> Self {
        Self {
            shared: Arc::clone(shared),
            fetch: Some(fetch),
        }
    }

    pub(super) async fn run(mut self) {
        let result = timeout(self.shared.timeout, (self.shared.fetch)()).await;
        let Some(fetch) = self.fetch.take() else {
            return;
        };
        match result {
            // The status has the error.
            Ok(Ok(jwks)) => _ = fetch.succeed(&jwks),
            Ok(Err(reason)) => fetch.fail(reason),
            Err(_) => fetch.fail("no key set within the timeout"),
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        match self.fetch.take() {
            // The user's function panics, and would do so again.
            Some(fetch) if thread::panicking() => drop(fetch),
            // The runtime ends.
            Some(fetch) => fetch.lose(),
            None => {}
        }
        self.shared.fetch_finished.send_replace(());
    }
}
