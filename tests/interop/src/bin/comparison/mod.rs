//! Compares a webhook with the one that another program has read and written. Known events must be equal. Unknown and
//! malformed events must have the same payload text.

mod tally;

pub(crate) use tally::Tally;

use moneyhub_webhooks::{Event, Webhook};
use serde_json::value::RawValue;

/// The first difference between `expected` and `got`, if any. `sent` is the payload as `got` was sent with it.
pub(crate) fn difference(
    expected: &Webhook,
    got: &Webhook,
    sent: &RawValue,
) -> Option<&'static str> {
    if got.id() != expected.id() {
        return Some("another id");
    }
    if got.user_id() != expected.user_id() {
        return Some("another user");
    }
    event_difference(expected.event(), got.event(), sent)
}

/// The same for an event.
pub(crate) fn event_difference(
    expected: &Event,
    got: &Event,
    sent: &RawValue,
) -> Option<&'static str> {
    if !matches!(expected, Event::Unknown(_) | Event::Malformed(_)) {
        return (expected != got).then_some("another event");
    }
    if got.name() != expected.name() {
        return Some("another name");
    }
    let payload = match got {
        Event::Unknown(got) => got.payload(),
        Event::Malformed(got) => got.payload(),
        _ => return Some("another event"),
    };
    (payload != sent.get()).then_some("another text")
}
