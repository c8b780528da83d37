//! A delivery as one line in the terminal.

use super::delivery::{Delivery, Forwarded};
use crate::output::{BAD, FAINT, GOOD, WARNING};
use crate::report::{EventForm, Verdict};
use crate::text::{shortened, visible};

impl Delivery {
    pub(super) fn to_line(&self) -> String {
        let time = self.time();
        let path = if self.path == "/" {
            String::new()
        } else {
            short(&self.path) + " "
        };
        let what = match &self.outcome.verdict {
            Verdict::Rejected { message, .. } => {
                let message = visible(message);
                format!("{BAD}✗ rejected{BAD:#} {} {message}", self.status)
            }
            _ => self.accepted(),
        };
        let forwarded = self.forwarded.as_ref().map(Forwarded::to_line);
        let forwarded = forwarded.unwrap_or_default();
        let number = self.number;
        format!("{FAINT}{time} #{number} {path}{FAINT:#}{what}{forwarded}\n")
    }

    fn accepted(&self) -> String {
        let (mark, age) = match self.age() {
            Some(age) => (format!("{GOOD}✓ signed  {GOOD:#}"), format!("  {age}")),
            None => (format!("{WARNING}✓ unsigned{WARNING:#}"), String::new()),
        };
        let form = match &self.outcome.form {
            EventForm::Unknown => format!(" {WARNING}unknown event{WARNING:#}"),
            EventForm::Malformed { path, reason } => {
                let (path, reason) = (short(path), visible(reason));
                format!(" {WARNING}malformed at {path}: {reason}{WARNING:#}")
            }
            EventForm::Known | EventForm::NotRead => String::new(),
        };
        let user = self.names.user.as_deref();
        let user = user.map(|user| format!("  user {}", short(user)));
        let user = user.unwrap_or_default();
        let (event, id) = (short(&self.names.event), short(&self.names.id));
        format!("{mark} {event:<24}{form}{user}  {FAINT}{id}{age}{FAINT:#}")
    }
}

impl Forwarded {
    fn to_line(&self) -> String {
        let is_good = self
            .status
            .is_some_and(|status| (200..300).contains(&status));
        let style = if is_good { GOOD } else { BAD };
        let (answer, milliseconds) = (self.answer(), self.milliseconds);
        format!("  → {style}{answer}{style:#} {FAINT}in {milliseconds} ms{FAINT:#}")
    }
}

/// Shortened, to share a line with others.
fn short(text: &str) -> String {
    visible(&shortened(text, 60))
}
