//! One body to post.

use serde::Serialize;

use super::expected::Expected;

pub(super) const JSON: &str = "application/json";
/// The content type of Moneyhub's tokens.
pub(super) const TOKEN: &str = "application/jwt";

/// Where a body comes from.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Origin {
    Event,
    Fault,
    File,
    Recording,
}

/// A body to post.
#[derive(Clone)]
pub(super) struct Body {
    pub(super) origin: Origin,
    /// The name of the event or of the fault, the path of the file, or the time of receipt of the recording.
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: Option<String>,
    pub(super) expected: Expected,
}

impl Body {
    pub(super) fn new(
        origin: Origin,
        name: String,
        bytes: Vec<u8>,
        content_type: &str,
        expected: Expected,
    ) -> Self {
        Self {
            origin,
            name,
            bytes,
            content_type: Some(content_type.to_owned()),
            expected,
        }
    }
}

pub(super) fn content_type(body: &[u8]) -> &'static str {
    if body.trim_ascii_start().starts_with(b"{") {
        JSON
    } else {
        TOKEN
    }
}
