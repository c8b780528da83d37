//! One member of a JWKS: a key that can verify Moneyhub's tokens, or the reason why not.
//!
//! A key set may contain keys for other services, so a key that can't be used is ignored and does not affect the
//! others.

use std::borrow::Cow;
use std::fmt;
use std::ops::ControlFlow;

use serde_json::value::RawValue;

use super::{ALGORITHM, MAX_KEY_ID, VerifyingKey};
use crate::json::{self, Members};
use crate::tools::base64url;

/// A key that is ready to verify signatures.
pub(super) struct UsableKey {
    pub(super) key_id: String,
    modulus: Vec<u8>,
    exponent: Vec<u8>,
    pub(super) verifying_key: VerifyingKey,
}

/// Keys are equal if their numbers are, whatever their ids.
impl PartialEq for UsableKey {
    fn eq(&self, other: &Self) -> bool {
        self.modulus == other.modulus && self.exponent == other.exponent
    }
}

/// A key in a key set that can't be used, and why.
///
/// `Debug` and the reason contain no key material. The key id is whatever the publisher of the set wrote.
#[derive(Clone, PartialEq, Eq)]
pub struct IgnoredKey {
    key_id: Option<String>,
    reason: &'static str,
    may_sign: bool,
}

impl IgnoredKey {
    pub(super) fn new(key_id: Option<String>, reason: &'static str) -> Self {
        Self {
            key_id,
            reason,
            may_sign: true,
        }
    }

    /// Returns whether it may sign tokens, though this crate can't verify them: it is not for another use.
    pub(super) fn may_sign(&self) -> bool {
        self.may_sign
    }

    /// Returns the `kid` of the key, if it is a string.
    #[must_use]
    pub fn key_id(&self) -> Option<&str> {
        self.key_id.as_deref()
    }

    /// Returns why the key can't be used.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

impl fmt::Debug for IgnoredKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IgnoredKey")
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// The members of a private or symmetric key (RFC 7518, sections 6.3.2 and 6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The sizes of the modulus, in bits, that both backends support.
const MODULUS_BITS: std::ops::RangeInclusive<usize> = 2048..=4096;

/// The exclusive upper limit of the exponent, which both backends support.
const EXPONENT_END: u64 = 1 << 33;

pub(super) fn read(jwk: &RawValue) -> Result<UsableKey, IgnoredKey> {
    let Ok(members) = Members::unique(jwk.get()) else {
        return Err(IgnoredKey::new(
            None,
            "not an object with unique member names",
        ));
    };
    let key_id = || members.text("kid").map(Cow::into_owned);
    check_use(&members).map_err(|reason| IgnoredKey {
        may_sign: false,
        ..IgnoredKey::new(key_id(), reason)
    })?;
    check_numbers(&members).map_err(|reason| IgnoredKey::new(key_id(), reason))
}

/// Checks the intended use of a key (RFC 7517, section 4).
fn check_use(jwk: &Members<'_>) -> Result<(), &'static str> {
    if jwk.text("kty").as_deref() != Some("RSA") {
        return Err("`kty` is not RSA");
    }
    if PRIVATE.iter().any(|name| stated(jwk, name).is_some()) {
        return Err("it contains a private or symmetric key");
    }
    if stated(jwk, "use").is_some() && jwk.text("use").as_deref() != Some("sig") {
        return Err("`use` is not sig");
    }
    if stated(jwk, "alg").is_some() && jwk.text("alg").as_deref() != Some(ALGORITHM) {
        return Err("`alg` is not RS256");
    }
    if stated(jwk, "key_ops").is_some_and(|operations| !includes(operations, "verify")) {
        return Err("`key_ops` does not include verify");
    }
    Ok(())
}

/// Checks the id of a key, and its numbers (RFC 7518, section 6.3.1).
fn check_numbers(jwk: &Members<'_>) -> Result<UsableKey, &'static str> {
    let key_id = match jwk.text("kid") {
        Some(key_id) if !key_id.is_empty() && key_id.len() <= MAX_KEY_ID => key_id.into_owned(),
        _ => return Err("`kid` is not a string of 1 to 256 bytes"),
    };
    let modulus = number(jwk, "n").ok_or("`n` is not a base64url number without leading zeros")?;
    if !MODULUS_BITS.contains(&bits(&modulus)) {
        return Err("`n` has fewer than 2048 or more than 4096 bits");
    }
    if !is_odd(&modulus) {
        return Err("`n` is even");
    }
    let exponent = number(jwk, "e").ok_or("`e` is not a base64url number without leading zeros")?;
    let value = exponent.iter().try_fold(0_u64, |value, byte| {
        value.checked_mul(256)?.checked_add((*byte).into())
    });
    if !is_odd(&exponent) || !value.is_some_and(|value| (3..EXPONENT_END).contains(&value)) {
        return Err("`e` is even, below 3, or not below 2^33");
    }
    let verifying_key =
        VerifyingKey::new(&modulus, &exponent).ok_or("`n` and `e` are not a valid RSA key")?;
    Ok(UsableKey {
        key_id,
        modulus,
        exponent,
        verifying_key,
    })
}

/// Returns the value of a member that says something. Null and an empty array say nothing, so they count as absent.
fn stated<'a>(jwk: &Members<'a>, name: &str) -> Option<&'a RawValue> {
    jwk.get(name)
        .filter(|value| !json::is_null(value) && !is_empty_array(value))
}

fn is_empty_array(value: &RawValue) -> bool {
    let inside = value
        .get()
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inside.is_some_and(|inside| inside.trim_ascii().is_empty())
}

/// Returns whether a value is an array that includes this string.
fn includes(array: &RawValue, text: &str) -> bool {
    let mut found = false;
    let read = json::array(array.get(), |element| {
        found |= matches!(json::string(element), Ok(Some(element)) if element == text);
        ControlFlow::Continue(())
    });
    read.is_ok() && found
}

/// Decodes a Base64urlUInt (RFC 7518, section 2): big-endian, without leading zeros, and not zero.
fn number(jwk: &Members<'_>, member: &str) -> Option<Vec<u8>> {
    let bytes = base64url::decode(&*jwk.text(member)?)?;
    bytes
        .first()
        .is_some_and(|first| *first != 0)
        .then_some(bytes)
}

fn bits(number: &[u8]) -> usize {
    let leading = number.first().map_or(0, |first| first.leading_zeros());
    number
        .len()
        .saturating_mul(8)
        .saturating_sub(leading as usize)
}

fn is_odd(number: &[u8]) -> bool {
    number.last().is_some_and(|last| last % 2 == 1)
}
