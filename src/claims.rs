//! Token verification: a token is split into an [`UntrustedToken`], and becomes [`Claims`] once its signature, issuer,
//! audience and age are verified. There is no other way to create claims.

mod header;
mod set;

use std::borrow::Cow;
use std::slice;
use std::time::Duration;

use chrono::{DateTime, Utc};
use memchr::{memchr, memchr_iter, memrchr};

use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind};
use crate::keys::Key;
use crate::tools::base64url::decode;
use crate::tools::elapsed::elapsed;
use crate::tools::json::Outline;
use header::Header;
use set::{Audience, SecurityEvent, StringClaim};

/// The requirements of a receiver on a token.
#[derive(Debug, Clone)]
pub(crate) struct Requirements {
    pub(crate) client_id: String,
    pub(crate) issuers: Vec<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) clock_skew: Duration,
}

/// A token whose parts are decoded from base64url. Nothing else is checked.
pub(crate) struct UntrustedToken<'a> {
    signing_input: &'a [u8],
    header: Vec<u8>,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

/// The contents of a token that met every requirement.
pub(crate) struct Claims {
    pub(crate) envelope: Envelope,
    pub(crate) issuer: String,
    pub(crate) issued_at: DateTime<Utc>,
}

impl<'a> UntrustedToken<'a> {
    /// Splits the compact serialization of RFC 7515, section 7.1: three parts in base64url without padding.
    pub(crate) fn split(token: &'a [u8]) -> Result<Self, Error> {
        let body = |detail| {
            let is_text = str::from_utf8(token).is_ok();
            ErrorKind::Body.because(if is_text {
                detail
            } else {
                "neither a JSON object nor a token: not UTF-8"
            })
        };

        let (signing_input, signature) = split_around(token, memrchr(b'.', token))
            .ok_or_else(|| body("neither a JSON object nor a token"))?;
        let (header, claims) = split_around(signing_input, memchr(b'.', signing_input))
            .ok_or_else(|| body("a token has three parts, this one has two"))?;
        if header.is_empty() || claims.is_empty() {
            return Err(body("the token's header or claims are empty"));
        }
        let undecodable = |part| match memchr_iter(b'.', claims).count() {
            0 => body(part),
            2 => body("five parts: encrypted tokens are not supported"),
            _ => body("a token has three parts, this one has more"),
        };
        Ok(Self {
            signing_input,
            header: decode(header).ok_or_else(|| undecodable("the token's header is not base64url"))?,
            claims: decode(claims).ok_or_else(|| undecodable("the token's claims are not base64url"))?,
            signature: decode(signature)
                .ok_or_else(|| undecodable("the token's signature is not base64url"))?,
        })
    }

    /// Reads the header. Returns the id of the key that signed the token, if the header is acceptable.
    pub(crate) fn key_id(&self) -> Result<Cow<'_, str>, Error> {
        Header::read(&self.header).map(|header| header.key_id)
    }

    /// Verifies the token as of `now` with the key of its [`key_id`](Self::key_id), in the order of [`ErrorKind`]. The
    /// claims are not parsed before the signature is verified.
    pub(crate) fn verify(
        &self,
        key: &Key,
        requirements: &Requirements,
        now: DateTime<Utc>,
    ) -> Result<Claims, Error> {
        if !key.verifies(self.signing_input, &self.signature) {
            return Err(ErrorKind::Signature.because("it does not verify"));
        }
        let claims = str::from_utf8(&self.claims).map_err(|_| ErrorKind::Claims.because("not UTF-8"))?;
        // Declared here because the claims borrow from it.
        let outline = Outline::of(claims);
        let claims = SecurityEvent::read(claims, outline.as_ref())?;
        let issuer = requirements.check_issuer(&claims.iss)?;
        if !key.is_of(&issuer) {
            return Err(ErrorKind::Issuer.because("`iss` is not the issuer of the keys"));
        }
        requirements.check_audience(&claims.aud)?;
        requirements.check_time(&claims, now)?;
        Ok(Claims {
            envelope: Envelope { id: claims.jti, user_id: claims.sub, event: claims.event },
            issuer,
            issued_at: claims.iat,
        })
    }
}

/// Splits a text at the byte at `place`. Returns what is before that byte, and what is after it.
fn split_around(text: &[u8], place: Option<usize>) -> Option<(&[u8], &[u8])> {
    let (before, rest) = text.split_at_checked(place?)?;
    Some((before, rest.get(1..)?))
}

impl Requirements {
    /// RFC 8417, section 2.2: `iss` is one string. It is compared byte for byte, and an empty one matches nothing.
    fn check_issuer(&self, iss: &StringClaim<'_>) -> Result<String, Error> {
        let refused = |detail| ErrorKind::Issuer.because(detail);
        match iss {
            StringClaim::Text(iss) if !iss.is_empty() && self.issuers.iter().any(|issuer| issuer == iss) => {
                Ok(iss.clone().into_owned())
            }
            StringClaim::Text(_) => Err(refused("`iss` is not an issuer of this receiver")),
            StringClaim::Other => Err(refused("`iss` is not a string")),
            StringClaim::Absent => Err(refused("`iss` is missing")),
        }
    }

    /// RFC 7519, section 4.1.3: `aud` is a string or an array of strings, and must contain the client id. An empty
    /// client id matches nothing.
    fn check_audience(&self, aud: &Audience<'_>) -> Result<(), Error> {
        let names = match aud {
            Audience::One(name) => slice::from_ref(name),
            Audience::Many(names) => names,
            Audience::Unreadable => {
                let detail = "`aud` is missing, or neither a string nor an array of strings";
                return Err(ErrorKind::Audience.because(detail));
            }
        };
        if self.client_id.is_empty() || !names.iter().any(|name| *name == self.client_id) {
            return Err(ErrorKind::Audience.because("`aud` does not name this receiver's client id"));
        }
        Ok(())
    }

    /// Moneyhub's tokens have no `exp`, so their age is measured from `iat`. Both limits are inclusive, and the clock
    /// skew does not extend the maximum age.
    fn check_time(&self, claims: &SecurityEvent<'_>, now: DateTime<Utc>) -> Result<(), Error> {
        if self.max_age.is_some_and(|max_age| elapsed(claims.iat, now) > max_age) {
            return Err(ErrorKind::Expired.because("`iat` is older than the maximum age"));
        }
        if claims.exp.is_some_and(|exp| elapsed(exp, now) > self.clock_skew) {
            return Err(ErrorKind::Expired.because("`exp` has passed"));
        }
        if elapsed(now, claims.iat) > self.clock_skew {
            return Err(ErrorKind::NotYetValid.because("`iat` is in the future"));
        }
        if claims.nbf.is_some_and(|nbf| elapsed(now, nbf) > self.clock_skew) {
            return Err(ErrorKind::NotYetValid.because("`nbf` is in the future"));
        }
        Ok(())
    }
}
