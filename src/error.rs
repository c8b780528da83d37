//! Why a body was rejected: [`ErrorKind`] says which check failed, and [`Error`] adds what was wrong and where.
//!
//! Neither contains any part of the body: bodies are personal data, and a rejected one may come from an attacker.

use std::borrow::Cow;
use std::fmt;

use crate::json::fault::located_reason;

/// The reason that a body was rejected.
///
/// The message says what is wrong and where, in lower case. It contains no part of the body, so it is safe to log.
/// [`source`](std::error::Error::source) is always `None`, because the messages of a JSON parser quote their input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct Error {
    kind: ErrorKind,
    detail: Cow<'static, str>,
    is_signed: bool,
    is_over_limit: bool,
    /// A key set that is new enough lacks the key.
    has_no_key: bool,
}

impl Error {
    /// Returns which check failed.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns whether the issuer of the receiver's keys has signed the rejected token, and the token is no other kind of
    /// token: it has `events` that are not a logout, and no claim of an ID token.
    ///
    /// Such a token is not forged, so a service may keep it: the fault may be the receiver's settings, or a change on
    /// Moneyhub's side. It does **not** say that the token is for this receiver: with [`ErrorKind::Claims`],
    /// [`ErrorKind::Issuer`] and [`ErrorKind::Audience`] it may be that of another client. Only kinds after
    /// [`ErrorKind::Signature`] can be signed.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        self.is_signed
    }

    /// Returns the error with the statement that the token is [signed](Self::is_signed).
    pub(crate) fn signed(mut self) -> Self {
        self.is_signed = true;
        self
    }

    /// Returns whether the same token may be accepted later, because its key can't be had at the moment.
    ///
    /// That is every error of the kind [`ErrorKind::KeysUnavailable`]. It is also [`ErrorKind::UnknownKey`] if
    /// [`RemoteKeys`](crate::keys) has deferred as many tokens as `max_deferred` or `max_deferred_in_outage` allow.
    /// Those numbers protect services that store every deferred token, since anyone can send such tokens. A store with
    /// a limit of its own can keep the others as well.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.kind == ErrorKind::KeysUnavailable || self.is_over_limit
    }

    /// Returns the error with the statement that it would have been deferred, but for the limit.
    #[cfg(feature = "remote-keys")]
    pub(crate) fn over_limit(mut self) -> Self {
        self.is_over_limit = true;
        self
    }

    /// Returns whether a body that was stored because its error was [transient](Self::is_transient) may be discarded:
    ///
    /// - its signature does not verify;
    /// - a key set of a [`KeyCache`](crate::KeyCache) or `RemoteKeys` that was fetched at least 5 minutes after its receipt
    ///   has no signing key of that id, not even one that [is ignored](crate::KeySet::ignored), and its issuer, audience
    ///   and age fit the receiver;
    /// - it is no security event token but another kind, such as an ID token, with which somebody can log in, or its claims
    ///   can't be read.
    ///
    /// Keep one that is rejected for another reason: the settings of the receiver may have changed meanwhile, or may be
    /// wrong. A genuine token whose key was removed or replaced while it was stored looks like a forged one.
    #[must_use]
    pub fn may_be_discarded(&self) -> bool {
        let is_of_another_kind = self.kind == ErrorKind::Claims && !self.is_signed;
        self.kind == ErrorKind::Signature || self.has_no_key || is_of_another_kind
    }

    /// Returns whether a key set that is new enough lacks the key.
    pub(crate) fn has_no_key(&self) -> bool {
        self.has_no_key
    }

    /// Returns the error with the statement that there is no such key.
    pub(crate) fn without_key(mut self) -> Self {
        self.has_no_key = true;
        self
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

macro_rules! error_kinds {
    ($($(#[$doc:meta])* $kind:ident: $id:literal, $text:literal, $http_status:literal, $rfc8935_code:expr;)+) => {
        /// Which check failed. Checks run in the order of the variants, and the first one that fails is reported.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$doc])* $kind,)+
        }

        impl ErrorKind {
            /// All kinds, in the order of the checks.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            /// Returns the kind as an identifier in snake case, such as `too_large`: for logs, metrics and databases.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$kind => $id,)+
                }
            }

            /// Returns the HTTP status to respond with: 4xx for a rejected body, 503 for
            /// [`KeysUnavailable`](Self::KeysUnavailable).
            ///
            /// Moneyhub sends each webhook once, whatever the response. After `KeysUnavailable`, store the body with its
            /// time of receipt, respond with 202, and read it later with
            /// [`receive_at`](crate::Receiver::receive_at): `parse_at` fetches no keys. Respond with 503 only if the body
            /// can't be stored.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self {
                    $(Self::$kind => $http_status,)+
                }
            }

            /// Returns the error code for the `err` member of the response body, from
            /// [RFC 8935, section 2.4](https://www.rfc-editor.org/rfc/rfc8935#section-2.4) (push delivery of security
            /// event tokens).
            ///
            /// Returns `None` for [`KeysUnavailable`](Self::KeysUnavailable), which is not the sender's fault.
            #[must_use]
            pub const fn rfc8935_code(self) -> Option<&'static str> {
                match self {
                    $(Self::$kind => $rfc8935_code,)+
                }
            }
        }

        /// Writes the kind in words, such as `body too large`.
        impl fmt::Display for ErrorKind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self {
                    $(Self::$kind => $text,)+
                })
            }
        }
    };
}

