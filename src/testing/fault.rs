//! [`Fault`]: the table of named faults, and how each turns a good delivery into a body that has to be rejected.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde_json::value::RawValue;

use super::{Delivery, key};
use crate::error::ErrorKind;

macro_rules! faults {
    ($($(#[$doc:meta])* $fault:ident, $name:literal => $kind:ident;)+) => {
        /// A fault for which a receiver of signed tokens has to reject a body.
        ///
        /// There is at least one fault for each [`ErrorKind`] that a sender can cause.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Fault {
            $($(#[$doc])* $fault,)+
        }

        impl Fault {
            /// All faults, in the order of the checks that find them.
            pub const ALL: &'static [Self] = &[$(Self::$fault,)+];

            /// Returns the name in lower case, such as `wrong-audience`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$fault => $name,)+
                }
            }

            /// Returns the error of [`TestIssuer::receiver`](super::TestIssuer::receiver), and of any other receiver of
            /// signed tokens alone, with a static key set and the default limits. Live keys may defer
            /// [`Fault::UnknownKey`](Self::UnknownKey): the error is then [`ErrorKind::KeysUnavailable`].
            #[must_use]
            pub const fn error_kind(self) -> ErrorKind {
                match self {
                    $(Self::$fault => ErrorKind::$kind,)+
                }
            }
        }
    };
}

faults! {
    /// A valid token of more than 1 MiB.
    Oversized, "oversized" => TooLarge;
    /// A token that was cut off in transit.
    CutOff, "cut-off" => Body;
    /// A token with a byte that is not UTF-8.
    NotUtf8, "not-utf8" => Body;
    /// The event as plain JSON, which anyone can send.
    Unsigned, "unsigned" => FormatRejected;
    /// A token that requires an extension (`crit`, RFC 7515, section 4.1.11).
    CriticalExtension, "critical-extension" => Header;
    /// A token with the algorithm `none` and no signature (RFC 7515, appendix A.5).
    AlgorithmNone, "algorithm-none" => Algorithm;
    /// A token that does not say which key signed it.
    NoKeyId, "no-key-id" => KeyId;
    /// A token that names a key that is not in the key set.
    UnknownKey, "unknown-key" => UnknownKey;
    /// A token that was modified after it was signed: it names another user.
    Forged, "forged" => Signature;
    /// An ID token, signed with the same key for the same client.
    IdToken, "id-token" => Claims;
    /// A token from another issuer.
    WrongIssuer, "wrong-issuer" => Issuer;
    /// A token for another client.
    WrongAudience, "wrong-audience" => Audience;
    /// A token that was issued a day ago.
    Expired, "expired" => Expired;
    /// A token that is issued a day in the future.
    NotYetValid, "not-yet-valid" => NotYetValid;
}

impl Delivery {
    /// Returns the body with a fault, for which a receiver of signed tokens has to reject it.
    #[must_use]
    pub fn faulty(self, fault: Fault) -> Vec<u8> {
        const DAY: TimeDelta = TimeDelta::days(1);

        let time = self.time;
        let body = match fault {
            Fault::Oversized => self.claim("padding", "x".repeat(1024 * 1024)).token(),
            Fault::CutOff => self.signing_input(),
            Fault::NotUtf8 => return [self.token().as_bytes(), b"\xff"].concat(),
            Fault::Unsigned => self.json(),
            Fault::CriticalExtension => self
                .header("crit", ["extension"])
                .header("extension", true)
                .token(),
            Fault::AlgorithmNone => self.header("alg", "none").signing_input() + ".",
            Fault::NoKeyId => self.without_header("kid").token(),
            Fault::UnknownKey => {
                let key_id = another(self.header.get("kid"));
                self.key_id(key_id).token()
            }
            Fault::Forged => {
                let signature = key::sign(&self.signing_input());
                let user_id = another(self.claims.get("sub"));
                format!("{}.{signature}", self.user_id(user_id).signing_input())
            }
            Fault::IdToken => self
                .without_claim("events")
                .claim("nonce", "n-0S6_WzA2Mj")
                .token(),
            Fault::WrongIssuer => {
                let issuer = another(self.claims.get("iss"));
                self.issuer(issuer).token()
            }
            Fault::WrongAudience => {
                let audience = another(self.claims.get("aud"));
                self.audience(audience).token()
            }
            Fault::Expired => self
                .issued_at(time.checked_sub_signed(DAY).unwrap_or(time))
                .token(),
            Fault::NotYetValid => self
                .issued_at(time.checked_add_signed(DAY).unwrap_or(time))
                .token(),
        };
        body.into_bytes()
    }
}

/// Returns a name that differs from the given one.
fn another(name: Option<&RawValue>) -> String {
    let name = name.map_or("", RawValue::get).trim_matches('"');
    format!("another-than-{name}")
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Fault {
    type Err = ParseFaultError;

    fn from_str(name: &str) -> Result<Self, ParseFaultError> {
        Self::ALL
            .iter()
            .copied()
            .find(|fault| fault.as_str() == name)
            .ok_or(ParseFaultError(()))
    }
}

/// The string is not the name of a [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a fault")]
pub struct ParseFaultError(());
