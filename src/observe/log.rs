//! What `tracing` is told of the fetching of key sets.

use crate::error::Error;

/// Filters go by it, so that it is not the path of a file.
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
