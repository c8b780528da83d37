//! When a failed attempt is repeated, and when it is given up.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::handler::Handled;
use crate::store::{Claim, Ended};

/// From its receipt, or its requeueing, to the last attempt.
pub(crate) const PATIENCE: TimeDelta = TimeDelta::days(3);

/// The shortest pause between two attempts.
const SHORTEST: Duration = Duration::from_secs(1);

/// The longest pause between two attempts, in seconds.
pub(crate) const LONGEST: u64 = 3600;

/// What an attempt that ended `now` means for the row.
pub(crate) fn ended(handled: Handled, claim: &Claim, now: DateTime<Utc>) -> Ended {
    let (pause, reason) = match handled {
        Handled::Done => return Ended::Done,
        Handled::Dead(reason) => return Ended::Dead { reason },
        Handled::RetryAfter(pause, reason) => (pause.max(SHORTEST), reason),
        Handled::Retry(reason) => (backoff(claim.attempts, fastrand::f64()), reason),
    };
    let at = TimeDelta::from_std(pause)
        .ok()
        .and_then(|pause| now.checked_add_signed(pause));
    match at {
        Some(at) if at < claim.give_up_at => Ended::Again { at, reason },
        _ => Ended::Dead { reason },
    }
}

/// The pause after an attempt: 1 second, doubled each time, at most an hour. `jitter` from 0 to 1 takes off up to half
/// of it, so that webhooks that failed together do not return together.
fn backoff(attempts: u32, jitter: f64) -> Duration {
    let doubled = 1_u64
        .checked_shl(attempts.saturating_sub(1))
        .unwrap_or(LONGEST);
    let whole = Duration::from_secs(doubled.clamp(1, LONGEST));
    whole.mul_f64(1.0 - jitter / 2.0).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_second_to_an_hour() {
        let pauses =
            [1, 2, 3, 12, 13, 64, 65, u32::MAX].map(|attempts| backoff(attempts, 0.0).as_secs());
        assert_eq!(pauses, [1, 2, 4, 2048, 3600, 3600, 3600, 3600]);
        let jittered = [1, 2, 13].map(|attempts| backoff(attempts, 1.0).as_millis());
        assert_eq!(jittered, [1000, 1000, 1_800_000]);
    }

    #[test]
    fn what_would_be_retried_after_the_patience_is_dead() {
        let now = DateTime::UNIX_EPOCH;
        let claim = Claim {
            key: [0; 32].into(),
            attempts: 1,
            webhook: String::new(),
            give_up_at: now + TimeDelta::seconds(10),
        };
        let after = |pause| ended(Handled::RetryAfter(pause, "r".into()), &claim, now);
        assert_eq!(
            after(Duration::from_secs(9)),
            Ended::Again {
                at: now + TimeDelta::seconds(9),
                reason: "r".into()
            }
        );
        assert_eq!(after(Duration::ZERO), after(Duration::from_secs(1)));
        for pause in [Duration::from_secs(10), Duration::MAX] {
            assert_eq!(after(pause), Ended::Dead { reason: "r".into() });
        }
    }
}
