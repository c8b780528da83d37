//! The way of a token: split into [`TokenParts`], an [`UntrustedToken`] once its header is checked, and [`Claims`] once its
//! signature, issuer, audience and age are verified. Nothing else creates claims: this is the one place where trust is made.

mod claims;
mod header;

use std::borrow::Cow;
use std::mem;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::envelope::Envelope;
use crate::error::{Error, ErrorKind};
use crate::keys::{Key, Unverified};
use crate::tools::base64url::decode;
use crate::tools::elapsed::elapsed;
use crate::tools::names::mistake;
pub(crate) use claims::read_stored;
use claims::{Audience, ClaimSet, Issuer, Registered, Times};

/// The requirements of a receiver on a token.
#[derive(Debug, Clone)]
pub(crate) struct Requirements {
    pub(crate) client_ids: Vec<String>,
    pub(crate) issuers: Vec<String>,
    pub(crate) max_age: Option<Duration>,
    pub(crate) clock_skew: Duration,
}

/// A token whose parts are decoded from base64url. Nothing else is checked.
pub(crate) struct TokenParts<'a> {
    token: Cow<'a, str>,
    /// The length of what is signed: the encoded header and claims.
    signed_length: usize,
    header: Vec<u8>,
    claims: Vec<u8>,
    signature: Vec<u8>,
}

/// A token whose header is checked, and what a receiver requires of it now.
pub(crate) struct UntrustedToken<'a> {
    parts: TokenParts<'a>,
    key_id: String,
    requirements: &'a Requirements,
    now: DateTime<Utc>,
}

/// The contents of a token that met every requirement.
pub(crate) struct Claims {
    /// The claims as sent: a JSON object.
    pub(crate) text: String,
    pub(crate) envelope: Envelope,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) key_id: String,
    pub(crate) issued_at: DateTime<Utc>,
}

impl<'a> TokenParts<'a> {
    /// Splits the compact serialization of RFC 7515, section 7.1: three parts in base64url without padding.
    pub(crate) fn split(token: Cow<'a, str>) -> Result<Self, Error> {
        let bad = |detail| ErrorKind::Body.because(detail);
        let (signing_input, signature) = token
            .rsplit_once('.')
            .ok_or_else(|| bad("neither a JSON object nor a token"))?;
        let (header, claims) = signing_input
            .split_once('.')
            .ok_or_else(|| bad("a token has three parts, this one has two"))?;
        if header.is_empty() || claims.is_empty() {
            return Err(bad("the token's header or claims are empty"));
        }
        let undecodable = |part| match claims.matches('.').count() {
            0 => bad(part),
            2 => bad("five parts: encrypted tokens are not supported"),
            _ => bad("a token has three parts, this one has more"),
        };
        let part = |encoded, detail| decode(encoded).ok_or_else(|| undecodable(detail));
        Ok(Self {
            signed_length: signing_input.len(),
            header: part(header, "the token's header is not base64url")?,
            claims: part(claims, "the token's claims are not base64url")?,
            signature: part(signature, "the token's signature is not base64url")?,
            token,
        })
    }

    /// Checks the header. The token is to be verified as of `now`.
    pub(crate) fn check_header(
        self,
        requirements: &'a Requirements,
        now: DateTime<Utc>,
    ) -> Result<UntrustedToken<'a>, Error> {
        Ok(UntrustedToken {
            key_id: header::key_id(&self.header)?,
            parts: self,
            requirements,
            now,
        })
    }
}

impl UntrustedToken<'_> {
    /// Verifies the token, in the order of [`ErrorKind`]. After [`ErrorKind::Signature`], it can be verified with another
    /// key.
    pub(crate) fn verify(&mut self, key: &Key) -> Result<Claims, Error> {
        let Self {
            parts,
            key_id,
            requirements,
            now,
        } = self;
        let signing_input = parts.token.get(..parts.signed_length).unwrap_or_default();
        if !key.verifies(signing_input.as_bytes(), &parts.signature) {
            return Err(ErrorKind::Signature.because("it does not verify"));
        }
        let text = String::from_utf8(mem::take(&mut parts.claims)).map_err(|_| not_utf8())?;
        let ClaimSet {
            registered,
            envelope,
        } = ClaimSet::read(&text, &requirements.client_ids)?;
        let issued_at = registered.times.iat;
        // Moneyhub has signed it, and it is no other kind of token: each error from here on says so.
        let (issuer, client_id) = requirements
            .check(registered, Some(key), *now)
            .map_err(Error::signed)?;
        Ok(Claims {
            envelope,
            issuer,
            client_id,
            key_id: mem::take(key_id),
            issued_at,
            text,
        })
    }
}

