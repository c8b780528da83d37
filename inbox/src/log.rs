//! What is logged, with the feature `tracing`. Nothing that a sender chose is, beside ids of webhooks.
#![cfg_attr(
    not(feature = "tracing"),
    allow(unused_variables, reason = "the feature uses them")
)]

use std::fmt::Display;

/// Users filter by it, so it does not follow the path of a module.
#[cfg(feature = "tracing")]
const TARGET: &str = "moneyhub_webhooks_inbox";

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident, $level:ident, $message:literal, $($field:ident),+;)+) => {
        $(
            $(#[$doc])*
            pub(crate) fn $name($($field: &dyn Display),+) {
                #[cfg(feature = "tracing")]
                tracing::$level!(target: TARGET, $($field = %$field,)+ $message);
            }
        )+
    };
}

events! {
    not_stored, warn, "the store does not take a batch", error;
    not_spilled, error, "the spill folder does not take a batch", error;
    not_moved, warn, "a file stays in the spill folder", file, error;
    /// A webhook is lost: the answer is 503, and it does not come again.
    lost, error, "a webhook is lost", webhook;
    not_kept, warn, "a body is not kept", reason;
    encoded, warn, "rejected: the body has a content encoding", coding;
    not_prepared, warn, "the store is not ready", error;
    failed, warn, "an attempt failed", key, attempts, reason;
    died, error, "a webhook is a dead letter", key, attempts, reason;
    not_worked, warn, "a worker can't reach the store", error;
    rejected_later, warn, "rejected: a body that was kept without keys", error;
}
