//! What a receiver decided about a body, without the body: it stays small, however large the body is.

use moneyhub_webhooks::{Authenticity, Error, ErrorKind, Event, Webhook};

use crate::policy::Policy;

#[derive(Clone)]
pub(crate) struct Outcome {
    pub(crate) verdict: Verdict,
    pub(crate) form: EventForm,
}

#[derive(Clone)]
pub(crate) enum Verdict {
    Accepted(Authenticity),
    Rejected {
        error: Error,
        message: String,
    },
    /// No error was found, but there was nothing to verify the body with.
    NotVerified,
}

#[derive(Clone)]
pub(crate) enum EventForm {
    Known,
    Unknown,
    Malformed {
        path: String,
        reason: String,
    },
    /// The body was rejected before its event was read.
    NotRead,
}

impl Outcome {
    /// Of the result of the policy's receiver.
    pub(crate) fn new(policy: &Policy, result: &Result<Webhook, Error>) -> Self {
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
        let form = EventForm::of(result.as_ref().ok().map(Webhook::event));
        Self { verdict, form }
    }
}

impl Verdict {
    pub(crate) fn error_kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Rejected { error, .. } => Some(error.kind()),
            _ => None,
        }
    }
}

impl EventForm {
    pub(super) fn of(event: Option<&Event>) -> Self {
        match event {
            Some(Event::Unknown(_)) => Self::Unknown,
            Some(Event::Malformed(bad)) => Self::Malformed {
                path: bad.path().to_owned(),
                reason: bad.reason().to_owned(),
            },
            Some(_) => Self::Known,
            None => Self::NotRead,
        }
    }
}
