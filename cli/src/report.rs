//! The report on one body: the verdict, the checks in order, the contents, and how far those can be trusted.
//! `inspect` shows it, and so does the page of `listen`.

mod body;
mod checks;
mod details;
mod json;
mod outcome;
mod shape;
mod text;

pub(crate) use checks::age;
use checks::{Check, Status};
pub(crate) use details::{Details, fact};
pub(crate) use json::ReportJson;
pub(crate) use outcome::{EventForm, Outcome, Verdict};
pub(crate) use shape::shape;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Authenticity, ErrorKind, Receiver, Webhook};
use serde_json::value::RawValue;

use crate::policy::Policy;
pub(crate) use body::Format;
use body::{Contents, Part};

/// Everything that is known about a body.
pub(crate) struct Report {
    pub(crate) bytes: usize,
    pub(crate) verified_as_of: DateTime<Utc>,
    pub(crate) verdict: Verdict,
    pub(crate) format: Format,
    pub(crate) checks: Vec<Check>,
    pub(crate) trust: Trust,
    header: Option<Part>,
    claims: Option<Part>,
    id: Option<Box<RawValue>>,
    user_id: Option<Box<RawValue>>,
    event: Option<EventReport>,
    /// The beginning of an unreadable body.
    start: Option<String>,
}

/// How far the contents can be trusted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Signed and accepted.
    Verified,
    /// Plain JSON, which the policy accepts from anyone.
    Unsigned,
    /// The signature is valid, but the token was rejected.
    SignedButRejected,
    /// Anyone can have written it.
    NotVerified,
}

struct EventReport {
    /// As the sender wrote it.
    wire_name: String,
    /// The name in JSON; the wire name of an event that is not known.
    name: String,
    form: EventForm,
    payload: Option<Box<RawValue>>,
}

impl Report {
    /// `outcome` is what the policy's receiver decided about the body.
    pub(crate) fn new(
        policy: &Policy,
        body: &[u8],
        verified_as_of: DateTime<Utc>,
        outcome: Outcome,
    ) -> Self {
        let Outcome { verdict, form } = outcome;
        let contents = match verdict.error_kind() {
            // A body that is too large is not parsed here either.
            Some(ErrorKind::TooLarge) => Contents::nothing(),
            _ => Contents::of(body),
        };
        let trust = match &verdict {
            Verdict::Accepted(authenticity) if authenticity.is_signed() => Trust::Verified,
            Verdict::Accepted(_) => Trust::Unsigned,
            Verdict::Rejected { error, .. } if checks::is_after_signature(error.kind()) => {
                Trust::SignedButRejected
            }
            _ => Trust::NotVerified,
        };
        let form = match form {
            EventForm::NotRead if contents.format == Format::Json => {
                let receiver = Receiver::unsigned_json().max_body(policy.max_body);
                let read = receiver.parse_at(body, verified_as_of);
                EventForm::of(read.as_ref().ok().map(Webhook::event))
            }
            form => form,
        };
        let checks = checks::of(policy, &verdict, &contents, body.len(), verified_as_of);
        let event = contents.event(form);
        let is_unreadable = contents.format == Format::Unreadable && !body.is_empty();
        let start = is_unreadable.then(|| beginning(body));
        let Contents {
            format,
            header,
            claims,
            id,
            user_id,
            ..
        } = contents;
        Self {
            bytes: body.len(),
            verified_as_of,
            verdict,
            format,
            checks,
            trust,
            header,
            claims,
            id,
            user_id,
            event,
            start,
        }
    }

    pub(crate) fn is_accepted(&self) -> bool {
        matches!(self.verdict, Verdict::Accepted(_))
    }
}

/// The `iat` of a token as Unix time in seconds, unverified.
pub(crate) fn issued_at(body: &[u8]) -> Option<i64> {
    Contents::of(body).issued_at()
}

/// Bytes of an unreadable body that are shown.
const BEGINNING: usize = 512;

fn beginning(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..BEGINNING).unwrap_or(body)).into_owned()
}

impl Contents {
    fn event(&self, form: EventForm) -> Option<EventReport> {
        let (wire_name, payload) = self.event.clone()?;
        let name = body::json_name(&wire_name);
        Some(EventReport {
            wire_name,
            name,
            form,
            payload,
        })
    }
}