impl Unverified for UntrustedToken<'_> {
    fn key_id(&self) -> &str {
        &self.key_id
    }

    #[cfg(feature = "remote-keys")]
    fn token(&self) -> &str {
        &self.parts.token
    }

    fn received_at(&self) -> DateTime<Utc> {
        self.now
    }

    fn check_unverified(&self) -> Result<(), Error> {
        let text = str::from_utf8(&self.parts.claims).map_err(|_| not_utf8())?;
        let claims = Registered::read_unverified(text, &self.requirements.client_ids)?;
        match self.requirements.check(claims, None, self.now) {
            // A clock may be wrong, and the token valid later.
            Err(error) if error.kind() == ErrorKind::NotYetValid => Ok(()),
            checked => checked.map(drop),
        }
    }
}

fn not_utf8() -> Error {
    ErrorKind::Claims.because("not UTF-8")
}

impl Requirements {
    /// Returns the issuer and the client id, if the claims meet every requirement. `key` has verified the signature, if
    /// anything has.
    fn check(
        &self,
        claims: Registered,
        key: Option<&Key>,
        now: DateTime<Utc>,
    ) -> Result<(String, String), Error> {
        let issuer = self.check_issuer(claims.iss)?;
        key.map_or(Ok(()), |key| key.check_issuer(&issuer))?;
        let client_id = self.check_audience(claims.aud)?;
        self.check_times(&claims.times, now)?;
        Ok((issuer, client_id))
    }

    /// RFC 8417, section 2.2: `iss` is one string. It is compared byte for byte, and an empty one matches nothing.
    fn check_issuer(&self, iss: Issuer) -> Result<String, Error> {
        let rejected = |detail| Err(ErrorKind::Issuer.because(detail));
        match iss {
            Issuer::Text(iss) if !iss.is_empty() && self.issuers.contains(&iss) => Ok(iss),
            Issuer::Text(_) => rejected(format!(
                "`iss` is not an issuer of this receiver{}",
                mistake(&self.issuers)
            )),
            Issuer::NoString => rejected("`iss` is not a string".to_owned()),
            Issuer::Absent => rejected("`iss` is missing".to_owned()),
        }
    }

    /// RFC 7519, section 4.1.3: `aud` is a string or an array of strings, and must name a client id. An empty client id
    /// matches nothing.
    fn check_audience(&self, aud: Audience) -> Result<String, Error> {
        let rejected = |detail| Err(ErrorKind::Audience.because(detail));
        match aud {
            Audience::Ours(client_id) => Ok(client_id),
            Audience::Others => rejected(format!(
                "`aud` does not name this receiver's client id{}",
                mistake(&self.client_ids)
            )),
            Audience::Unreadable => {
                rejected("`aud` is missing, or neither a string nor an array of strings".to_owned())
            }
        }
    }

    /// Moneyhub's tokens have no `exp`, so their age is measured from `iat`. Both limits are inclusive, and the clock
    /// skew does not extend the maximum age.
    fn check_times(&self, times: &Times, now: DateTime<Utc>) -> Result<(), Error> {
        if self
            .max_age
            .is_some_and(|max_age| elapsed(times.iat, now) > max_age)
        {
            return Err(ErrorKind::Expired.because("`iat` is older than the maximum age"));
        }
        if times
            .exp
            .is_some_and(|exp| elapsed(exp, now) > self.clock_skew)
        {
            return Err(ErrorKind::Expired.because("`exp` has passed"));
        }
        if elapsed(now, times.iat) > self.clock_skew {
            return Err(ErrorKind::NotYetValid.because("`iat` is in the future"));
        }
        if times
            .nbf
            .is_some_and(|nbf| elapsed(now, nbf) > self.clock_skew)
        {
            return Err(ErrorKind::NotYetValid.because("`nbf` is in the future"));
        }
        Ok(())
    }
}
