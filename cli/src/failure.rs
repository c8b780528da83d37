//! Why a command failed, and its exit status.

use std::fmt::{self, Display};

/// The message goes to standard error.
pub(crate) enum Failure {
    /// Wrong usage: exit status 2.
    Usage(String),
    /// Any other failure: exit status 1.
    Failed(String),
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Usage(message) | Self::Failed(message)) = self;
        f.write_str(message)
    }
}

pub(crate) fn usage(error: impl Display) -> Failure {
    Failure::Usage(error.to_string())
}

pub(crate) fn failed(error: impl Display) -> Failure {
    Failure::Failed(error.to_string())
}

/// A failure whose message starts with the file, address or value that it is about.
pub(crate) fn failed_at(what: impl Display, error: impl Display) -> Failure {
    Failure::Failed(format!("{what}: {error}"))
}

/// An error and its causes on one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        // Some messages already include their cause.
        let reason = error.to_string();
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        cause = error.source();
    }
    text
}
