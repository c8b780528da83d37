//! The series of the feature `metrics`.
//!
//! Each label has a fixed set of values, so an attacker can't create series. The key of each series is built at compile
//! time, so a delivery allocates nothing. Handles are not cached: a handle belongs to the recorder that created it,
//! even after another one is installed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use metrics::{Counter, Key, Label, Level, Metadata, with_recorder};

use super::Guard;
use crate::error::{Error, ErrorKind};
use crate::event::{Event, EventType, vocabulary};
use crate::metrics::{DELIVERIES, MALFORMED, PARSE_SECONDS, REPLAY_ADMISSIONS, TOKEN_AGE_SECONDS};
use crate::replay::Admission;
use crate::tools::elapsed::elapsed;
use crate::webhook::{Authenticity, Webhook};

/// Recorders filter by the target.
static METADATA: Metadata<'static> = Metadata::new("moneyhub_webhooks", Level::INFO, None);

/// Builds the key of a series.
macro_rules! key {
    ($name:expr $(, $label:literal: $value:expr)*) => {{
        static LABELS: &[Label] = &[$(Label::from_static_parts($label, $value)),*];
        static KEY: Key = Key::from_static_parts($name, LABELS);
        &KEY
    }};
}

macro_rules! delivery {
    ($outcome:expr, $event:expr, $authenticity:expr) => {
        key!(DELIVERIES, "outcome": $outcome, "event": $event, "authenticity": $authenticity)
    };
}

macro_rules! define_keys_of_events {
    ($(
        $(#[$doc:meta])* $variant:ident($payload:ident) {
            names: $_names:tt,
            urns: $_urns:tt,
            family: $_family:ident,
            page: $_page:literal,
        }
    )+) => {
        /// Returns the key for an accepted delivery. All unknown events share one, because the sender chooses their
        /// names.
        fn accepted(event_type: Option<EventType>, is_signed: bool) -> &'static Key {
            match (event_type, is_signed) {
                $(
                    (Some(EventType::$variant), true) => {
                        delivery!("accepted", EventType::$variant.as_str(), "signed")
                    }
                    (Some(EventType::$variant), false) => {
                        delivery!("accepted", EventType::$variant.as_str(), "unsigned")
                    }
                )+
                (None, true) => delivery!("accepted", "unknown", "signed"),
                (None, false) => delivery!("accepted", "unknown", "unsigned"),
            }
        }

        fn malformed(event_type: EventType) -> &'static Key {
            match event_type {
                $(EventType::$variant => key!(MALFORMED, "event": EventType::$variant.as_str()),)+
            }
        }
    };
}

vocabulary!(define_keys_of_events);

macro_rules! define_keys_of_errors {
    ($($kind:ident => $outcome:literal,)+) => {
        const ERROR_KINDS: &[ErrorKind] = &[$(ErrorKind::$kind,)+];

        /// Returns the key for a rejected delivery, whose event and sender are unknown.
        fn rejected(kind: ErrorKind) -> &'static Key {
            match kind {
                $(ErrorKind::$kind => delivery!($outcome, "none", "none"),)+
            }
        }
    };
}

define_keys_of_errors! {
    TooLarge => "too_large",
    Body => "body",
    FormatRejected => "format_rejected",
    Header => "header",
    Algorithm => "algorithm",
    KeyId => "key_id",
    UnknownKey => "unknown_key",
    KeysUnavailable => "keys_unavailable",
    Signature => "signature",
    Claims => "claims",
    Issuer => "issuer",
    Audience => "audience",
    Expired => "expired",
    NotYetValid => "not_yet_valid",
}

fn admitted(guard: Guard, admission: Option<Admission>) -> &'static Key {
    macro_rules! by {
        ($guard:literal) => {
            match admission {
                Some(Admission::Fresh) => key!(REPLAY_ADMISSIONS, "guard": $guard, "outcome": "fresh"),
                Some(Admission::Duplicate) => key!(REPLAY_ADMISSIONS, "guard": $guard, "outcome": "duplicate"),
                None => key!(REPLAY_ADMISSIONS, "guard": $guard, "outcome": "failed"),
            }
        };
    }
    match guard {
        Guard::Memory => by!("memory"),
        #[cfg(feature = "redis")]
        Guard::Redis => by!("redis"),
    }
}

pub(super) fn delivery(result: &Result<Webhook, Error>, now: DateTime<Utc>, parsing: Option<Duration>) {
    match result {
        Ok(webhook) => {
            let event_type = webhook.event().event_type();
            counter(accepted(event_type, webhook.authenticity().is_signed())).increment(1);
            if let Event::Malformed(_) = webhook.event()
                && let Some(event_type) = event_type
            {
                counter(malformed(event_type)).increment(1);
            }
            if let Authenticity::Signed { issued_at, .. } = webhook.authenticity() {
                record(key!(TOKEN_AGE_SECONDS), elapsed(*issued_at, now));
            }
        }
        Err(error) => counter(rejected(error.kind())).increment(1),
    }
    if let Some(parsing) = parsing {
        record(key!(PARSE_SECONDS), parsing);
    }
}

pub(super) fn admission(guard: Guard, admission: Option<Admission>) {
    counter(admitted(guard, admission)).increment(1);
}

/// Initialises every counter to zero.
pub(crate) fn start_at_zero() {
    let events = EventType::ALL.iter().copied();
    for event_type in events.clone().map(Some).chain([None]) {
        counter(accepted(event_type, true)).increment(0);
        counter(accepted(event_type, false)).increment(0);
    }
    events.map(malformed).for_each(|key| counter(key).increment(0));
    ERROR_KINDS.iter().for_each(|kind| counter(rejected(*kind)).increment(0));
    for outcome in [Some(Admission::Fresh), Some(Admission::Duplicate), None] {
        counter(admitted(Guard::Memory, outcome)).increment(0);
        #[cfg(feature = "redis")]
        counter(admitted(Guard::Redis, outcome)).increment(0);
    }
}

fn counter(key: &Key) -> Counter {
    with_recorder(|recorder| recorder.register_counter(key, &METADATA))
}

fn record(key: &Key, time: Duration) {
    with_recorder(|recorder| recorder.register_histogram(key, &METADATA).record(time.as_secs_f64()));
}
