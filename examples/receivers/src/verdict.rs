//! Decides what a worker does with a webhook that it can't accept.

use chrono::TimeDelta;
use moneyhub_webhooks::ErrorKind;

/// How long after the receipt of an unverified body a worker's keys may still be older than the body's key. The worker
/// may have fetched its keys just before that key was published. Twice the cooldown of live keys.
const KEYS_SETTLE: TimeDelta = TimeDelta::minutes(1);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The keys that would decide are missing.
    Wait,
    /// The sender is not proven, or the body is too old.
    Refuse,
    /// It can't be verified any more and may be genuine: people have to look at it.
    Bury,
}

/// Returns the verdict. `accepted`: the webhook was accepted on receipt. `waited`: the time since its receipt.
pub(crate) fn of(
    kind: ErrorKind,
    accepted: bool,
    waited: TimeDelta,
    patience: TimeDelta,
) -> Verdict {
    match (kind, accepted) {
        (ErrorKind::UnknownKey, false) if waited <= KEYS_SETTLE => Verdict::Wait,
        (ErrorKind::KeysUnavailable, _) | (ErrorKind::UnknownKey, true) if waited <= patience => {
            Verdict::Wait
        }
        (ErrorKind::KeysUnavailable, _) => Verdict::Bury,
        // A key that is gone, or a policy that differs from that of the receipt: not the sender's fault.
        (_, true) => Verdict::Bury,
        (_, false) => Verdict::Refuse,
    }
}

#[cfg(test)]
mod tests {
    use super::{ErrorKind, KEYS_SETTLE, TimeDelta, Verdict, of};

    #[test]
    fn what_was_accepted_is_never_refused_and_nothing_waits_for_ever() {
        let rows = [
            // (kind, accepted) → up to the patience, and after that
            (
                ErrorKind::KeysUnavailable,
                true,
                Verdict::Wait,
                Verdict::Bury,
            ),
            (
                ErrorKind::KeysUnavailable,
                false,
                Verdict::Wait,
                Verdict::Bury,
            ),
            (ErrorKind::UnknownKey, true, Verdict::Wait, Verdict::Bury),
            (
                ErrorKind::UnknownKey,
                false,
                Verdict::Refuse,
                Verdict::Refuse,
            ),
            (ErrorKind::Signature, true, Verdict::Bury, Verdict::Bury),
            (
                ErrorKind::Signature,
                false,
                Verdict::Refuse,
                Verdict::Refuse,
            ),
            (ErrorKind::Expired, false, Verdict::Refuse, Verdict::Refuse),
        ];
        let patience = TimeDelta::days(3);
        let later = patience + TimeDelta::microseconds(1);
        for (kind, accepted, first, then) in rows {
            let verdicts = (
                of(kind, accepted, patience, patience),
                of(kind, accepted, later, patience),
            );
            assert_eq!(verdicts, (first, then), "{kind}");
        }
    }

    #[test]
    fn what_was_not_judged_is_refused_for_its_key_by_keys_that_are_newer_than_it() {
        let verdict = |waited| of(ErrorKind::UnknownKey, false, waited, TimeDelta::days(3));
        assert_eq!(verdict(KEYS_SETTLE), Verdict::Wait);
        assert_eq!(
            verdict(KEYS_SETTLE + TimeDelta::microseconds(1)),
            Verdict::Refuse
        );
    }
}
