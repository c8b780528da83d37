//! [`Received`]: the outcome of a request, and the status to answer with.

use http::StatusCode;
use moneyhub_webhooks::Error;

/// The outcome of a request. Answer with its [`status`](Self::status), and with nothing else.
///
/// Moneyhub treats any 20x as received, waits 5 seconds, and sends each webhook once, whatever the answer is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use = "answer with its status"]
pub enum Received {
    /// 202: the webhook is verified and on a disk: that of the store, or that of the spill folder.
    Stored,
    /// 202: a duplicate of a webhook that is stored, or was handled. Its sender has done nothing wrong.
    Duplicate,
    /// 202: the key to verify it was not available. It is stored, and is verified later as of its time of receipt.
    Unverified,
    /// 400 or 401: the receiver has rejected the body. See [`Error::http_status`].
    Rejected(Error),
    /// 413: the body exceeds the limit of the receiver.
    TooLarge,
    /// 415: the body is compressed. The signature is over the bytes as they were before.
    Encoded,
    /// 408: the body did not arrive in time.
    TooSlow,
    /// 400: the body ended early.
    CutOff,
    /// 503: neither the store nor the spill folder has taken it, or the quota for what anyone can send is used up. The
    /// webhook is lost.
    Unavailable,
}

impl Received {
    /// Returns the outcome in one word, as the metrics have it: `"stored"`, `"too_large"`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Duplicate => "duplicate",
            Self::Unverified => "unverified",
            Self::Rejected(_) => "rejected",
            Self::TooLarge => "too_large",
            Self::Encoded => "encoded",
            Self::TooSlow => "too_slow",
            Self::CutOff => "cut_off",
            Self::Unavailable => "unavailable",
        }
    }

    /// Returns the status to answer with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Stored | Self::Duplicate | Self::Unverified => StatusCode::ACCEPTED,
            Self::Rejected(error) => {
                StatusCode::from_u16(error.http_status()).unwrap_or(StatusCode::BAD_REQUEST)
            }
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Encoded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::CutOff => StatusCode::BAD_REQUEST,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }
}
