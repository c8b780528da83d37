//! What is logged (feature `tracing`) and counted (feature `metrics`). No other file knows their macros.
//!
//! No label has a value that a sender chose. Nothing of a body is logged, except the ids and the event of a webhook,
//! its user, and who has signed it.
#![cfg_attr(
    not(all(feature = "metrics", feature = "tracing")),
    allow(dead_code, unused_variables, reason = "the features use them")
)]

#[cfg(feature = "metrics")]
pub mod metrics;

use std::fmt::Display;

use tokio::time::Instant;

use crate::operate::Backlog;
use crate::received::Received;
use crate::store::{Claim, Ended};

/// Users filter by it, so it does not follow the path of a module.
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
    moved, info, "a file was moved from the spill folder to the store", file, entries;
    encoded, warn, "rejected: the body has a content encoding", coding;
    late, info, "accepted a late token: the store remembers all that came since it was issued", webhook;
    not_prepared, warn, "the store is not ready", error;
    not_counted, warn, "what waits can't be counted", error;
    not_worked, warn, "a worker can't reach the store", error;
    kept, info, "kept a body without its key: it is verified once that is there", error;
    verified_later, info, "accepted a body that was kept without its key", webhook;
    rejected_later, warn, "rejected: a body that was kept without its key", error, stays;
    no_room, warn, "a body that was kept without its key stays, though it is rejected", error;
    duplicate, debug, "answered a duplicate, which is not handled again", webhook;
}

/// What was to be kept: the label and field `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// A webhook that Moneyhub has signed.
    Signed,
    /// A webhook in plain JSON.
    Unsigned,
    /// A body that arrived while its key was not available.
    Unverified,
    /// A body that the issuer has signed, and the receiver has rejected.
    Rejected,
}

impl Kept {
    pub(crate) fn webhook(is_signed: bool) -> Self {
        if is_signed {
            Self::Signed
        } else {
            Self::Unsigned
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Unsigned => "unsigned",
            Self::Unverified => "unverified",
            Self::Rejected => "rejected",
        }
    }
}

/// The outcome of a request.
pub(crate) fn received(outcome: &Received) {
    #[cfg(feature = "metrics")]
    metrics::received(outcome.as_str()).increment(1);
}

/// Neither the store nor the spill folder has taken it, or its quota is used up. What Moneyhub has signed is lost: it
/// does not come again.
pub(crate) fn not_kept(kind: Kept, what: &dyn Display) {
    #[cfg(feature = "metrics")]
    metrics::not_kept(kind).increment(1);
    #[cfg(feature = "tracing")]
    match kind {
        Kept::Signed => tracing::error!(target: TARGET, %what, "a webhook is lost"),
        _ => tracing::warn!(target: TARGET, kind = kind.as_str(), %what, "not kept"),
    }
}

/// The entries of a batch, before it is stored.
pub(crate) fn batch(entries: usize) {
    #[cfg(feature = "metrics")]
    metrics::batch(entries);
}

/// An entry is on a disk, or nothing has taken it.
pub(crate) fn stored(since: Instant) {
    #[cfg(feature = "metrics")]
    metrics::seconds(metrics::STORE_SECONDS, since);
}

/// The spill folder has taken entries.
pub(crate) fn spilled(is_trusted: bool, entries: usize) {
    #[cfg(feature = "metrics")]
    metrics::spilled(is_trusted).increment(u64::try_from(entries).unwrap_or(u64::MAX));
    #[cfg(feature = "tracing")]
    tracing::warn!(target: TARGET, folder = folder(is_trusted), entries, "went to the spill folder");
}

/// The store has stopped taking anything, or takes it again.
pub(crate) fn store_is(down: bool) {
    #[cfg(feature = "tracing")]
    if down {
        tracing::error!(target: TARGET, "the store is down");
    } else {
        tracing::info!(target: TARGET, "the store is up again");
    }
}

/// A handler has ended, or was dropped at its time limit.
pub(crate) fn handler(since: Instant) {
    #[cfg(feature = "metrics")]
    metrics::seconds(metrics::HANDLER_SECONDS, since);
}

/// How an attempt ended.
pub(crate) fn attempt(claim: &Claim, ended: &Ended) {
    #[cfg(feature = "metrics")]
    metrics::attempt(match ended {
        Ended::Done => "done",
        Ended::Again { .. } => "failed",
        Ended::Dead { .. } => "dead",
    })
    .increment(1);
    #[cfg(feature = "tracing")]
    {
        let (key, attempts) = (&claim.key, claim.attempts);
        match ended {
            Ended::Done => tracing::debug!(target: TARGET, %key, attempts, "handled"),
            Ended::Again { reason, .. } => {
                tracing::warn!(target: TARGET, %key, attempts, reason, "an attempt failed");
            }
            Ended::Dead { reason } => {
                tracing::error!(target: TARGET, %key, attempts, reason, "a webhook is a dead letter");
            }
        }
    }
}

/// What waits in the store (`None`: it can't be read), and the size of the spill folders, with whether each is trusted.
pub(crate) fn backlog(backlog: Option<&Backlog>, is_store_up: bool, spilled: [(bool, u64); 2]) {
    #[cfg(feature = "metrics")]
    metrics::gauges(backlog, is_store_up, spilled);
}

/// The label and field `folder`.
fn folder(is_trusted: bool) -> &'static str {
    if is_trusted { "signed" } else { "others" }
}
