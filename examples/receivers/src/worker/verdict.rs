//! What a worker makes of the receiver's word on an entry.

use moneyhub_webhooks::{Error, ErrorKind, Webhook};

#[derive(Debug, PartialEq)]
pub(super) enum Verdict {
    Handle(Webhook),
    /// The keys that would tell are wanting.
    Wait(Error),
    /// A stranger's, or too late.
    Refuse(Error),
    /// Accepted once, and not to be judged any more: people have to look at it.
    Bury(Error),
}

/// `accepted`: the receipt has judged it. `impatient`: it has waited long enough.
pub(super) fn of(judged: Result<Webhook, Error>, accepted: bool, impatient: bool) -> Verdict {
    let error = match judged {
        Ok(webhook) => return Verdict::Handle(webhook),
        Err(error) => error,
    };
    match (error.kind(), accepted) {
        (ErrorKind::KeysUnavailable, _) | (ErrorKind::UnknownKey, true) if !impatient => Verdict::Wait(error),
        (ErrorKind::KeysUnavailable, _) => Verdict::Bury(error),
        // Accepted under another policy than this worker's: a fault of ours, and no refusal.
        (_, true) => Verdict::Bury(error),
        (_, false) => Verdict::Refuse(error),
    }
}
