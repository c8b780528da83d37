//! The raw body becomes a [`Body`]: within the limit, and labelled JSON or token. A label and nothing more:
//! what is accepted is the receiver's to say, and what is true is found out later.

use std::borrow::Cow;

use serde::Deserialize;

use crate::error::{Error, ErrorKind};
use crate::json::{Absent, Text, WHITE_SPACE, object_from_str};

/// What a body looks like.
pub(crate) enum Body<'a> {
    /// Starts as a JSON object does.
    Json(&'a str),
    /// Anything else: if it is acceptable at all, it is a token. It may not even be text, which base64url refuses.
    Token(&'a [u8]),
}

impl<'a> Body<'a> {
    /// Checks the size, and that JSON is UTF-8, once for all that reads it. A token is checked when it is decoded.
    pub(crate) fn label(body: &'a [u8], max_body: usize) -> Result<Self, Error> {
        if body.len() > max_body {
            let detail = format!("the body has {} bytes, the limit is {max_body}", body.len());
            return Err(Error::new(ErrorKind::TooLarge, detail));
        }
        if body.iter().find(|byte| !WHITE_SPACE.contains(byte)) == Some(&b'{') {
            let text = str::from_utf8(body).map_err(|error| {
                Error::new(ErrorKind::Body, format!("not UTF-8 at byte {}", error.valid_up_to()))
            })?;
            return Ok(Self::Json(text));
        }
        let line = body.strip_suffix(b"\n").map_or(body, |line| line.strip_suffix(b"\r").unwrap_or(line));
        // Payment widgets post a form of this one field; a token holds nothing that a form would escape.
        Ok(Self::Token(line.strip_prefix(b"token=").unwrap_or(line)))
    }
}

/// The token in a JSON object `{"token": "…"}`, in which Moneyhub's payment widgets wrap it. An object that
/// has a member of the JSON envelope is none of these.
pub(crate) fn wrapped_token(json: &str) -> Option<Cow<'_, str>> {
    #[derive(Deserialize)]
    struct Wrapper<'a> {
        #[serde(borrow)]
        token: Text<'a>,
        #[serde(
            default,
            rename = "id",
            alias = "eventType",
            alias = "userId",
            alias = "userid",
            alias = "payload"
        )]
        _envelope: Absent,
    }

    let wrapper: Wrapper<'_> = object_from_str(json).ok()?;
    Some(wrapper.token.0)
}
