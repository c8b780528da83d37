//! Labels a raw body within the size limit as a JSON object or a token: [`Body`].
//!
//! It is only a label. The receiver decides which formats it accepts, and later stages verify the contents.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};

use crate::error::{Error, ErrorKind};
use crate::tools::json::{Text, WHITE_SPACE, once};

/// A body and its apparent format. Neither variant is known to be UTF-8.
pub(crate) enum Body<'a> {
    /// The body starts like a JSON object.
    Object(&'a [u8]),
    /// Any other body. If it is valid at all, it is a token.
    Token(&'a [u8]),
}

impl<'a> Body<'a> {
    /// Checks the size, and labels the body by its first byte that is not white space.
    pub(crate) fn label(body: &'a [u8], max_body: usize) -> Result<Self, Error> {
        if body.len() > max_body {
            let detail = format!("the body has {} bytes, the limit is {max_body}", body.len());
            return Err(ErrorKind::TooLarge.because(detail));
        }
        if body.iter().find(|byte| !WHITE_SPACE.contains(byte)) == Some(&b'{') {
            return Ok(Self::Object(body));
        }
        let line = body.strip_suffix(b"\n").map_or(body, |line| line.strip_suffix(b"\r").unwrap_or(line));
        // Payment widgets post a form with this one field. No character of a token is escaped in a form.
        Ok(Self::Token(line.strip_prefix(b"token=").unwrap_or(line)))
    }
}

/// Returns the body as UTF-8 text.
pub(crate) fn utf8(json: &[u8]) -> Result<&str, Error> {
    str::from_utf8(json)
        .map_err(|error| ErrorKind::Body.because(format!("not UTF-8 at byte {}", error.valid_up_to())))
}

/// Returns the token in a JSON object `{"token": "…"}`, the wrapper of Moneyhub's payment widgets.
///
/// Returns `None` for plain JSON, which is an object that names a member of the envelope. Nothing after that name is
/// read, so that rejecting plain JSON costs the same whatever its size.
pub(crate) fn wrapped_token(json: &[u8]) -> Result<Option<Cow<'_, str>>, Error> {
    let mut is_plain = false;
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let token = deserializer
        .deserialize_map(WrapperVisitor { is_plain: &mut is_plain })
        .and_then(|token| deserializer.end().map(|()| token));
    match token {
        Err(_) if is_plain => Ok(None),
        Err(error) => Err(ErrorKind::Body.because_json(&error)),
        Ok(None) => {
            Err(ErrorKind::Body.because("a JSON object with neither a member of the envelope nor a `token`"))
        }
        Ok(token) => utf8(json).map(|_| token),
    }
}

struct WrapperVisitor<'a> {
    is_plain: &'a mut bool,
}

impl<'de> Visitor<'de> for WrapperVisitor<'_> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut token: Option<Text<'de>> = None;
        while let Some(member) = members.next_key::<Text<'de>>()? {
            match &*member {
                "token" => once(&mut token, "token", members.next_value()?)?,
                "id" | "eventType" | "userId" | "userid" | "payload" => {
                    *self.is_plain = true;
                    return Err(A::Error::custom("plain JSON"));
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(token.map(|Text(token)| token))
    }
}
