//! `/metrics`: what the inboxes count and time, what waits at each source, and how deliveries ended.

use std::sync::Arc;
use std::time::Duration;

use metrics::{counter, describe_counter, gauge, set_global_recorder, with_local_recorder};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use metrics_util::layers::{FilterLayer, Layer as _};
use moneyhub_webhooks::keys::KeyStatus;
use moneyhub_webhooks_inbox::metrics as inbox;
use moneyhub_webhooks_inbox::{Backlog, Health};
use reqwest::StatusCode;

use crate::failure::{Failure, other};

/// A counter of attempts to deliver, by `source` and `status`.
const DELIVERIES: &str = "moneyhub_gateway_deliveries_total";

/// The gauges of an inbox. It does not know its source, so the inboxes of several would overwrite each other's values.
/// They are dropped, and set here with the source.
const GAUGES: [&str; 8] = [
    inbox::WAITING,
    inbox::LAG_SECONDS,
    inbox::SIGNED_LAG_SECONDS,
    inbox::DEAD,
    inbox::UNVERIFIED,
    inbox::REJECTED,
    inbox::SPILLED_BYTES,
    inbox::STORE_UP,
];

#[derive(Clone)]
pub(crate) struct Metrics {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Metrics {
    /// Records from now on. Call it once, before the inboxes are opened.
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut builder = PrometheusBuilder::new();
        for (name, bounds) in inbox::BUCKETS {
            let name = Matcher::Full(name.to_owned());
            builder = builder
                .set_buckets_for_metric(name, bounds)
                .map_err(other)?;
        }
        let recorder = Arc::new(builder.build_recorder());
        let handle = recorder.handle();
        let filtered = FilterLayer::from_patterns(GAUGES).layer(Arc::clone(&recorder));
        set_global_recorder(filtered).map_err(other)?;
        inbox::register();
        describe_counter!(DELIVERIES, "Attempts to deliver.");
        Ok(Self { recorder, handle })
    }

    /// Sets the gauges of a source. What is not known is not a number.
    pub(crate) fn source(&self, name: &str, health: &Health, backlog: Option<&Backlog>) {
        let set = |metric: &'static str, value: Option<f64>| {
            gauge!(metric, "source" => name.to_owned()).set(value.unwrap_or(f64::NAN));
        };
        let count = |count: fn(&Backlog) -> u64| backlog.map(|backlog| count(backlog) as f64);
        let seconds = |lag: fn(&Backlog) -> Option<Duration>| {
            backlog.map(|backlog| lag(backlog).unwrap_or_default().as_secs_f64())
        };
        with_local_recorder(&*self.recorder, || {
            set(inbox::WAITING, count(|backlog| backlog.waiting));
            set(inbox::LAG_SECONDS, seconds(|backlog| backlog.lag));
            set(
                inbox::SIGNED_LAG_SECONDS,
                seconds(|backlog| backlog.signed_lag),
            );
            set(inbox::DEAD, count(|backlog| backlog.dead));
            set(inbox::UNVERIFIED, count(|backlog| backlog.unverified));
            set(inbox::REJECTED, count(|backlog| backlog.rejected));
            set(inbox::SPILLED_BYTES, Some(health.spilled_bytes as f64));
            let is_up = health.is_store_up && backlog.is_some();
            set(inbox::STORE_UP, Some(f64::from(u8::from(is_up))));
        });
    }

    /// Sets the gauges of the keys of a source that fetches them.
    pub(crate) fn keys(&self, name: &str, status: &KeyStatus) {
        let set = |metric: &'static str, value: f64| {
            gauge!(metric, "source" => name.to_owned()).set(value);
        };
        with_local_recorder(&*self.recorder, || {
            set(inbox::KEYS_USABLE, status.usable as f64);
            let age = status.age.map_or(f64::INFINITY, |age| age.as_secs_f64());
            set(inbox::KEYS_AGE_SECONDS, age);
        });
    }

    pub(crate) fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// Counts nothing yet, so that the first delivery of each kind is seen as an increase.
pub(crate) fn register(source: &str) {
    for status in ["2xx", "3xx", "4xx", "5xx", "none"] {
        deliveries(source, status).increment(0);
    }
}

/// An attempt to deliver. `None`: the target did not answer.
pub(crate) fn attempt(source: &str, status: Option<StatusCode>) {
    let status = match status.map(|status| status.as_u16()) {
        None => "none",
        Some(200..=299) => "2xx",
        Some(300..=399) => "3xx",
        Some(400..=499) => "4xx",
        Some(_) => "5xx",
    };
    deliveries(source, status).increment(1);
}

fn deliveries(source: &str, status: &'static str) -> metrics::Counter {
    counter!(DELIVERIES, "source" => source.to_owned(), "status" => status)
}
