//! The status that a delivery should be answered with.

use std::fmt;

use clap::ValueEnum;
use serde::{Serialize, Serializer};

/// How `--expect` compares an answer with the recorded one.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Expect {
    // With doc comments clap would print these on lines of their own. The help of `--expect` describes them.
    Recorded,
    Class,
    Success,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Status(u16),
    /// Any status with this first digit.
    Class(u16),
    /// An error of the sender; or 202 or 503: a receiver may store a token of an unknown key and verify it later, or have no
    /// room for it.
    RejectedOrDeferred,
}

impl Expected {
    pub(super) const SUCCESS: Self = Self::Class(2);
    pub(super) const CLIENT_ERROR: Self = Self::Class(4);

    /// A delivery that was recorded without an answer is expected to succeed.
    pub(super) fn replayed(recorded: Option<u16>, expect: Expect) -> Self {
        match (expect, recorded) {
            (Expect::Success, _) | (_, None) => Self::SUCCESS,
            (Expect::Class, Some(status)) => Self::Class(status / 100),
            (Expect::Recorded, Some(status)) => Self::Status(status),
        }
    }

    pub(super) fn is_success(self) -> bool {
        matches!(self, Self::Class(2) | Self::Status(200..300))
    }

    pub(super) fn is_met_by(self, status: u16) -> bool {
        match self {
            Self::Status(expected) => status == expected,
            Self::Class(class) => status / 100 == class,
            Self::RejectedOrDeferred => status / 100 == 4 || [202, 503].contains(&status),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(f, "{status}"),
            Self::Class(class) => write!(f, "{class}xx"),
            Self::RejectedOrDeferred => f.write_str("4xx, 202 or 503"),
        }
    }
}

impl Serialize for Expected {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
