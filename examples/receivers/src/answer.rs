//! Which status to answer with: every outcome, its status and the reason. Statuses are chosen only here.

use http::StatusCode;
use moneyhub_webhooks::Error;

use crate::encoding::Coding;
use crate::watch;

/// The outcome of a request. Moneyhub sends each webhook once, whatever the answer, and waits 5 seconds for it. The
/// status tells the sender and your monitoring whose fault a failure was.
///
/// | outcome | status | why |
/// |---|---|---|
/// | [`Accepted`](Self::Accepted), unknown and malformed events too | 202 | it is stored, and handled after the answer |
/// | [`Duplicate`](Self::Duplicate) | 202 | the same answer as the first time; it is not handled again |
/// | the replay guard failed | 202 | `Accepted`: it is handled anyway, since twice is better than never |
/// | [`Stored`](Self::Stored): the keys are unavailable | 202 | our fault: it is stored, and verified later as of its time of receipt |
/// | [`NoRoom`](Self::NoRoom): the store is full | 503 | our fault, and the webhook is lost: alert on it |
/// | [`Refused`](Self::Refused) | 400, 401, 413 | it was rejected: [`Error::http_status`] |
/// | [`TooLarge`](Self::TooLarge) | 413 | the body exceeded the limit while it was read |
/// | [`Encoded`](Self::Encoded) | 415 | it has a `Content-Encoding`, such as gzip: nothing is decompressed here |
/// | [`TooSlow`](Self::TooSlow) | 408 | the body did not arrive in time |
/// | [`CutOff`](Self::CutOff) | 400 | the body ended early |
/// | [`Failed`](Self::Failed) | 500 | the receiver panicked or stopped before the webhook was stored |
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Answer {
    /// Accepted and stored.
    Accepted,
    /// A duplicate of a webhook that was accepted before.
    Duplicate,
    /// Not verified yet, and stored with its time of receipt.
    Stored,
    /// Not rejected, but it could not be stored.
    NoRoom,
    /// Rejected, with the error of the receiver.
    Refused(Error),
    /// Over the limit on bodies, before the receiver saw it.
    TooLarge,
    /// Encoded, such as compressed: not the bytes that were signed.
    Encoded(Coding),
    /// The time limit for reading has expired.
    TooSlow,
    /// The sender disconnected, or the transfer broke off.
    CutOff,
    /// A bug or a stop of this program.
    Failed,
}

impl Answer {
    /// Every answer by name, with each status that it can have: the series that [`watch`] counts.
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
        let series = Self::SERIES
            .iter()
            .find(|series| **series == (word, status.as_str()));
        // An error of a later version of the crate may have another status.
        series.copied().unwrap_or((word, "other"))
    }

    /// Counts the answer and returns its status.
    pub fn send(&self) -> StatusCode {
        watch::answered(self);
        self.status()
    }

    /// Returns the status to answer with. No response body is needed.
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
