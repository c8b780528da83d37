//! `register`: the series before the first body. And the guide, which lists them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use metrics::with_local_recorder;
use metrics_util::debugging::DebuggingRecorder;
use moneyhub_webhooks::metrics::{
    DELIVERIES, MALFORMED, PARSE_SECONDS, PASSED_OVER, TOKEN_AGE_SECONDS, register,
};
use moneyhub_webhooks::{ErrorKind, EventType};

use crate::support::{all_of_deliveries, recorded};

const NAMES: [&str; 5] = [
    DELIVERIES,
    MALFORMED,
    PASSED_OVER,
    PARSE_SECONDS,
    TOKEN_AGE_SECONDS,
];

#[test]
fn every_counter_starts_at_zero() {
    let registered = recorded(register);
    assert!(
        registered.values().all(|values| *values == [0.0]),
        "{registered:?}"
    );
    let counters = all_of_deliveries()
        .into_iter()
        .filter(|name| name.contains('{'));
    let expected: BTreeSet<_> = counters.collect();
    assert_eq!(registered.into_keys().collect::<BTreeSet<_>>(), expected);
    assert_eq!(expected.len(), 38 + 14 + 18 + 2);
}

#[test]
fn counters_have_a_description_and_a_unit() {
    let recorder = DebuggingRecorder::new();
    with_local_recorder(&recorder, register);
    for (key, unit, description, _) in recorder.snapshotter().snapshot().into_vec() {
        assert!(unit.is_some() && description.is_some(), "{key:?}");
    }
}

#[test]
fn names_follow_the_conventions_of_prometheus() {
    for name in NAMES {
        let tail = name.strip_prefix("moneyhub_webhooks_").unwrap();
        assert!(
            tail.chars()
                .all(|letter| letter.is_ascii_lowercase() || letter == '_'),
            "{name}"
        );
        assert!(
            ["_total", "_seconds"]
                .iter()
                .any(|suffix| tail.ends_with(suffix)),
            "{name}"
        );
    }
}

#[test]
fn the_guide_lists_every_name_and_label_value() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../src/guide/metrics.rs");
    let guide = fs::read_to_string(guide).unwrap();
    for name in NAMES {
        assert_eq!(
            guide.matches(&format!("//! | `{name}` |")).count(),
            1,
            "{name}"
        );
    }
    let others = ["accepted", "unknown", "none", "signed", "unsigned"];
    let outcomes = ErrorKind::ALL.iter().map(|kind| kind.as_str());
    for value in outcomes.chain(others) {
        assert!(guide.contains(&format!("`{value}`")), "{value}");
    }
    assert!(guide.contains("name of one of the 18 known events"));
    assert_eq!(EventType::ALL.len(), 18);
}
