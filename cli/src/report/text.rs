//! A [`Report`] as text for people.

use std::fmt::Write as _;

use anstyle::Style;
use chrono::{DateTime, SecondsFormat};
use serde_json::value::RawValue;

use super::body::Part;
use super::{Authenticity, Check, EventForm, EventReport, Report, Status, Trust, Verdict};
use crate::json;
use crate::output::{BAD, FAINT, GOOD, HEADING, WARNING};
use crate::text::{shortened, visible};

/// Longer values are shortened.
const LONGEST: usize = 100;

impl Report {
    pub(crate) fn to_text(&self) -> String {
        let mut text = self.verdict();
        let time = self
            .verified_as_of
            .to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let format = self.format.words();
        _ = write!(
            text,
            "{FAINT}  {format}, {} bytes, as of {time}{FAINT:#}\n\n",
            self.bytes
        );

        _ = writeln!(text, "{HEADING}Checks{HEADING:#}");
        self.checks
            .iter()
            .for_each(|check| text.push_str(&check.to_text()));

        let mark = self.trust.mark();
        for (name, part) in [("Header", &self.header), ("Claims", &self.claims)] {
            if let Some(part) = part {
                _ = write!(
                    text,
                    "\n{HEADING}{name}{HEADING:#}{mark}\n{}",
                    part.to_text()
                );
            }
        }
        if let Some(event) = &self.event {
            let ids = [("id", &self.id), ("user", &self.user_id)];
            text.push_str(&event.to_text(&mark, ids));
        }
        if let Some(start) = &self.start {
            let start = visible(start);
            _ = write!(text, "\n{HEADING}Body{HEADING:#}{mark}\n  {start}\n");
        }
        text
    }

    fn verdict(&self) -> String {
        match &self.verdict {
            Verdict::Accepted(Authenticity::Unsigned) => {
                format!(
                    "{GOOD}✓ accepted{GOOD:#}, {WARNING}unsigned: anyone can have sent it{WARNING:#}\n"
                )
            }
            Verdict::Accepted(Authenticity::Signed { issuer, key_id, .. }) => {
                let (issuer, key_id) = (visible(issuer), visible(key_id));
                format!("{GOOD}✓ accepted{GOOD:#}, signed by {issuer} with key {key_id}\n")
            }
            Verdict::Rejected { error, message } => {
                let code = error
                    .rfc8935_code()
                    .map(|code| format!(" {code}"))
                    .unwrap_or_default();
                let answer = format!(
                    "{FAINT}  answer with {}{code}{FAINT:#}",
                    error.http_status()
                );
                format!("{BAD}✗ rejected: {message}{BAD:#}\n{answer}\n")
            }
            Verdict::NotVerified => format!(
                "{WARNING}? not verified{WARNING:#}\n{FAINT}  to get a verdict, give keys (--keys, --moneyhub, \
                 --test-issuer) or --unsigned{FAINT:#}\n"
            ),
        }
    }
}

impl Trust {
    /// A warning beside contents that must not be trusted.
    fn mark(self) -> String {
        match self {
            Self::Verified => String::new(),
            Self::Unsigned => {
                format!(" {WARNING}UNSIGNED: anyone can have written this{WARNING:#}")
            }
            Self::SignedButRejected => {
                format!(" {BAD}REJECTED: the signature is valid, but do not act on this{BAD:#}")
            }
            Self::NotVerified => format!(" {BAD}NOT VERIFIED: anyone can have written this{BAD:#}"),
        }
    }
}

