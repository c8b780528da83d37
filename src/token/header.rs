//! The header of a token (RFC 7515, section 4).
//!
//! Only the key id is used. The algorithm is fixed, and everything else in the header is rejected or ignored.

use crate::error::{Error, ErrorKind};
use crate::json::{self, Members};
use crate::keys::{ALGORITHM, MAX_KEY_ID};

/// The maximum size of a decoded header, in bytes. A larger one is not parsed. The header of Moneyhub's sample has 67.
const MAX_HEADER: usize = 8 * 1024;

/// Extensions that would change what the signature covers. RFC 7515, section 4.1.11: a `crit` that is not fully
/// understood makes the token invalid. None is understood here.
const EXTENSIONS: [&str; 4] = ["crit", "b64", "zip", "enc"];

/// The accepted values of `typ`. Moneyhub sends none; RFC 8417, section 2.3, recommends `secevent+jwt`; RFC 7515,
/// section 4.1.9, names `JOSE` as the type of any compact token.
const TYPES: [&str; 3] = ["JWT", "JOSE", "secevent+jwt"];

/// Checks a header, and returns its key id.
pub(super) fn key_id(header: &[u8]) -> Result<String, Error> {
    let bad = |detail: &'static str| ErrorKind::Header.because(detail);
    if header.len() > MAX_HEADER {
        return Err(bad("over 8 KiB"));
    }
    let text = str::from_utf8(header).map_err(|_| bad("not UTF-8"))?;
    // RFC 7515, section 4: member names must be unique.
    let members = Members::unique(text).map_err(|error| ErrorKind::Header.because_json(&error))?;

    let string = |name| match members.get(name).map(json::string) {
        Some(Err(json::Undecodable)) => Err(bad("a string with a lone surrogate")),
        Some(Ok(text)) => Ok(text),
        None => Ok(None),
    };
    let (algorithm, key_id, typ) = (string("alg")?, string("kid")?, string("typ")?);
    if EXTENSIONS.iter().any(|name| members.get(name).is_some()) {
        return Err(bad("`crit`, `b64`, `zip` and `enc` are not supported"));
    }
    let is_supported =
        || typ.is_some_and(|typ| TYPES.iter().any(|known| is_media_type(&typ, known)));
    if members.get("typ").is_some() && !is_supported() {
        return Err(bad("`typ` is not a type of security event token"));
    }
    if algorithm.as_deref() != Some(ALGORITHM) {
        return Err(ErrorKind::Algorithm.because("`alg` is not RS256"));
    }
    match key_id {
        Some(key_id) if !key_id.is_empty() && key_id.len() <= MAX_KEY_ID => Ok(key_id.into_owned()),
        _ => Err(ErrorKind::KeyId.because("`kid` is not a string of 1 to 256 bytes")),
    }
}

/// RFC 7515, section 4.1.9: media types compare case-insensitively, and `application/` may be omitted.
fn is_media_type(typ: &str, known: &str) -> bool {
    let application = "application/";
    let subtype = match typ.split_at_checked(application.len()) {
        Some((prefix, subtype)) if prefix.eq_ignore_ascii_case(application) => subtype,
        _ => typ,
    };
    subtype.eq_ignore_ascii_case(known)
}
