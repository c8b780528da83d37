//! What to answer: every outcome, its status and why. The one place where statuses are chosen.

use http::StatusCode;
use moneyhub_webhooks::Error;

use crate::encoding::Coding;
use crate::watch;

/// What became of a request. Moneyhub sends each webhook once, whatever the answer, and waits 5 seconds for it:
/// the status tells the sender, and your own monitoring, whose fault it was.
///
/// | outcome | status | why |
/// |---|---|---|
/// | [`Accepted`](Self::Accepted), unknown and malformed events too | 202 | it is ours now; it is handled after the answer |
/// | [`Duplicate`](Self::Duplicate) | 202 | what the first copy was answered; nothing is done |
/// | the replay guard can't be asked | 202 | `Accepted`: handled all the same, since twice is better than never |
/// | [`Stored`](Self::Stored): the keys are not to be had | 202 | our own fault: it is kept, and judged later as of its receipt |
/// | [`NoRoom`](Self::NoRoom): what would hold it is full | 503 | our own fault, and it is lost: an alarm |
/// | [`Refused`](Self::Refused) | 400, 401, 413 | not acceptable: [`Error::http_status`] |
/// | [`TooLarge`](Self::TooLarge) | 413 | over the limit before it was whole |
/// | [`Encoded`](Self::Encoded) | 415 | it has a `Content-Encoding`, such as gzip, which is not decoded here |
/// | [`TooSlow`](Self::TooSlow) | 408 | not whole in time |
/// | [`CutOff`](Self::CutOff) | 400 | it ended early |
/// | [`Failed`](Self::Failed) | 500 | we panicked, or stopped, before it was handed over |
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// Acceptable and handed over.
    Accepted,
    /// Handed over before.
    Duplicate,
    /// Not judged yet, and kept with the time of its receipt.
    Stored,
    /// Nothing is wrong with it, as far as is known, and nothing could be done with it.
    NoRoom,
    /// The receiver's verdict.
    Refused(Error),
    /// The framework's limit was met before the receiver's.
    TooLarge,
    /// It is not the text that was signed, but an encoding of it.
    Encoded(Coding),
    /// The time limit for reading has passed.
    TooSlow,
    /// The sender went away, or the transfer is broken.
    CutOff,
    /// A fault of this program.
    Failed,
}

impl Answer {
    /// Every answer, in a word, with each status that it may have: what [`watch`] counts.
    pub(crate) const SERIES: &[(&str, &str)] = &[
        ("accepted", "202"),
        ("duplicate", "202"),
        ("stored", "202"),
        ("no_room", "503"),
        ("refused", "400"),
        ("refused", "401"),
        ("refused", "413"),
        ("too_large", "413"),
        ("encoded", "415"),
        ("too_slow", "408"),
        ("cut_off", "400"),
        ("failed", "500"),
    ];

    pub(crate) fn series(&self) -> (&'static str, &'static str) {
        let word = match self {
            Self::Accepted => "accepted",
            Self::Duplicate => "duplicate",
            Self::Stored => "stored",
            Self::NoRoom => "no_room",
            Self::Refused(_) => "refused",
            Self::TooLarge => "too_large",
            Self::Encoded(_) => "encoded",
            Self::TooSlow => "too_slow",
            Self::CutOff => "cut_off",
            Self::Failed => "failed",
        };
        let status = self.status();
        let series = Self::SERIES.iter().find(|series| **series == (word, status.as_str()));
        // An error of a later version may have another status.
        series.copied().unwrap_or((word, "other"))
    }

    /// Counts the answer, and gives its status.
    pub fn send(&self) -> StatusCode {
        watch::answered(self);
        self.status()
    }

    /// The status to answer with; there is no need of a body.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Accepted | Self::Duplicate | Self::Stored => StatusCode::ACCEPTED,
            Self::NoRoom => StatusCode::SERVICE_UNAVAILABLE,
            Self::Refused(error) => {
                StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Encoded(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::CutOff => StatusCode::BAD_REQUEST,
            Self::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}
