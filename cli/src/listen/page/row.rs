//! A delivery as one row of the page.

use serde::Serialize;

use super::super::delivery::Delivery;
use crate::report::{EventForm, Verdict};
use crate::text::visible;

/// Text that the page shows as it is. It is short: names are shortened.
#[derive(Serialize)]
pub(super) struct Row {
    number: u64,
    time: String,
    /// `signed`, `unsigned` or `rejected`.
    authenticity: &'static str,
    event: String,
    /// `unknown`, `malformed` or empty.
    form: &'static str,
    user: String,
    id: String,
    age: String,
    /// Why it was rejected.
    reason: String,
}

impl Row {
    pub(super) fn of(delivery: &Delivery) -> Self {
        let names = &delivery.names;
        let age = delivery.age();
        let (authenticity, reason) = match &delivery.outcome.verdict {
            Verdict::Rejected { message, .. } => ("rejected", visible(message)),
            _ if age.is_some() => ("signed", String::new()),
            _ => ("unsigned", String::new()),
        };
        Self {
            number: delivery.number,
            time: delivery.time(),
            authenticity,
            event: visible(&names.event),
            form: match &delivery.outcome.form {
                EventForm::Unknown => "unknown",
                EventForm::Malformed { .. } => "malformed",
                EventForm::Known | EventForm::NotRead => "",
            },
            user: names.user.as_deref().map(visible).unwrap_or_default(),
            id: visible(&names.id),
            age: age.unwrap_or_default(),
            reason,
        }
    }
}