impl Check {
    fn to_text(&self) -> String {
        let (style, mark) = match self.status {
            Status::Passed => (GOOD, '✓'),
            Status::Failed => (BAD, '✗'),
            Status::NotReached => (FAINT, '–'),
        };
        let found = self.found.as_deref().map(value).unwrap_or_default();
        let expected = self.expected.as_deref().map(visible);
        let note = match (self.status, &self.reason) {
            (Status::Failed, reason) => reason.clone().unwrap_or_default(),
            (Status::NotReached, reason) => {
                reason.clone().unwrap_or_else(|| "not reached".to_owned())
            }
            (Status::Passed, _) => found.clone(),
        };
        let note_style = if self.status == Status::Failed {
            BAD
        } else {
            Style::new()
        };
        let line = format!(
            "  {style}{mark}{style:#} {:<14} {note_style}{note}{note_style:#}",
            self.words()
        );
        let mut text = line.trim_end().to_owned() + "\n";
        if self.status == Status::Failed {
            let indent = " ".repeat(19);
            if !found.is_empty() {
                _ = writeln!(text, "{indent}found     {found}");
            }
            if let Some(expected) = expected {
                _ = writeln!(text, "{indent}expected  {expected}");
            }
        }
        text
    }
}

impl Part {
    /// One line per member. `events` is shown later as the event.
    fn to_text(&self) -> String {
        let whole = match self {
            Self::Text(text) => return format!("  {} {FAINT}(not JSON){FAINT:#}\n", visible(text)),
            Self::Json(whole) => whole,
        };
        let Some(members) = self.members() else {
            return format!("  {}\n", json::pretty(whole.get(), "  "));
        };
        let mut text = String::new();
        for (name, raw) in &members.0 {
            let shown = if name == "events" && raw.get().starts_with('{') {
                format!("{FAINT}see Event below{FAINT:#}")
            } else {
                json::pretty(raw.get(), "  ")
            };
            let time = match (name.as_str(), raw.get().parse().ok()) {
                ("iat" | "exp" | "nbf", Some(seconds)) => DateTime::from_timestamp(seconds, 0),
                _ => None,
            };
            let time = time.map(|time| {
                format!(
                    " {FAINT}{}{FAINT:#}",
                    time.to_rfc3339_opts(SecondsFormat::Secs, true)
                )
            });
            _ = writeln!(
                text,
                "  {:<6} {shown}{}",
                visible(name),
                time.unwrap_or_default()
            );
        }
        text
    }
}

impl EventReport {
    fn to_text(&self, mark: &str, ids: [(&str, &Option<Box<RawValue>>); 2]) -> String {
        let mut text = format!(
            "\n{HEADING}Event{HEADING:#}{mark}\n  name   {}",
            visible(&self.name)
        );
        if self.wire_name != self.name {
            _ = write!(text, " {FAINT}{}{FAINT:#}", visible(&self.wire_name));
        }
        text.push('\n');
        for (name, id) in ids {
            if let Some(id) = id {
                _ = writeln!(text, "  {name:<6} {}", value(id));
            }
        }
        match &self.form {
            EventForm::Known | EventForm::NotRead => {}
            EventForm::Unknown => {
                _ = writeln!(
                    text,
                    "  form   {WARNING}unknown{WARNING:#}: not an event that this version knows"
                );
            }
            EventForm::Malformed { path, reason } => {
                let (path, reason) = (visible(path), visible(reason));
                _ = writeln!(
                    text,
                    "  form   {WARNING}malformed{WARNING:#}: at {path}: {reason}"
                );
            }
        }
        if let Some(payload) = &self.payload {
            let payload = json::pretty(payload.get(), "  ");
            _ = write!(text, "\n{HEADING}Payload{HEADING:#}{mark}\n  {payload}\n");
        }
        text
    }
}

/// A JSON value on one line. A string is without its quotes, unless it reads like another value: the string `[1]` is not
/// shown like an array.
pub(super) fn value(json: &RawValue) -> String {
    let text = match serde_json::from_str::<String>(json.get()) {
        Ok(text) if serde_json::from_str::<&RawValue>(&text).is_err() => text,
        _ => return shortened(&json::compact(json.get()), LONGEST),
    };
    visible(&shortened(&text, LONGEST))
}
