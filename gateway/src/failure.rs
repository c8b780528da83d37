//! Why the program ends: a message, and the exit status.

use std::error::Error;
use std::fmt::Display;

pub(crate) struct Failure {
    pub(crate) message: String,
    /// 2: a setting is wrong, and another start would not help. 1: anything else, such as a file that can't be read.
    pub(crate) status: u8,
}

/// A wrong setting: its name, its value unless that is secret, and what is wrong with it.
pub(crate) fn wrong(setting: impl Display, value: impl Display, reason: impl Display) -> Failure {
    Failure {
        message: format!("{setting}: {value}: {reason}"),
        status: 2,
    }
}

/// A wrong setting whose value is missing, or may be secret.
pub(crate) fn missing(setting: impl Display, reason: impl Display) -> Failure {
    Failure {
        message: format!("{setting}: {reason}"),
        status: 2,
    }
}

/// What the setting names does not work at the moment.
pub(crate) fn failed(setting: impl Display, value: impl Display, reason: impl Display) -> Failure {
    Failure {
        status: 1,
        ..wrong(setting, value, reason)
    }
}

/// Any other failure.
pub(crate) fn other(reason: impl Display) -> Failure {
    Failure {
        message: reason.to_string(),
        status: 1,
    }
}

/// An error and its causes on one line.
pub(crate) fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let reason = error.to_string();
        // Some messages include their cause.
        if !text.contains(&reason) {
            text = format!("{text}: {reason}");
        }
        cause = error.source();
    }
    text
}
