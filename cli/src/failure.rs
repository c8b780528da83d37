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

/// Why a request failed. If the server was not reached, with its name; never with the path, which may be secret.
pub(crate) fn of_request(error: reqwest::Error) -> String {
    let server = error.url().and_then(|url| {
        let port = url.port().map(|port| format!(":{port}"));
        Some(format!("{}{}", url.host_str()?, port.unwrap_or_default()))
    });
    let is_connect = error.is_connect();
    let text = with_causes(&error.without_url());
    match server {
        Some(server) if is_connect => format!("{server}: {text}"),
        _ => text,
    }
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
