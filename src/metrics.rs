//! The names of the metrics, and [`register`], which you call once a recorder is installed.
//!
//! [`guide::metrics`](crate::guide::metrics) says what each metric counts, its labels, and what to alert on.

use metrics::{KeyName, Unit, with_recorder};

use crate::observe::series;

/// A counter of accepted and rejected bodies, by `outcome`, `event` and `authenticity`.
pub const DELIVERIES: &str = "moneyhub_webhooks_deliveries_total";

/// A counter of accepted events of a known type whose payload does not have the expected form, by `event`.
pub const MALFORMED: &str = "moneyhub_webhooks_malformed_total";

/// A histogram of the time to parse and verify a body, without waiting for keys, in seconds.
pub const PARSE_SECONDS: &str = "moneyhub_webhooks_parse_seconds";

/// A histogram of the time that `parse_live` waited for keys, if it did, in seconds.
pub const KEY_WAIT_SECONDS: &str = "moneyhub_webhooks_key_wait_seconds";

/// A histogram of the age of accepted tokens at receipt, in seconds.
pub const TOKEN_AGE_SECONDS: &str = "moneyhub_webhooks_token_age_seconds";

/// A counter of fetches of a key set, by `outcome`.
pub const KEY_FETCHES: &str = "moneyhub_webhooks_key_fetches_total";

/// A gauge of the time at which the cached key set was fetched, in seconds since the Unix epoch.
pub const KEYS_FETCHED_AT: &str = "moneyhub_webhooks_keys_fetched_timestamp_seconds";

/// A gauge of the number of usable keys in the cached key set.
pub const KEYS_USABLE: &str = "moneyhub_webhooks_keys_usable";

/// A counter of the results of replay guards, by `guard` and `outcome`.
pub const REPLAY_ADMISSIONS: &str = "moneyhub_webhooks_replay_admissions_total";

/// Describes every metric to the recorder, and initialises every counter to zero.
///
/// Call it once, after you install the recorder. Without it everything is still counted, but each counter first appears
/// with the value 1, and `increase` and `rate` in Prometheus miss that event.
///
/// # Examples
///
/// ```
/// // After, for example, `PrometheusBuilder::new().install_recorder()?` of metrics-exporter-prometheus:
/// moneyhub_webhooks::metrics::register();
/// ```
pub fn register() {
    with_recorder(|recorder| {
        let counters = [
            (DELIVERIES, "Bodies that were accepted or rejected."),
            (MALFORMED, "Accepted events of a known type whose payload does not have the expected form."),
            (KEY_FETCHES, "Fetches of a key set."),
            (REPLAY_ADMISSIONS, "Results of replay guards."),
        ];
        for (name, description) in counters {
            recorder.describe_counter(KeyName::from_const_str(name), Some(Unit::Count), description.into());
        }
        let histograms = [
            (PARSE_SECONDS, "Time to parse and verify a body, without waiting for keys."),
            (KEY_WAIT_SECONDS, "Time that a body waited for keys, if it did."),
            (TOKEN_AGE_SECONDS, "Age of an accepted token at receipt."),
        ];
        for (name, description) in histograms {
            recorder.describe_histogram(
                KeyName::from_const_str(name),
                Some(Unit::Seconds),
                description.into(),
            );
        }
        let gauges = [
            (KEYS_FETCHED_AT, Unit::Seconds, "When the cached key set was fetched, since the Unix epoch."),
            (KEYS_USABLE, Unit::Count, "Usable keys of the cached key set."),
        ];
        for (name, unit, description) in gauges {
            recorder.describe_gauge(KeyName::from_const_str(name), Some(unit), description.into());
        }
    });
    series::start_at_zero();
}
