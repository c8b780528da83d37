//! The answer to one delivery.

use serde::Serialize;

use super::body::Origin;
use super::expected::Expected;
use crate::output::{BAD, FAINT, GOOD};
use crate::text::visible;

#[derive(Serialize)]
pub(super) struct Answer {
    /// From 1.
    pub(super) number: u64,
    pub(super) origin: Origin,
    pub(super) name: String,
    pub(super) expected: Expected,
    /// Null if there was no answer.
    pub(super) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<String>,
    /// The beginning of the answer's body, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<String>,
    pub(super) microseconds: u64,
    pub(super) as_expected: bool,
}

impl Answer {
    pub(super) fn to_line(&self) -> String {
        let (style, mark) = if self.as_expected {
            (GOOD, '✓')
        } else {
            (BAD, '✗')
        };
        let status = self
            .status
            .map_or_else(|| "–".to_owned(), |status| status.to_string());
        let milliseconds = self.microseconds as f64 / 1000.0;
        let name = visible(&self.name);
        let name = match self.origin {
            Origin::Event | Origin::File => name,
            Origin::Fault => format!("{name} (fault)"),
            Origin::Recording => format!("received at {name}"),
        };
        let mut line = format!("{style}{mark} {status:<3}{style:#} {milliseconds:>7.1} ms  {name}");
        if !self.as_expected {
            line += &format!("  {BAD}expected {}{BAD:#}", self.expected);
        }
        if let Some(more) = self.error.as_deref().or(self.body.as_deref()) {
            line += &format!("  {FAINT}{}{FAINT:#}", visible(more));
        }
        line + "\n"
    }
}
