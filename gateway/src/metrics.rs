//! `/metrics`: what the inboxes count and time, what waits at each source, and how deliveries ended.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Label, Metadata, Recorder, SharedString, Unit,
    counter, describe_counter, set_global_recorder, with_local_recorder,
};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use metrics_util::layers::{FilterLayer, Layer as _};
use moneyhub_webhooks_inbox::metrics as inbox;
use reqwest::StatusCode;
use tokio::time::sleep;

use crate::failure::{Failure, other};

/// A counter of attempts to deliver, by `source` and `status`.
const ATTEMPTS: &str = "moneyhub_gateway_attempts_total";

/// From one summing up to the next.
const SUM_UP_EVERY: Duration = Duration::from_secs(5);

/// The gauges of an inbox. It does not know its source, so the inboxes of several would overwrite each other's values.
/// They are dropped, unless they are set for a source.
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
            let name = Matcher::Full((*name).to_owned());
            builder = builder
                .set_buckets_for_metric(name, bounds)
                .map_err(other)?;
        }
        let recorder = Arc::new(builder.build_recorder());
        let handle = recorder.handle();
        let filtered = FilterLayer::from_patterns(GAUGES).layer(Arc::clone(&recorder));
        set_global_recorder(filtered).map_err(other)?;
        inbox::register();
        describe_counter!(ATTEMPTS, "Attempts to deliver.");
        Ok(Self { recorder, handle })
    }

    /// Gives the label `source` to what is recorded while a future is polled.
    pub(crate) async fn of_source<F: Future>(&self, name: &str, future: F) -> F::Output {
        let recorder = OfSource {
            recorder: &self.recorder,
            name,
        };
        let mut future = pin!(future);
        poll_fn(|context| with_local_recorder(&recorder, || future.as_mut().poll(context))).await
    }

    /// Sums up what was recorded, now and then: until that it is kept one by one, and perhaps nobody asks for it.
    pub(crate) async fn sum_up(self) {
        loop {
            sleep(SUM_UP_EVERY).await;
            self.handle.run_upkeep();
        }
    }

    pub(crate) fn render(&self) -> String {
        self.handle.run_upkeep();
        self.handle.render()
    }
}

/// Adds the label `source`.
struct OfSource<'a> {
    recorder: &'a PrometheusRecorder,
    name: &'a str,
}

impl OfSource<'_> {
    fn label(&self, key: &Key) -> Key {
        key.with_extra_labels(vec![Label::new("source", self.name.to_owned())])
    }
}

impl Recorder for OfSource<'_> {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder.describe_counter(name, unit, description);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder.describe_gauge(name, unit, description);
    }

    fn describe_histogram(&self, name: KeyName, unit: Option<Unit>, description: SharedString) {
        self.recorder.describe_histogram(name, unit, description);
    }

    fn register_counter(&self, key: &Key, metadata: &Metadata<'_>) -> Counter {
        self.recorder.register_counter(&self.label(key), metadata)
    }

    fn register_gauge(&self, key: &Key, metadata: &Metadata<'_>) -> Gauge {
        self.recorder.register_gauge(&self.label(key), metadata)
    }

    fn register_histogram(&self, key: &Key, metadata: &Metadata<'_>) -> Histogram {
        self.recorder.register_histogram(&self.label(key), metadata)
    }
}

/// Counts nothing yet, so that the first attempt of each kind is seen as an increase.
pub(crate) fn register(source: &str) {
    for status in ["2xx", "3xx", "4xx", "5xx", "none"] {
        attempts(source, status).increment(0);
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
    attempts(source, status).increment(1);
}

fn attempts(source: &str, status: &'static str) -> Counter {
    counter!(ATTEMPTS, "source" => source.to_owned(), "status" => status)
}
