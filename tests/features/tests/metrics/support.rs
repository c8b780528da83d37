//! Shared by the tests: a recorder for one test, and a test issuer with a fixed time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use metrics::with_local_recorder;
use metrics_util::CompositeKey;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use moneyhub_webhooks::metrics::{
    DELIVERIES, MALFORMED, PARSE_SECONDS, PASSED_OVER, TOKEN_AGE_SECONDS,
};
use moneyhub_webhooks::testing::TestIssuer;
use moneyhub_webhooks::{ErrorKind, EventType};

/// Every series, as `name{label="value"}`, with its values: one for a counter or gauge, all for a histogram.
pub(crate) type Series = BTreeMap<String, Vec<f64>>;

pub(crate) fn now() -> DateTime<Utc> {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn moneyhub() -> TestIssuer {
    TestIssuer::at(now())
}

/// What `act` records on this thread.
pub(crate) fn recorded(act: impl FnOnce()) -> Series {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    with_local_recorder(&recorder, act);
    let series = snapshotter.snapshot().into_vec().into_iter();
    series
        .map(|(key, _, _, value)| (shown(&key), values(value)))
        .collect()
}

/// The same without parse times, which differ in each run.
pub(crate) fn counted(act: impl FnOnce()) -> Series {
    let mut series = recorded(act);
    series.remove(PARSE_SECONDS);
    series
}

fn shown(key: &CompositeKey) -> String {
    let key = key.key();
    let labels: Vec<_> = key
        .labels()
        .map(|label| format!("{}={:?}", label.key(), label.value()))
        .collect();
    if labels.is_empty() {
        key.name().to_owned()
    } else {
        format!("{}{{{}}}", key.name(), labels.join(","))
    }
}

fn values(value: DebugValue) -> Vec<f64> {
    match value {
        DebugValue::Counter(count) => vec![count as f64],
        DebugValue::Gauge(value) => vec![value.into_inner()],
        DebugValue::Histogram(values) => {
            values.into_iter().map(|value| value.into_inner()).collect()
        }
    }
}

/// Series with these names and values.
pub(crate) fn series<const N: usize>(series: [(String, &[f64]); N]) -> Series {
    series.map(|(name, values)| (name, values.to_vec())).into()
}

pub(crate) fn delivery(outcome: &str, event: &str, authenticity: &str) -> String {
    format!("{DELIVERIES}{{outcome={outcome:?},event={event:?},authenticity={authenticity:?}}}")
}

pub(crate) fn malformed(event: EventType) -> String {
    format!("{MALFORMED}{{event=\"{event}\"}}")
}

pub(crate) fn passed_over(member: &str) -> String {
    format!("{PASSED_OVER}{{member={member:?}}}")
}

/// Every series that parsing can record.
pub(crate) fn all_of_deliveries() -> Vec<String> {
    let events = EventType::ALL.iter().map(|event_type| event_type.as_str());
    let accepted = events.chain(["unknown"]).flat_map(|event| {
        ["signed", "unsigned"].map(|authenticity| delivery("accepted", event, authenticity))
    });
    let rejected = ErrorKind::ALL
        .iter()
        .map(|kind| delivery(kind.as_str(), "none", "none"));
    let malformed = EventType::ALL
        .iter()
        .map(|event_type| malformed(*event_type));
    let passed_over = ["user", "events"].map(passed_over);
    let times = [PARSE_SECONDS, TOKEN_AGE_SECONDS].map(str::to_owned);
    accepted
        .chain(rejected)
        .chain(malformed)
        .chain(passed_over)
        .chain(times)
        .collect()
}
