//! Why a body was rejected: [`ErrorKind`] says which check failed, and [`Error`] adds what was wrong and where.
//!
//! Neither contains any part of the body: bodies are personal data, and a rejected one may come from an attacker.

use std::borrow::Cow;
use std::fmt;

use crate::tools::json;

/// The reason that a body was rejected, or that a key set can't be read.
///
/// The message says what is wrong and where, in lower case. It contains no part of the body, so it is safe to log.
/// [`source`](std::error::Error::source) is always `None`, because the messages of a JSON parser quote their input.
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

    /// Converts a JSON error: keeps its reason, line and column, and drops the input that it quotes.
    pub(crate) fn json(kind: ErrorKind, error: &serde_json::Error) -> Self {
        Self::new(kind, json::located_reason(error))
    }

    /// Returns which check failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the HTTP status to respond with. See [`ErrorKind::http_status`].
    #[must_use]
    pub fn http_status(&self) -> u16 {
        self.kind.http_status()
    }

    /// Returns the error code for the body of the response. See [`ErrorKind::rfc8935_code`].
    #[must_use]
    pub fn rfc8935_code(&self) -> Option<&'static str> {
        self.kind.rfc8935_code()
    }
}

/// Which check failed. Checks run in the order of the variants, and the first one that fails is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The body is larger than [`Receiver::max_body`](crate::Receiver::max_body). It was not parsed.
    TooLarge,
    /// The body is neither a complete JSON envelope nor a compact token: it is not UTF-8, the JSON is invalid, the
    /// envelope is malformed or incomplete, the `id` is empty, or a part of the token is not base64url.
    Body,
    /// The receiver does not accept this format: plain JSON at a receiver of signed tokens, or a token at a receiver of
    /// plain JSON.
    ///
    /// A JSON object counts as plain JSON as soon as it names a member of the envelope. The rest is not read and may be
    /// invalid.
    FormatRefused,
    /// The token's header is malformed or over 8 KiB, has a duplicate member, uses an extension (`crit`, `b64`, `zip`,
    /// `enc`), or has a `typ` that is not supported.
    Header,
    /// The token's `alg` is not RS256.
    Algorithm,
    /// The token's `kid` is missing, empty, not a string, or over 256 bytes.
    KeyId,
    /// The key set has no usable key with the token's `kid`. Fetch the key set again.
    UnknownKey,
    /// No key set can be fetched or read, or none that is recent enough to reject the token's `kid`.
    ///
    /// The fault is the receiver's, not the sender's: store the body and parse it again later.
    KeysUnavailable,
    /// The signature does not verify. The error deliberately has no further detail.
    Signature,
    /// The claims are not those of Moneyhub's security event token: they are malformed, or belong to another kind of
    /// token (an ID token or a logout token).
    Claims,
    /// `iss` is missing, is not an issuer that the receiver accepts, or is not the issuer of the receiver's keys.
    Issuer,
    /// `aud` does not contain the receiver's client id.
    Audience,
    /// The token is older than the maximum age, or its `exp` has passed by more than the clock skew.
    Expired,
    /// `iat` or `nbf` is in the future by more than the clock skew.
    NotYetValid,
}

/// The properties of an [`ErrorKind`].
struct Row {
    name: &'static str,
    http_status: u16,
    rfc8935_code: Option<&'static str>,
}

impl ErrorKind {
    /// Returns the HTTP status to respond with: 4xx for a rejected body, 503 for
    /// [`KeysUnavailable`](Self::KeysUnavailable).
    ///
    /// Moneyhub sends each webhook once, whatever the response. After `KeysUnavailable`, store the body with its time
    /// of receipt, respond with 202, and parse the body later with [`parse_at`](crate::Receiver::parse_at). Respond
    /// with 503 only if the body can't be stored.
    #[must_use]
    pub const fn http_status(self) -> u16 {
        self.row().http_status
    }

    /// Returns the error code for the `err` member of the response body, from
    /// [RFC 8935, section 2.4](https://www.rfc-editor.org/rfc/rfc8935#section-2.4) (push delivery of security event
    /// tokens).
    ///
    /// Returns `None` for [`KeysUnavailable`](Self::KeysUnavailable), which is not the sender's fault.
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
