//! What is counted (feature `metrics`) and logged (feature `tracing`) of each delivery. Only the receiver calls it.
//!
//! No label has a value that a sender chose, and nothing of a payload is logged.
#![cfg_attr(
    not(all(feature = "metrics", feature = "tracing")),
    allow(dead_code, unused_variables, reason = "the features use them")
)]

use std::time::Instant;

use chrono::{DateTime, Utc};

#[cfg(feature = "tracing")]
use crate::envelope::PassedOver;
use crate::error::Error;
#[cfg(feature = "tracing")]
use crate::event::Event;
use crate::webhook::Webhook;

/// The target of metrics and events. Users filter by it, so it does not follow the module path.
const TARGET: &str = "moneyhub_webhooks";

/// When parsing started. `None` without the feature `metrics`, and on targets without a clock.
#[derive(Clone, Copy)]
pub(crate) struct Started(Option<Instant>);

impl Started {
    pub(crate) fn now() -> Self {
        let has_clock = !cfg!(all(target_arch = "wasm32", target_os = "unknown"));
        Self((cfg!(feature = "metrics") && has_clock).then(Instant::now))
    }
}

/// Counts and logs a body that was accepted or rejected as of `now`.
pub(crate) fn delivery(result: &Result<Webhook, Error>, now: DateTime<Utc>, started: Started) {
    #[cfg(feature = "metrics")]
    metrics::delivery(result, now, started);
    #[cfg(feature = "tracing")]
    log(result);
}

/// Returns the value of the label and field `authenticity`.
fn authenticity(is_signed: bool) -> &'static str {
    if is_signed { "signed" } else { "unsigned" }
}

#[cfg(feature = "tracing")]
fn log(result: &Result<Webhook, Error>) {
    let webhook = match result {
        Ok(webhook) => webhook,
        Err(error) => {
            tracing::warn!(
                target: TARGET,
                outcome = error.kind().as_str(),
                is_signed = error.is_signed(),
                %error,
                "rejected webhook"
            );
            return;
        }
    };
    let passed_over = webhook.passed_over();
    let malformed = match webhook.event() {
        Event::Malformed(malformed) => Some(malformed),
        _ => None,
    };
    // A macro, because `tracing` needs the level as a constant.
    macro_rules! accepted {
        ($level:ident) => {
            tracing::$level!(
                target: TARGET,
                outcome = "accepted",
                event = ?name(webhook.event()),
                authenticity = authenticity(webhook.authenticity().is_signed()),
                malformed_at = malformed.map(|malformed| malformed.path()),
                reason = malformed.map(|malformed| malformed.reason()),
                passed_over_user = passed_over.user.then_some(true),
                passed_over_events = (passed_over.events > 0).then_some(passed_over.events),
                unknown_members = unknown_members(webhook),
                "accepted webhook"
            )
        };
    }
    if malformed.is_some() || passed_over != PassedOver::default() {
        accepted!(warn);
    } else if webhook.event().event_type().is_none() {
        accepted!(info);
    } else {
        accepted!(debug);
    }
}

/// Returns the name of an event, an unknown one as it was sent, and cut: senders choose names.
#[cfg(feature = "tracing")]
fn name(event: &Event) -> String {
    /// The longest name that is logged, in characters.
    const LONGEST: usize = 100;

    let name = match event {
        Event::Unknown(unknown) => unknown.wire_name(),
        known => known.name(),
    };
    name.chars().take(LONGEST).collect()
}

/// Returns how many members of the payload its type does not have. `None` if there are none, or if it has no type.
#[cfg(feature = "tracing")]
fn unknown_members(webhook: &Webhook) -> Option<usize> {
    if let Event::Malformed(_) = webhook.event() {
        return None;
    }
    let unknown = webhook
        .event()
        .event_type()?
        .unknown_members(webhook.payload());
    (unknown > 0).then_some(unknown)
}

/// The names of the metrics, and [`register`](metrics::register), which you call once a recorder is installed.
///
/// [`guide::metrics`](crate::guide::metrics) says what each metric counts, its labels, and what to alert on.
#[cfg(feature = "metrics")]
pub mod metrics {
    use ::metrics::{Counter, Unit, counter, describe_counter, describe_histogram, histogram};
    use chrono::{DateTime, Utc};

    use super::{Started, TARGET, authenticity};
    use crate::authenticity::Authenticity;
    use crate::error::{Error, ErrorKind};
    use crate::event::{Event, EventType};
    use crate::webhook::Webhook;

