//! Why a body was refused: [`ErrorKind`], the answer to "what do I do now", and [`Error`], which adds what
//! was wrong and where. Neither holds anything of the body: bodies are personal data, and a refused one is
//! an attacker's text.

use std::borrow::Cow;
use std::fmt;

use crate::tools::json;

/// A refused body, or a key set that can't be read.
///
/// The message says what is wrong and where, in lower case, without a byte of the body: it is safe to log.
/// There is no [`source`](std::error::Error::source), because the messages of a JSON parser quote their input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", .kind.row().name)]
pub struct Error {
    kind: ErrorKind,
    detail: Cow<'static, str>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        let detail = detail.into();
        Self { kind, detail }
    }

    /// A JSON error, with its place in the text that was read and without the text.
    pub(crate) fn json(kind: ErrorKind, error: &serde_json::Error) -> Self {
        Self::new(kind, json::located_reason(error))
    }

    /// What went wrong, as something to match on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The HTTP status to answer with: [`ErrorKind::http_status`].
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.kind.http_status()
    }

    /// The error code for the body of the answer: [`ErrorKind::rfc8935_code`].
    #[must_use]
    pub fn rfc8935_code(&self) -> Option<&'static str> {
        self.kind.rfc8935_code()
    }
}

/// What went wrong. The checks are made in this order, and the first that fails is the one reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The body is over the limit of [`Receiver::max_body`](crate::Receiver::max_body). Nothing was parsed.
    TooLarge,
    /// Neither a whole JSON envelope nor a compact token: not UTF-8, broken JSON, a broken or incomplete
    /// envelope, an empty `id`, or token parts that are not base64url.
    Body,
    /// The body is of a format that this receiver was not built to accept: plain JSON at a receiver of signed tokens, or
    /// the reverse. A JSON object is plain JSON as soon as it names a member of the envelope; the rest is not read, and
    /// may be broken.
    FormatRefused,
    /// The token's header is broken or over 8 KiB, names a member twice, asks for an extension (`crit`,
    /// `b64`, `zip`, `enc`) or is of another `typ`.
    Header,
    /// The token's `alg` is not RS256.
    Algorithm,
    /// The token's `kid` is missing, empty, not a string or over 256 bytes.
    KeyId,
    /// The key set has no usable key of the token's `kid`: the cue to fetch the key set anew.
    UnknownKey,
    /// No key set can be fetched or read, or none that is new enough to reject the token's `kid`. The fault is ours, not
    /// the sender's: keep the body, and judge it later.
    KeysUnavailable,
    /// The signature does not verify. Deliberately without detail.
    Signature,
    /// The claims don't have the form of Moneyhub's security event token, or are those of another kind of
    /// token (an id token, a logout token).
    Claims,
    /// `iss` is missing or not an issuer of this receiver.
    Issuer,
    /// `aud` does not name this receiver's client id.
    Audience,
    /// The token is older than the maximum age, or its `exp` has passed by more than the clock skew.
    Expired,
    /// `iat` or `nbf` lies ahead by more than the clock skew.
    NotYetValid,
}

/// What the crate knows of an [`ErrorKind`].
struct Row {
    name: &'static str,
    http_status: u16,
    rfc8935_code: Option<&'static str>,
}

impl ErrorKind {
    /// The HTTP status that says this to the sender: 4xx for a body that is not acceptable, 503 for
    /// [`KeysUnavailable`](Self::KeysUnavailable).
    ///
    /// Moneyhub sends each webhook once, whatever the answer. So answer 202 to a body of `KeysUnavailable`
    /// once it is stored with its time of receipt, and judge it later with
    /// [`parse_at`](crate::Receiver::parse_at); 503 is for the case that it can't even be stored.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        self.row().http_status
    }

    /// The error code of [RFC 8935, section 2.4](https://www.rfc-editor.org/rfc/rfc8935#section-2.4)
    /// (push delivery of security event tokens) for the `err` member of an answer's body; `None` where the
    /// fault is our own.
    #[must_use]
    pub const fn rfc8935_code(self) -> Option<&'static str> {
        self.row().rfc8935_code
    }

    const fn row(self) -> Row {
        const INVALID_REQUEST: Option<&str> = Some("invalid_request");
        const INVALID_KEY: Option<&str> = Some("invalid_key");
        const INVALID_ISSUER: Option<&str> = Some("invalid_issuer");
        const INVALID_AUDIENCE: Option<&str> = Some("invalid_audience");
        const AUTHENTICATION_FAILED: Option<&str> = Some("authentication_failed");

        let (name, http_status, rfc8935_code) = match self {
            Self::TooLarge => ("body too large", 413, INVALID_REQUEST),
            Self::Body => ("unreadable body", 400, INVALID_REQUEST),
            Self::FormatRefused => ("format refused", 401, AUTHENTICATION_FAILED),
            Self::Header => ("bad token header", 400, INVALID_REQUEST),
            Self::Algorithm => ("bad algorithm", 401, AUTHENTICATION_FAILED),
            Self::KeyId => ("bad key id", 401, INVALID_KEY),
            Self::UnknownKey => ("unknown key", 401, INVALID_KEY),
            Self::KeysUnavailable => ("keys unavailable", 503, None),
            Self::Signature => ("bad signature", 401, AUTHENTICATION_FAILED),
            Self::Claims => ("bad claims", 400, INVALID_REQUEST),
            Self::Issuer => ("wrong issuer", 401, INVALID_ISSUER),
            Self::Audience => ("wrong audience", 401, INVALID_AUDIENCE),
            Self::Expired => ("expired", 401, AUTHENTICATION_FAILED),
            Self::NotYetValid => ("not yet valid", 401, AUTHENTICATION_FAILED),
        };
        Row { name, http_status, rfc8935_code }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().name)
    }
}
