//! The report on one body: the verdict, the checks in order, the contents, and how far those can be trusted.
//! `inspect` shows it, and so does the page of `listen`.

mod body;
mod checks;
mod json;
mod shape;
mod text;

pub(crate) use checks::age;
use checks::{Check, Status};
pub(crate) use json::{ReportJson, Texts};
pub(crate) use shape::shape;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Authenticity, Error, ErrorKind, Event, Receiver, Webhook};
use serde_json::value::RawValue;

use crate::policy::Policy;
pub(crate) use body::Format;
use body::{Contents, Part};

/// Everything that is known about a body.
pub(crate) struct Report {
    pub(crate) bytes: usize,
    pub(crate) judged_at: DateTime<Utc>,
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

pub(crate) enum Verdict {
    Accepted(Authenticity),
    Rejected {
        error: Error,
        message: String,
    },
    /// No error was found, but there was nothing to verify the body with.
    NotVerified,
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
    /// The name in JSON; the wire name if the event was not read.
    name: String,
    form: EventForm,
    payload: Option<Box<RawValue>>,
}

enum EventForm {
    Known,
    Unknown,
    Malformed {
        path: String,
        reason: String,
    },
    /// The body was rejected before its event was read.
    NotRead,
}

impl Report {
    /// `result` is what the policy's receiver returned for the body.
    pub(crate) fn new(
        policy: &Policy,
        body: &[u8],
        judged_at: DateTime<Utc>,
        result: &Result<Webhook, Error>,
    ) -> Self {
        let contents = match result {
            // A body that is too large is not parsed here either.
            Err(error) if error.kind() == ErrorKind::TooLarge => Contents::nothing(),
            _ => Contents::of(body),
        };
        let is_json = contents.format == Format::Json;
        let verdict = match result {
            Ok(webhook) if policy.decides => Verdict::Accepted(webhook.authenticity().clone()),
            Err(error) if policy.decides || error.kind() != ErrorKind::UnknownKey => {
                Verdict::Rejected {
                    error: error.clone(),
                    message: policy.message(error),
                }
            }
            _ => Verdict::NotVerified,
        };
        let trust = match &verdict {
            Verdict::Accepted(authenticity) if authenticity.is_signed() => Trust::Verified,
            Verdict::Accepted(_) => Trust::Unsigned,
            Verdict::Rejected { error, .. } if checks::is_after_signature(error.kind()) => {
                Trust::SignedButRejected
            }
            _ => Trust::NotVerified,
        };
        let read;
        let webhook = match result {
            Ok(webhook) => Some(webhook),
            Err(_) if is_json => {
                read = Receiver::unsigned_json()
                    .max_body(policy.max_body)
                    .parse_at(body, judged_at)
                    .ok();
                read.as_ref()
            }
            Err(_) => None,
        };
        let checks = checks::of(policy, &verdict, &contents, body.len(), judged_at);
        let event = contents.event(webhook.map(Webhook::event));
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
            judged_at,
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
    fn event(&self, event: Option<&Event>) -> Option<EventReport> {
        let (wire_name, payload) = self.event.clone()?;
        let (name, form) = match event {
            Some(Event::Unknown(unknown)) => (unknown.name().to_owned(), EventForm::Unknown),
            Some(Event::Malformed(bad)) => {
                let (path, reason) = (bad.path().to_owned(), bad.reason().to_owned());
                (
                    bad.event_type().as_str().to_owned(),
                    EventForm::Malformed { path, reason },
                )
            }
            Some(known) => (known.name().to_owned(), EventForm::Known),
            None => (body::json_name(&wire_name), EventForm::NotRead),
        };
        Some(EventReport {
            wire_name,
            name,
            form,
            payload,
        })
    }
}
