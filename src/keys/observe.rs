//! What the fetching of key sets tells `tracing`, if the feature of that name is on: counts and reasons, and
//! never anything of a token.

#[cfg(feature = "tracing")]
pub(super) use on::{failed, started, succeeded};

#[cfg(feature = "tracing")]
mod on {
    use crate::error::Error;

    /// Filters go by it, so that it is not the path of a file.
    const TARGET: &str = "moneyhub_webhooks";

    pub(in crate::keys) fn started() {
        tracing::debug!(target: TARGET, "fetching the key set");
    }

    pub(in crate::keys) fn succeeded(usable: usize, ignored: usize) {
        tracing::info!(target: TARGET, usable, ignored, "fetched the key set");
    }

    pub(in crate::keys) fn failed(error: &Error) {
        tracing::warn!(target: TARGET, %error, "could not fetch the key set");
    }
}

#[cfg(not(feature = "tracing"))]
pub(super) use off::{failed, started, succeeded};

#[cfg(not(feature = "tracing"))]
mod off {
    use crate::error::Error;

    pub(in crate::keys) fn started() {}
    pub(in crate::keys) fn succeeded(_usable: usize, _ignored: usize) {}
    pub(in crate::keys) fn failed(_error: &Error) {}
}
