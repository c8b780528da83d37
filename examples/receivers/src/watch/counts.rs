//! The recorder, and what is counted here beside what the library counts. Every label has a fixed set of values.

use std::error::Error;

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use moneyhub_webhooks::keys::KeyStatus;
use moneyhub_webhooks::metrics::{PARSE_SECONDS, TOKEN_AGE_SECONDS, register};

use super::Waiting;
use crate::answer::Answer;

const ANSWERS: &str = "moneyhub_receiver_answers_total";
const ENTRIES: &str = "moneyhub_receiver_backlog_entries";
const LAG: &str = "moneyhub_receiver_backlog_lag_seconds";
const DISK: &str = "moneyhub_receiver_backlog_disk_bytes";
const READABLE: &str = "moneyhub_receiver_backlog_readable";
const KEYS: &str = "moneyhub_receiver_keys_usable";
const KEYS_AGE: &str = "moneyhub_receiver_keys_age_seconds";

/// A payment takes 30 µs, a token of 6000 ids ten times as long. `receive` waits for keys for 2 seconds at most.
const PARSE: [f64; 11] = [
    25e-6, 50e-6, 100e-6, 250e-6, 500e-6, 1e-3, 10e-3, 0.1, 0.5, 1.0, 2.5,
];

/// Up to the maximum age of the receiver.
const AGE: [f64; 9] = [0.1, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 150.0, 300.0];

/// Installs the recorder of this process, before anything is counted.
pub fn install() -> Result<PrometheusHandle, Box<dyn Error>> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full(PARSE_SECONDS.to_owned()), &PARSE)?
        .set_buckets_for_metric(Matcher::Full(TOKEN_AGE_SECONDS.to_owned()), &AGE)?
        .install_recorder()?;
    register();
    describe_counter!(
        ANSWERS,
        Unit::Count,
        "Answers, by what became of the request and by status."
    );
    describe_gauge!(ENTRIES, Unit::Count, "What waits in each queue.");
    describe_gauge!(
        LAG,
        Unit::Seconds,
        "How long the oldest accepted webhook has waited."
    );
    describe_gauge!(DISK, Unit::Bytes, "Bytes on this machine's disk.");
    describe_gauge!(
        READABLE,
        Unit::Count,
        "Whether the backlog could be read just now."
    );
    describe_gauge!(KEYS, Unit::Count, "Keys that can verify.");
    describe_gauge!(
        KEYS_AGE,
        Unit::Seconds,
        "How long ago the keys were fetched."
    );
    for (answer, status) in Answer::SERIES {
        counter!(ANSWERS, "answer" => *answer, "status" => *status).increment(0);
    }
    Ok(recorder)
}

/// Counts an answer that is about to be sent.
pub(crate) fn answered(answer: &Answer) {
    let (answer, status) = answer.series();
    counter!(ANSWERS, "answer" => answer, "status" => status).increment(1);
}

/// Sets the gauges of the keys to what they are now.
pub(super) fn keys(status: &KeyStatus) {
    gauge!(KEYS).set(status.usable as f64);
    // Without keys there is no age.
    gauge!(KEYS_AGE).set(status.age.map_or(f64::NAN, |age| age.as_secs_f64()));
}

/// Sets the gauges to what was found just now. What could not be read becomes NaN, which is neither above nor below
/// anything: a gauge can't be taken back, and its last value is no longer true.
pub(super) fn backlog(waiting: Waiting) {
    let Waiting {
        accepted,
        unjudged,
        dead,
        lag,
        disk_bytes,
        error,
    } = waiting;
    gauge!(READABLE).set(if error.is_none() { 1.0 } else { 0.0 });
    // What a program does not have has no series.
    let unreadable = error.map(|_| f64::NAN);
    for (queue, count) in [
        ("accepted", accepted),
        ("unjudged", unjudged),
        ("dead", dead),
    ] {
        if let Some(count) = count.map(|count| count as f64).or(unreadable) {
            gauge!(ENTRIES, "queue" => queue).set(count);
        }
    }
    if let Some(lag) = lag.map(|lag| lag.as_secs_f64()).or(unreadable) {
        gauge!(LAG).set(lag);
    }
    if let Some(bytes) = disk_bytes.map(|bytes| bytes as f64).or(unreadable) {
        gauge!(DISK).set(bytes);
    }
}
