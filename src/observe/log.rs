//! Logs the fetches of key sets through `tracing`.

use crate::error::Error;

/// Users filter by the target, so it must not depend on the module path.
const TARGET: &str = "moneyhub_webhooks";

pub(super) fn fetch_started() {
    tracing::debug!(target: TARGET, "fetching the key set");
}

pub(super) fn fetch_succeeded(usable: usize, ignored: usize) {
    tracing::info!(target: TARGET, usable, ignored, "fetched the key set");
}

pub(super) fn fetch_failed(error: &Error) {
    tracing::warn!(target: TARGET, %error, "could not fetch the key set");
}
