//! The names of the metrics, and [`register`], to be called once a recorder is installed. What each of them counts, its
//! labels and what to alert on are in [`guide::metrics`](crate::guide::metrics).

use metrics::{KeyName, Unit, with_recorder};

use crate::observe::series;

/// Counts bodies that were judged, by `outcome`, `event` and `authenticity`.
pub const DELIVERIES: &str = "moneyhub_webhooks_deliveries_total";

/// Counts accepted events of a known type whose payload has another form, by `event`.
pub const MALFORMED: &str = "moneyhub_webhooks_malformed_total";

/// How long bodies were judged, without the waiting for keys: a histogram.
pub const PARSE_SECONDS: &str = "moneyhub_webhooks_parse_seconds";

/// How long `parse_live` waited for keys, where it did: a histogram.
pub const KEY_WAIT_SECONDS: &str = "moneyhub_webhooks_key_wait_seconds";

/// How old accepted tokens were at their receipt: a histogram.
pub const TOKEN_AGE_SECONDS: &str = "moneyhub_webhooks_token_age_seconds";

/// Counts fetches of a key set, by `outcome`.
pub const KEY_FETCHES: &str = "moneyhub_webhooks_key_fetches_total";

/// When the key set that is held was fetched, in seconds since 1970: a gauge.
pub const KEYS_FETCHED_AT: &str = "moneyhub_webhooks_keys_fetched_timestamp_seconds";

/// How many keys of that key set can be used: a gauge.
pub const KEYS_USABLE: &str = "moneyhub_webhooks_keys_usable";

/// Counts what replay guards have said, by `guard` and `outcome`.
pub const REPLAY_ADMISSIONS: &str = "moneyhub_webhooks_replay_admissions_total";

/// Describes every metric to the recorder, and starts every counter at zero.
///
/// Call it once the recorder is installed. Without it everything is counted too, but a counter then appears with its
/// first event, at 1, and `increase` and `rate` of Prometheus miss that event.
///
/// ```
/// // After, say, `PrometheusBuilder::new().install_recorder()?` of metrics-exporter-prometheus:
/// moneyhub_webhooks::metrics::register();
/// ```
pub fn register() {
    with_recorder(|recorder| {
        let counters = [
            (DELIVERIES, "Bodies that were judged."),
            (MALFORMED, "Accepted events of a known type whose payload has another form."),
            (KEY_FETCHES, "Fetches of a key set."),
            (REPLAY_ADMISSIONS, "Answers of replay guards."),
        ];
        for (name, description) in counters {
            recorder.describe_counter(KeyName::from_const_str(name), Some(Unit::Count), description.into());
        }
        let histograms = [
            (PARSE_SECONDS, "Time for which a body was judged, without the waiting for keys."),
            (KEY_WAIT_SECONDS, "Time for which a body waited for keys, where it did."),
            (TOKEN_AGE_SECONDS, "Age of an accepted token at its receipt."),
        ];
        for (name, description) in histograms {
            recorder.describe_histogram(
                KeyName::from_const_str(name),
                Some(Unit::Seconds),
                description.into(),
            );
        }
        let gauges = [
            (KEYS_FETCHED_AT, Unit::Seconds, "When the key set that is held was fetched, since 1970."),
            (KEYS_USABLE, Unit::Count, "Usable keys of the key set that is held."),
        ];
        for (name, unit, description) in gauges {
            recorder.describe_gauge(KeyName::from_const_str(name), Some(unit), description.into());
        }
    });
    series::start_at_zero();
}
