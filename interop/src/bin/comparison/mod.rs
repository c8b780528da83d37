//! When a webhook that went through another's hands is still the same: by equality, and of an event that keeps its
//! sender's text, as documented: by that text, and by the JSON value that it is.

mod tally;

pub(crate) use tally::Tally;

use moneyhub_webhooks::{Event, Webhook};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// What is not the same in `got`, of which the sender wrote the payload as `sent`; `None` if nothing is.
pub(crate) fn difference(expected: &Webhook, got: &Webhook, sent: &RawValue) -> Option<&'static str> {
    if got.id() != expected.id() {
        return Some("another id");
    }
    if got.user_id() != expected.user_id() {
        return Some("another user");
    }
    event_difference(expected.event(), got.event(), sent)
}

/// The same of the event alone.
pub(crate) fn event_difference(expected: &Event, got: &Event, sent: &RawValue) -> Option<&'static str> {
    if !keeps_text(expected) {
        return (expected != got).then_some("another event");
    }
    if got.name() != expected.name() {
        return Some("another name");
    }
    let value: Value = serde_json::from_str(sent.get()).expect("a raw value is JSON");
    if expected.decode::<Value>().expect("a payload is JSON") != value {
        return Some("another payload");
    }
    if let (Event::Unknown(_), Event::Unknown(got)) = (expected, got) {
        return (got.payload() != sent.get()).then_some("another text");
    }
    let of_text = format!(r#"{{"eventType":{},"payload":{}}}"#, json!(expected.name()), sent.get());
    let of_text: Event = serde_json::from_str(&of_text).expect("any payload makes an event");
    (of_text != *got).then_some("another event")
}

fn keeps_text(event: &Event) -> bool {
    matches!(
        event,
        Event::Unknown(_)
            | Event::Malformed(_)
            | Event::AffordabilityReportSuccess(_)
            | Event::PostConnectionEnrichmentCompleted(_)
    )
}
