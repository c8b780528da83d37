//! When a webhook that went through another's hands is still the same: by equality, and of an event that keeps its
//! sender's text, as documented: by that text, and by the JSON value that it is.

use chrono::DateTime;
use moneyhub_webhooks::{Event, Receiver, Webhook};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

/// Moneyhub's plain JSON.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Envelope<'a> {
    #[serde(borrow)]
    id: &'a RawValue,
    event_type: String,
    #[serde(borrow)]
    user_id: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: &'a RawValue,
}

/// What is not the same in `got`, of which the sender wrote the payload as `sent`, and in the webhook of the plain JSON
/// `body`; `None` if nothing is.
pub(crate) fn difference(body: &str, got: &Webhook, sent: &RawValue) -> Option<&'static str> {
    let expected = parse(body);
    if got.id() != expected.id() {
        return Some("another id");
    }
    if got.user_id() != expected.user_id() {
        return Some("another user");
    }
    event_difference(body, got.event(), sent)
}

/// The same of the event alone.
pub(crate) fn event_difference(body: &str, got: &Event, sent: &RawValue) -> Option<&'static str> {
    let expected = parse(body).into_event();
    match (&expected, got) {
        (Event::Unknown(unknown), Event::Unknown(got)) => {
            if got.name() != unknown.name() {
                return Some("another name");
            }
            if got.payload() != sent.get() {
                return Some("another text");
            }
            (value(got.payload()) != value(unknown.payload())).then_some("another payload")
        }
        (
            Event::Malformed(_)
            | Event::AffordabilityReportSuccess(_)
            | Event::PostConnectionEnrichmentCompleted(_),
            _,
        ) => {
            let envelope: Envelope<'_> = serde_json::from_str(body).expect("an envelope");
            if value(envelope.payload.get()) != value(sent.get()) {
                return Some("another payload");
            }
            let as_sent = serde_json::to_string(&Envelope { payload: sent, ..envelope }).expect("JSON");
            (*parse(&as_sent).event() != *got).then_some("another event")
        }
        _ => (expected != *got).then_some("another event"),
    }
}

fn parse(body: &str) -> Webhook {
    // A body of the fixtures, or made of one, is readable at any time.
    Receiver::unsigned_json().parse_at(body.as_bytes(), DateTime::UNIX_EPOCH).expect("a plain webhook")
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}
