//! What the guard in memory says. That in Redis has its test beside its other ones.

use chrono::TimeDelta;
use moneyhub_webhooks::metrics::REPLAY_ADMISSIONS;
use moneyhub_webhooks::{MemoryReplayGuard, Receiver};

use crate::support::{now, recorded, series};

#[test]
fn fresh_webhooks_and_duplicates_are_counted() {
    let guard = MemoryReplayGuard::new();
    let body = br#"{"id":"1","eventType":"x","payload":{}}"#;
    let key = Receiver::unsigned_json().parse_at(body, now()).unwrap().replay_key();
    let recorded = recorded(|| {
        for _ in 0..3 {
            let _ = guard.admit_sync(&key, now(), now() + TimeDelta::hours(1));
        }
        guard.release_sync(&key);
        let _ = guard.admit_sync(&key, now(), now() + TimeDelta::hours(1));
    });
    let of = |outcome| format!(r#"{REPLAY_ADMISSIONS}{{guard="memory",outcome="{outcome}"}}"#);
    assert_eq!(recorded, series([(of("fresh"), &[2.0]), (of("duplicate"), &[2.0])]));
}
