//! The header of a token (RFC 7515, section 4), of which a receiver takes the key id alone: the algorithm is
//! ours to choose, and whatever else the header asks for is refused or ignored.

use std::borrow::Cow;

use crate::error::{Error, ErrorKind};
use crate::json::{self, Members};
use crate::keys::{ALGORITHM, MAX_KEY_ID};

/// A header that asks for nothing but RS256 and a key.
pub(super) struct Header<'a> {
    pub(super) key_id: Cow<'a, str>,
}

/// A decoded header over this is not parsed. That of Moneyhub's sample has 67 bytes.
const MAX_HEADER: usize = 8 * 1024;

/// Extensions that would change what the signature covers. RFC 7515, section 4.1.11: a `crit` that is not
/// understood in full makes the token invalid; none is understood here.
const EXTENSIONS: [&str; 4] = ["crit", "b64", "zip", "enc"];

/// Moneyhub sends no `typ`; RFC 8417, section 2.3, recommends `secevent+jwt`.
const TYPES: [&str; 2] = ["JWT", "secevent+jwt"];

impl<'a> Header<'a> {
    pub(super) fn read(header: &'a [u8]) -> Result<Self, Error> {
        let bad = |detail| Error::new(ErrorKind::Header, detail);
        if header.len() > MAX_HEADER {
            return Err(bad("over 8 KiB"));
        }
        let text = str::from_utf8(header).map_err(|_| bad("not UTF-8"))?;
        let Members(members) =
            serde_json::from_str(text).map_err(|error| Error::json(ErrorKind::Header, &error))?;

        let string = |value| json::string(value).map_err(|error| Error::json(ErrorKind::Header, &error));
        let mut algorithm = None;
        let mut key_id = None;
        for (name, value) in members {
            match &*name {
                "alg" => algorithm = string(value)?,
                "kid" => key_id = string(value)?,
                "typ" => match string(value)? {
                    Some(typ) if TYPES.iter().any(|known| is_media_type(&typ, known)) => {}
                    _ => return Err(bad("`typ` is not that of a security event token")),
                },
                name if EXTENSIONS.contains(&name) => {
                    return Err(bad("`crit`, `b64`, `zip` and `enc` are not supported"));
                }
                _ => {}
            }
        }
        if algorithm.as_deref() != Some(ALGORITHM) {
            return Err(Error::new(ErrorKind::Algorithm, "`alg` is not RS256"));
        }
        match key_id {
            Some(key_id) if !key_id.is_empty() && key_id.len() <= MAX_KEY_ID => Ok(Self { key_id }),
            _ => Err(Error::new(ErrorKind::KeyId, "`kid` is not a string of 1 to 256 bytes")),
        }
    }
}

/// RFC 7515, section 4.1.9: media types compare without case, and `application/` may be left out.
fn is_media_type(typ: &str, known: &str) -> bool {
    let application = "application/";
    let subtype = match typ.split_at_checked(application.len()) {
        Some((prefix, subtype)) if prefix.eq_ignore_ascii_case(application) => subtype,
        _ => typ,
    };
    subtype.eq_ignore_ascii_case(known)
}
