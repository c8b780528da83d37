//! Tells the formats of a raw body apart: plain JSON, a token, or a token in one of the wrappers of Moneyhub's payment
//! widgets.
//!
//! Later stages verify the contents. Of the receiver's policy it knows only whether plain JSON is accepted, so as to stop
//! early if it is not.

use std::borrow::Cow;
use std::ops::ControlFlow;

use serde_json::value::RawValue;

use crate::envelope::Members;
use crate::error::{Error, ErrorKind};
use crate::json;

/// A body within the size limit, by its format.
pub(crate) enum Body<'a> {
    /// A JSON object that names its `eventType`: the text, and the members of the envelope.
    Json(&'a str, Members<'a>),
    /// The compact serialization of a token.
    Token(Cow<'a, str>),
}

impl<'a> Body<'a> {
    /// Detects the format.
    ///
    /// | body | format |
    /// |---|---|
    /// | a JSON object with `eventType` | plain JSON, whatever else it holds |
    /// | a JSON object without it, and with one string `token` | that token |
    /// | a form with one field `token` | that token |
    /// | anything else | a token, if it is valid at all |
    ///
    /// Without `accepts_json`, plain JSON is rejected as soon as its `eventType` is seen, and the rest is not read.
    pub(crate) fn detect(
        body: &'a [u8],
        max_body: usize,
        accepts_json: bool,
    ) -> Result<Self, Error> {
        if body.len() > max_body {
            let detail = format!("the body has {} bytes, the limit is {max_body}", body.len());
            return Err(ErrorKind::TooLarge.because(detail));
        }
        if body.is_empty() {
            return Err(ErrorKind::Body.because("the body is empty"));
        }
        let text = json::utf8(body).map_err(|fault| ErrorKind::Body.because(fault))?;
        if json::starts_with(text, '{') {
            return Self::of_object(text, accepts_json);
        }
        let line = text
            .strip_suffix('\n')
            .map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        Ok(Self::Token(Cow::Borrowed(
            form_token(line)?.unwrap_or(line),
        )))
    }

    fn of_object(text: &'a str, accepts_json: bool) -> Result<Self, Error> {
        let mut members = Members::default();
        let mut token: Option<&RawValue> = None;
        let mut tokens = 0_u32;
        json::object(text, |name, value| {
            if name == "token" {
                token = Some(value);
                tokens = tokens.saturating_add(1);
            }
            members.take(&name, value);
            if members.event_type.is_some() && !accepts_json {
                return ControlFlow::Break(());
            }
            ControlFlow::Continue(())
        })
        .map_err(|error| ErrorKind::Body.because_json(&error))?;

        if members.event_type.is_some() {
            if !accepts_json {
                let detail = "plain JSON, but this receiver accepts only signed tokens";
                return Err(ErrorKind::FormatRejected.because(detail));
            }
            return Ok(Self::Json(text, members));
        }
        let missing =
            || ErrorKind::Body.because("a JSON object with neither `eventType` nor `token`");
        let token = token.ok_or_else(missing)?;
        match json::string(token) {
            Ok(Some(token)) if tokens == 1 => Ok(Self::Token(token)),
            Ok(Some(_)) => Err(ErrorKind::Body.because("duplicate `token`")),
            _ => Err(ErrorKind::Body.because("`token` is not a string")),
        }
    }
}

/// Returns the value of the field `token` of a form. Returns `None` for a body that is not a form with that field.
///
/// No character of a token is escaped in a form, so a value with `%` is not a token.
fn form_token(line: &str) -> Result<Option<&str>, Error> {
    // A bare token has no `=`, and may be long. All bytes are looked at, so that this compiles to vector instructions.
    if !line.bytes().fold(false, |any, byte| any | (byte == b'=')) {
        return Ok(None);
    }
    let mut tokens = line
        .split('&')
        .filter_map(|pair| pair.strip_prefix("token="));
    match (tokens.next(), tokens.next()) {
        (Some(token), None) => Ok(Some(token)),
        (Some(_), Some(_)) => Err(ErrorKind::Body.because("a form with several fields `token`")),
        (None, _) => Ok(None),
    }
}
