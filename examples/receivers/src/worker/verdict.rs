//! What a worker does with an entry that it can't accept.

use moneyhub_webhooks::ErrorKind;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The keys that would tell are wanting.
    Wait,
    /// A stranger's, or too late.
    Refuse,
    /// Not to be judged any more, and perhaps genuine: people have to look at it.
    Bury,
}

/// `accepted`: the receipt has judged it. `waited`: for long enough.
pub(super) fn of(kind: ErrorKind, accepted: bool, waited: bool) -> Verdict {
    match (kind, accepted) {
        (ErrorKind::KeysUnavailable, _) | (ErrorKind::UnknownKey, true) if !waited => Verdict::Wait,
        (ErrorKind::KeysUnavailable, _) => Verdict::Bury,
        // A key that has gone, or a policy that is not that of the receipt: no fault of the sender.
        (_, true) => Verdict::Bury,
        (_, false) => Verdict::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, Verdict, of};

    #[test]
    fn what_was_accepted_is_never_refused_and_nothing_waits_for_ever() {
        let rows = [
            // (kind, accepted) → at first, and when it has waited
            (ErrorKind::KeysUnavailable, true, Verdict::Wait, Verdict::Bury),
            (ErrorKind::KeysUnavailable, false, Verdict::Wait, Verdict::Bury),
            (ErrorKind::UnknownKey, true, Verdict::Wait, Verdict::Bury),
            (ErrorKind::UnknownKey, false, Verdict::Refuse, Verdict::Refuse),
            (ErrorKind::Signature, true, Verdict::Bury, Verdict::Bury),
            (ErrorKind::Signature, false, Verdict::Refuse, Verdict::Refuse),
            (ErrorKind::Expired, false, Verdict::Refuse, Verdict::Refuse),
        ];
        for (kind, accepted, first, later) in rows {
            assert_eq!((of(kind, accepted, false), of(kind, accepted, true)), (first, later), "{kind}");
        }
    }
}
