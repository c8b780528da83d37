//! A [`Report`] for the page, as text throughout: the page never turns a sender's JSON into text itself.

use serde::Serialize;

use super::body::Part;
use super::text::value;
use super::{Check, EventForm, Report, Status, Trust};
use crate::json::pretty;
use crate::text::{shortened, visible};

/// Longer facts are shortened.
const LONGEST: usize = 300;

#[derive(Serialize)]
pub(crate) struct Details {
    warning: Option<&'static str>,
    /// On one line.
    pub(crate) facts: Vec<String>,
    checks: Vec<CheckDetails>,
    parts: Vec<PartDetails>,
}

#[derive(Serialize)]
struct CheckDetails {
    name: String,
    status: Status,
    note: String,
}

#[derive(Serialize)]
struct PartDetails {
    title: &'static str,
    /// In full.
    text: String,
}

impl Report {
    pub(crate) fn details(&self) -> Details {
        let payload = self.event.as_ref().and_then(|event| event.payload.as_ref());
        let parts = [
            ("Payload", payload.map(|payload| pretty(payload.get(), ""))),
            ("Claims", self.claims.as_ref().map(Part::details)),
            ("Header", self.header.as_ref().map(Part::details)),
            ("Body", self.start.as_deref().map(visible)),
        ];
        let part =
            |(title, text): (_, Option<String>)| text.map(|text| PartDetails { title, text });
        Details {
            warning: self.trust.warning(),
            facts: self.facts(),
            checks: self.checks.iter().map(Check::details).collect(),
            parts: parts.into_iter().filter_map(part).collect(),
        }
    }

    fn facts(&self) -> Vec<String> {
        let mut facts = vec![
            format!("{} bytes", self.bytes),
            self.format.words().to_owned(),
        ];
        for (name, id) in [("id", &self.id), ("user", &self.user_id)] {
            facts.extend(id.as_deref().map(|id| format!("{name} {}", value(id))));
        }
        if let Some(event) = &self.event {
            facts.push(fact(&event.wire_name));
            match &event.form {
                EventForm::Known | EventForm::NotRead => {}
                EventForm::Unknown => {
                    facts.push("not an event that this version knows".to_owned());
                }
                EventForm::Malformed { path, reason } => {
                    facts.push(format!("malformed at {}: {}", fact(path), fact(reason)));
                }
            }
        }
        facts
    }
}

/// Shortened and escaped.
pub(crate) fn fact(text: &str) -> String {
    visible(&shortened(text, LONGEST))
}

impl Trust {
    fn warning(self) -> Option<&'static str> {
        match self {
            Self::Verified => None,
            Self::Unsigned => Some("Unsigned: anyone can have written this."),
            Self::SignedButRejected => {
                Some("Rejected: the signature is valid, but do not act on this.")
            }
            Self::NotVerified => Some("Not verified: anyone can have written this."),
        }
    }
}

impl Check {
    fn details(&self) -> CheckDetails {
        let found = self.found.as_deref().map(value);
        let reason = self.reason.clone().unwrap_or_default();
        let note = match self.status {
            Status::Passed => found.unwrap_or_default(),
            Status::NotReached => reason,
            Status::Failed => {
                let named = |name, value: Option<String>| {
                    value.map_or_else(String::new, |value| format!(", {name} {value}"))
                };
                let expected = self.expected.as_deref().map(visible);
                reason + &named("found", found) + &named("expected", expected)
            }
        };
        CheckDetails {
            name: self.words(),
            status: self.status,
            note,
        }
    }
}

impl Part {
    /// Claims are without the event, which is shown separately.
    fn details(&self) -> String {
        match self {
            Self::Json(json) => pretty(
                self.without_event()
                    .as_deref()
                    .unwrap_or_else(|| json.get()),
                "",
            ),
            Self::Text(text) => visible(text),
        }
    }
}