    /// A counter of accepted and rejected bodies, by `outcome`, `event` and `authenticity`.
    pub const DELIVERIES: &str = "moneyhub_webhooks_deliveries_total";

    /// A counter of accepted events of a known type whose payload does not have the expected form, by `event`.
    pub const MALFORMED: &str = "moneyhub_webhooks_malformed_total";

    /// A counter of accepted deliveries with something that has no place in a webhook, by `member`: a `user` that is not a
    /// string, or `events` besides the one that was read. It stays in [`Webhook::text`].
    pub const PASSED_OVER: &str = "moneyhub_webhooks_passed_over_total";

    /// A histogram of the time to parse and verify a body, in seconds, including a wait for keys.
    pub const PARSE_SECONDS: &str = "moneyhub_webhooks_parse_seconds";

    /// A histogram of the age of accepted tokens at receipt, in seconds.
    pub const TOKEN_AGE_SECONDS: &str = "moneyhub_webhooks_token_age_seconds";

    /// Describes every metric to the recorder, and initializes every counter to zero.
    ///
    /// Call it once, after you install the recorder. Without it everything is still counted, but each counter first
    /// appears with the value 1, and `increase` and `rate` in Prometheus miss that event.
    ///
    /// # Examples
    ///
    /// ```
    /// // After, for example, `PrometheusBuilder::new().install_recorder()?` of metrics-exporter-prometheus:
    /// moneyhub_webhooks::metrics::register();
    /// ```
    pub fn register() {
        describe_counter!(
            DELIVERIES,
            Unit::Count,
            "Bodies that were accepted or rejected."
        );
        describe_counter!(
            MALFORMED,
            Unit::Count,
            "Accepted events of a known type in an unexpected form."
        );
        describe_counter!(
            PASSED_OVER,
            Unit::Count,
            "Accepted deliveries with a user or events that were passed over."
        );
        describe_histogram!(
            PARSE_SECONDS,
            Unit::Seconds,
            "Time to parse and verify a body."
        );
        describe_histogram!(
            TOKEN_AGE_SECONDS,
            Unit::Seconds,
            "Age of an accepted token at receipt."
        );

        let known = EventType::ALL.iter().copied();
        for event in known.clone().map(Some).chain([None]) {
            accepted(event, true).increment(0);
            accepted(event, false).increment(0);
        }
        known.for_each(|event| malformed(event).increment(0));
        for member in ["user", "events"] {
            passed_over(member).increment(0);
        }
        ErrorKind::ALL
            .iter()
            .for_each(|kind| rejected(*kind).increment(0));
    }

    pub(super) fn delivery(result: &Result<Webhook, Error>, now: DateTime<Utc>, started: Started) {
        match result {
            Ok(webhook) => {
                accepted(
                    webhook.event().event_type(),
                    webhook.authenticity().is_signed(),
                )
                .increment(1);
                if let Event::Malformed(event) = webhook.event() {
                    malformed(event.event_type()).increment(1);
                }
                let over = webhook.passed_over();
                for (member, is_passed_over) in [("user", over.user), ("events", over.events > 0)] {
                    if is_passed_over {
                        passed_over(member).increment(1);
                    }
                }
                if let Authenticity::Signed { issued_at, .. } = webhook.authenticity() {
                    let age = now
                        .signed_duration_since(issued_at)
                        .to_std()
                        .unwrap_or_default();
                    histogram!(target: TARGET, TOKEN_AGE_SECONDS).record(age);
                }
            }
            Err(error) => rejected(error.kind()).increment(1),
        }
        if let Started(Some(started)) = started {
            histogram!(target: TARGET, PARSE_SECONDS).record(started.elapsed());
        }
    }

    /// All unknown events share a counter, because the sender chooses their names.
    fn accepted(event: Option<EventType>, is_signed: bool) -> Counter {
        let event = event.map_or("unknown", EventType::as_str);
        deliveries("accepted", event, authenticity(is_signed))
    }

    fn rejected(kind: ErrorKind) -> Counter {
        deliveries(kind.as_str(), "none", "none")
    }

    fn deliveries(
        outcome: &'static str,
        event: &'static str,
        authenticity: &'static str,
    ) -> Counter {
        counter!(
            target: TARGET,
            DELIVERIES,
            "outcome" => outcome,
            "event" => event,
            "authenticity" => authenticity
        )
    }

    fn passed_over(member: &'static str) -> Counter {
        counter!(target: TARGET, PASSED_OVER, "member" => member)
    }

    fn malformed(event: EventType) -> Counter {
        counter!(target: TARGET, MALFORMED, "event" => event.as_str())
    }
}