error_kinds! {
    /// The body is larger than [`Receiver::max_body`](crate::Receiver::max_body). It was not parsed.
    TooLarge: "too_large", "body too large", 413, Some("invalid_request");
    /// The body is neither a complete JSON envelope nor a compact token: it is not UTF-8, the JSON is invalid, the
    /// envelope is malformed or incomplete, the `id` is empty, or a part of the token is not base64url.
    Body: "body", "unreadable body", 400, Some("invalid_request");
    /// The receiver does not accept this format: plain JSON at a receiver of signed tokens, or a token at a receiver of
    /// plain JSON.
    ///
    /// A JSON object counts as plain JSON as soon as it names its `eventType`. The rest is not parsed, and may be invalid
    /// in all but its UTF-8.
    FormatRejected: "format_rejected", "format rejected", 401, Some("authentication_failed");
    /// The token's header is malformed or over 8 KiB, has a duplicate member, uses an extension (`crit`, `b64`, `zip`,
    /// `enc`), or has a `typ` that is not supported.
    Header: "header", "bad token header", 400, Some("invalid_request");
    /// The token's `alg` is not RS256.
    Algorithm: "algorithm", "bad algorithm", 401, Some("authentication_failed");
    /// The token's `kid` is missing, empty, not a string, or over 256 bytes.
    KeyId: "key_id", "bad key id", 401, Some("invalid_key");
    /// The key set has no usable key with the token's `kid`. If it is a static one, fetch it again.
    ///
    /// Also a token for which there are no keys and none are worth a fetch, because its unverified issuer, audience or age
    /// does not fit the receiver, or because as many tokens as allowed are deferred already. The message says which.
    UnknownKey: "unknown_key", "unknown key", 401, Some("invalid_key");
    /// No key set can be fetched or read, or none that is recent enough to reject the token's `kid`.
    ///
    /// The fault is the receiver's, not the sender's: store the body with its time of receipt, and verify it later with
    /// [`receive_at`](crate::Receiver::receive_at).
    KeysUnavailable: "keys_unavailable", "keys unavailable", 503, None;
    /// The signature does not verify. The error deliberately has no further detail.
    Signature: "signature", "bad signature", 401, Some("authentication_failed");
    /// The claims are not those of Moneyhub's security event token: they are malformed, or belong to another kind of
    /// token (an ID token or a logout token).
    Claims: "claims", "bad claims", 400, Some("invalid_request");
    /// `iss` is missing, is not an issuer that the receiver accepts, or is not the issuer of the receiver's keys.
    Issuer: "issuer", "wrong issuer", 401, Some("invalid_issuer");
    /// `aud` does not contain the receiver's client id.
    Audience: "audience", "wrong audience", 401, Some("invalid_audience");
    /// The token is older than the maximum age, or its `exp` has passed by more than the clock skew.
    Expired: "expired", "expired", 401, Some("authentication_failed");
    /// `iat` or `nbf` is in the future by more than the clock skew.
    NotYetValid: "not_yet_valid", "not yet valid", 401, Some("authentication_failed");
}

impl ErrorKind {
    /// Makes an error of this kind. The detail says what is wrong and where.
    pub(crate) fn because(self, detail: impl Into<Cow<'static, str>>) -> Error {
        Error {
            kind: self,
            detail: detail.into(),
            is_signed: false,
            is_over_limit: false,
            has_no_key: false,
        }
    }

    /// Makes an error from a JSON error: keeps its reason, line and column, and drops the input that it quotes.
    pub(crate) fn because_json(self, error: &serde_json::Error) -> Error {
        self.because(located_reason(error))
    }
}
