//! [`Run`]: one fetch from its claim to its end.

use std::sync::Arc;

use tokio::time::timeout;

use super::Shared;
use crate::keys::KeyFetch;

/// A fetch on its way. However it ends, by a panic of the function that was given or before it began, those who
/// wait are told.
pub(super) struct Run {
    // In this order, so that the fetch has ended by then.
    fetch: KeyFetch,
    end: End,
}

struct End(Arc<Shared>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.ended.send_replace(());
    }
}

impl Run {
    pub(super) fn new(shared: &Arc<Shared>, fetch: KeyFetch) -> Self {
        Self { fetch, end: End(Arc::clone(shared)) }
    }

    pub(super) async fn run(self) {
        // They are dropped in the reverse of this order.
        let end = self.end;
        let fetch = self.fetch;
        let End(shared) = &end;
        match timeout(shared.deadline, (shared.fetch)()).await {
            // Its error is in the status, and in the log.
            Ok(Ok(jwks)) => _ = fetch.succeed(&jwks),
            Ok(Err(reason)) => fetch.fail(reason),
            Err(_) => fetch.fail("no key set within the deadline"),
        }
    }
}
