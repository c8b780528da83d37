//! Strict JSON, where serde's derive and serde_json are too lenient or reveal too much:
//!
//! - an object is never deserialised from an array by position ([`object!`]);
//! - a duplicate member is an error where it matters ([`Members`]);
//! - an error names the place and never quotes the value ([`fault`]);
//! - a number keeps its digits ([`number`]).

pub(crate) mod fault;
pub(crate) mod number;
pub(crate) mod object;
pub(crate) mod outline;

pub(crate) use fault::{Fault, decode, located_reason};
pub(crate) use object::{Members, ObjectOnly, object, object_from_str};
pub(crate) use outline::Outline;

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, DeserializeOwned, Deserializer, Error, Unexpected, Visitor};
use serde_json::value::RawValue;

/// The bytes that JSON allows around a value.
pub(crate) const WHITE_SPACE: [u8; 4] = *b" \t\n\r";

/// Removes the white space before the first token.
pub(crate) fn trim_start(text: &str) -> &str {
    text.trim_start_matches(WHITE_SPACE.map(char::from))
}

/// A decoded JSON string, borrowed from the input if it contains no escapes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }

        deserializer.deserialize_str(TextVisitor)
    }
}

/// A JSON value as the sender wrote it, compared by its text. `Debug` shows only its length.
#[derive(Clone)]
pub(crate) struct RawJson(Box<RawValue>);

impl RawJson {
    pub(crate) fn get(&self) -> &str {
        self.0.get()
    }
}

impl From<Box<RawValue>> for RawJson {
    fn from(raw: Box<RawValue>) -> Self {
        Self(raw)
    }
}

impl From<&RawValue> for RawJson {
    fn from(raw: &RawValue) -> Self {
        Self(raw.to_owned())
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawJson {}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} bytes of JSON>", self.get().len())
    }
}

impl serde::Serialize for RawJson {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Deserialises an object as `F` and keeps its text. `expected` is the message if it is not an `F`.
pub(crate) fn with_text<'de, F, D>(deserializer: D, expected: &str) -> Result<(F, RawJson), D::Error>
where
    F: DeserializeOwned,
    D: Deserializer<'de>,
{
    let text = Box::<RawValue>::deserialize(deserializer)?;
    match F::deserialize(ObjectOnly(&*text)) {
        Ok(fields) => Ok((fields, RawJson(text))),
        Err(_) => Err(D::Error::invalid_value(Unexpected::Other("JSON"), &expected)),
    }
}

/// Returns whether a raw value is an object. The text of a [`RawValue`] starts with its first token.
pub(crate) fn is_object(raw: &RawValue) -> bool {
    raw.get().starts_with('{')
}

/// Decodes a raw value that is a string. Returns `None` for any other value, and an error for a string that can't be
/// decoded (a lone surrogate).
pub(crate) fn string(raw: &RawValue) -> serde_json::Result<Option<Cow<'_, str>>> {
    let Some(text) = raw.get().strip_prefix('"').and_then(|text| text.strip_suffix('"')) else {
        return Ok(None);
    };
    if !text.contains('\\') {
        return Ok(Some(Cow::Borrowed(text)));
    }
    serde_json::from_str(raw.get()).map(|Text(text)| Some(text))
}

/// Stores the value of a member, and returns an error if the member is a duplicate.
pub(crate) fn once<T, E: Error>(slot: &mut Option<T>, name: &'static str, value: T) -> Result<(), E> {
    if slot.is_some() {
        return Err(E::duplicate_field(name));
    }
    *slot = Some(value);
    Ok(())
}

/// A member that must be absent. Its presence is an error, even with the value null.
#[derive(Default)]
pub(crate) struct Absent;

impl<'de> Deserialize<'de> for Absent {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(D::Error::invalid_value(Unexpected::Other("member"), &"this member to be absent"))
    }
}
