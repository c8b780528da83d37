//! The header of a token (RFC 7515, section 4).
//!
//! A receiver uses only the key id. The algorithm is fixed, and everything else in the header is rejected or ignored.

use std::borrow::Cow;

use serde::Deserialize;

use crate::error::{Error, ErrorKind};
use crate::keys::{ALGORITHM, MAX_KEY_ID};
use crate::tools::json::{self, Members, Text};

/// A header that was checked: its algorithm is RS256, and it uses no extension.
pub(super) struct Header<'a> {
    pub(super) key_id: Cow<'a, str>,
}

/// The maximum size of a decoded header, in bytes. A larger one is not parsed. The header of Moneyhub's sample has 67.
const MAX_HEADER: usize = 8 * 1024;

/// Extensions that would change what the signature covers. RFC 7515, section 4.1.11: a `crit` that is not fully
/// understood makes the token invalid. None is understood here.
const EXTENSIONS: [&str; 4] = ["crit", "b64", "zip", "enc"];

/// The accepted values of `typ`. Moneyhub sends none; RFC 8417, section 2.3, recommends `secevent+jwt`.
const TYPES: [&str; 2] = ["JWT", "secevent+jwt"];

impl<'a> Header<'a> {
    pub(super) fn read(header: &'a [u8]) -> Result<Self, Error> {
        let bad = |detail| ErrorKind::Header.because(detail);
        if header.len() > MAX_HEADER {
            return Err(bad("over 8 KiB"));
        }
        let text = str::from_utf8(header).map_err(|_| bad("not UTF-8"))?;
        let Named { algorithm, key_id } = match json::object_from_str(text) {
            Ok(Usual { alg: Text(algorithm), kid: Text(key_id) }) => {
                Named { algorithm: Some(algorithm), key_id: Some(key_id) }
            }
            Err(_) => Named::read(text)?,
        };
        if algorithm.as_deref() != Some(ALGORITHM) {
            return Err(ErrorKind::Algorithm.because("`alg` is not RS256"));
        }
        match key_id {
            Some(key_id) if !key_id.is_empty() && key_id.len() <= MAX_KEY_ID => Ok(Self { key_id }),
            _ => Err(ErrorKind::KeyId.because("`kid` is not a string of 1 to 256 bytes")),
        }
    }
}

/// The header that Moneyhub sends: two strings and nothing else. It is deserialised directly, in one pass.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Usual<'a> {
    #[serde(borrow)]
    alg: Text<'a>,
    #[serde(borrow)]
    kid: Text<'a>,
}

/// The members of any other header, if it uses no extension and has a supported `typ`.
struct Named<'a> {
    algorithm: Option<Cow<'a, str>>,
    key_id: Option<Cow<'a, str>>,
}

impl<'a> Named<'a> {
    fn read(text: &'a str) -> Result<Self, Error> {
        let bad = |detail| ErrorKind::Header.because(detail);
        let Members(members) =
            serde_json::from_str(text).map_err(|error| ErrorKind::Header.because_json(&error))?;

        let string = |value| json::string(value).map_err(|error| ErrorKind::Header.because_json(&error));
        let mut named = Self { algorithm: None, key_id: None };
        for (name, value) in members {
            match &*name {
                "alg" => named.algorithm = string(value)?,
                "kid" => named.key_id = string(value)?,
                "typ" => match string(value)? {
                    Some(typ) if TYPES.iter().any(|known| is_media_type(&typ, known)) => {}
                    _ => return Err(bad("`typ` is not a type of security event token")),
                },
                name if EXTENSIONS.contains(&name) => {
                    return Err(bad("`crit`, `b64`, `zip` and `enc` are not supported"));
                }
                _ => {}
            }
        }
        Ok(named)
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

#[cfg(test)]
mod tests {
    use super::{Usual, json};

    /// Not visible from outside: one pass is enough.
    #[test]
    fn the_header_that_moneyhub_sends_is_read_at_once() {
        assert!(json::object_from_str::<Usual<'_>>(r#"{"kid":"k","alg":"RS256"}"#).is_ok());
        for other in [
            r#"{"kid":"k","alg":"RS256","typ":"JWT"}"#,
            r#"{"kid":"k","alg":"RS256","kid":"k"}"#,
            r#"{"kid":"k","alg":1}"#,
            r#"["RS256","k"]"#,
        ] {
            assert!(json::object_from_str::<Usual<'_>>(other).is_err(), "{other}");
        }
    }
}
