//! The names of the metrics, and [`register`], which you call once a recorder is installed.
//!
//! [`guide::metrics`](crate::guide::metrics) says what each metric counts, its labels, and what to alert on.

use metrics::{KeyName, Unit, with_recorder};

use crate::observe::series;

/// A counter of accepted and rejected bodies, by `outcome`, `event` and `authenticity`.
pub const DELIVERIES: &str = "moneyhub_webhooks_deliveries_total";

/// A counter of accepted events of a known type whose payload does not have the expected form, by `event`.
pub const MALFORMED: &str = "moneyhub_webhooks_malformed_total";

/// A histogram of the time to parse and verify a body, in seconds.
pub const PARSE_SECONDS: &str = "moneyhub_webhooks_parse_seconds";

/// A histogram of the age of accepted tokens at receipt, in seconds.
pub const TOKEN_AGE_SECONDS: &str = "moneyhub_webhooks_token_age_seconds";

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
            (REPLAY_ADMISSIONS, "Results of replay guards."),
        ];
        for (name, description) in counters {
            recorder.describe_counter(KeyName::from_const_str(name), Some(Unit::Count), description.into());
        }
        let histograms = [
            (PARSE_SECONDS, "Time to parse and verify a body."),
            (TOKEN_AGE_SECONDS, "Age of an accepted token at receipt."),
        ];
        for (name, description) in histograms {
            recorder.describe_histogram(
                KeyName::from_const_str(name),
                Some(Unit::Seconds),
                description.into(),
            );
        }
    });
    series::start_at_zero();
}
