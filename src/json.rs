//! Strict JSON, where serde's derive and serde_json are too lenient or reveal too much.
//!
//! - [`object`] reads the members of an envelope, of claims, of `events`, of a header and of a JWK.
//! - [`payload!`](payload::payload) defines payload types, which are read from objects only.
//! - [`number`] keeps the digits of a number.
//! - [`fault`] says what is wrong and where, without quoting a value.

pub(crate) mod fault;
pub(crate) mod number;
pub(crate) mod payload;

use std::borrow::Cow;
use std::fmt;
use std::ops::{ControlFlow, Range};
use std::ptr;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde_json::value::RawValue;

/// The bytes that JSON allows around a value.
const WHITE_SPACE: [u8; 4] = *b" \t\n\r";

/// Returns bytes as text, or why they are none.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, String> {
    str::from_utf8(bytes).map_err(|error| match bytes {
        // With a byte order mark, as some editors and shells write files.
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16 instead of UTF-8".to_owned(),
        _ => format!("not UTF-8 at byte {}", error.valid_up_to()),
    })
}

/// Returns whether a text starts with `first` after white space.
pub(crate) fn starts_with(text: &str, first: char) -> bool {
    text.trim_start_matches(WHITE_SPACE.map(char::from))
        .starts_with(first)
}

/// Reads a text that is one JSON object. Passes each member to `take`: its decoded name, and its value as sent.
///
/// Nothing is checked but the syntax: what a duplicate or unknown name means is up to `take`. After a `Break`, the rest
/// of the text is not read.
///
/// # Errors
///
/// Returns an error for a text that is not an object, for broken syntax, and for a name that can't be decoded.
pub(crate) fn object<'a>(
    text: &'a str,
    mut take: impl FnMut(Cow<'a, str>, &'a RawValue) -> ControlFlow<()>,
) -> serde_json::Result<()> {
    let take =
        |name, value: Option<_>| value.map_or(ControlFlow::Continue(()), |value| take(name, value));
    members(text, take, None)
}

/// Reads an object like [`object`], in which the value of the member `inner` is an object too.
///
/// `take` gets that name without a value, and after that `take_inner` gets the members of the value. So a long value is
/// not read twice, once as it was sent and once member by member.
pub(crate) fn object_with<'a>(
    text: &'a str,
    inner: &str,
    mut take: impl FnMut(Cow<'a, str>, Option<&'a RawValue>),
    mut take_inner: impl FnMut(Cow<'a, str>, &'a RawValue),
) -> serde_json::Result<()> {
    let take = |name, value| {
        take(name, value);
        ControlFlow::Continue(())
    };
    members(text, take, Some((inner, Inner(&mut take_inner))))
}

fn members<'a, 'i>(
    text: &'a str,
    take: impl FnMut(Cow<'a, str>, Option<&'a RawValue>) -> ControlFlow<()>,
    inner: Option<(&'i str, Inner<'i, 'a>)>,
) -> serde_json::Result<()> {
    struct Members<'s, 'i, 'a, F> {
        take: F,
        inner: Option<(&'i str, Inner<'i, 'a>)>,
        stopped: &'s mut bool,
    }

    impl<'de, F: FnMut(Cow<'de, str>, Option<&'de RawValue>) -> ControlFlow<()>> Visitor<'de>
        for Members<'_, '_, 'de, F>
    {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
            while let Some(Text(name)) = members.next_key()? {
                let flow = match &mut self.inner {
                    Some((inner, Inner(take_inner))) if name == *inner => {
                        let flow = (self.take)(name, None);
                        members.next_value_seed(Inner(&mut **take_inner))?;
                        flow
                    }
                    _ => (self.take)(name, Some(members.next_value()?)),
                };
                if flow.is_break() {
                    *self.stopped = true;
                    break;
                }
            }
            Ok(())
        }
    }

    whole(text, '{', "an object", |deserializer, stopped| {
        deserializer.deserialize_map(Members {
            take,
            inner,
            stopped,
        })
    })
}

/// Reads the members of an object that is the value of a member.
struct Inner<'s, 'a>(&'s mut dyn FnMut(Cow<'a, str>, &'a RawValue));

impl<'de> DeserializeSeed<'de> for Inner<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        // `deserialize_map` would quote a whole string in its message.
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<(), A::Error> {
        let mut members = payload::NotANumber(members);
        while let Some(Text(name)) = members.next_key()? {
            (self.0)(name, members.next_value()?);
        }
        Ok(())
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<(), E> {
        Err(E::invalid_type(Unexpected::Other("string"), &self))
    }
}

/// Reads a text that is one JSON array, and passes each element as sent to `take`. After a `Break`, the rest of the text
/// is not read.
///
/// # Errors
///
/// Returns an error for a text that is not an array, and for broken syntax.
pub(crate) fn array<'a>(
    text: &'a str,
    take: impl FnMut(&'a RawValue) -> ControlFlow<()>,
) -> serde_json::Result<()> {
    struct Elements<'s, F> {
        take: F,
        stopped: &'s mut bool,
    }

    impl<'de, F: FnMut(&'de RawValue) -> ControlFlow<()>> Visitor<'de> for Elements<'_, F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<(), A::Error> {
            while let Some(element) = elements.next_element()? {
                if (self.take)(element).is_break() {
                    *self.stopped = true;
                    break;
                }
            }
            Ok(())
        }
    }

    whole(text, '[', "an array", |deserializer, stopped| {
        deserializer.deserialize_seq(Elements { take, stopped })
    })
}

/// Reads a whole text that starts with `first`, unless `read` sets the flag that it has stopped before the end.
///
/// serde_json never sees another kind of value: where it expects an object and finds a string, it quotes the whole string
/// in its message, which takes many times its memory.
fn whole<'a>(
    text: &'a str,
    first: char,
    expected: &str,
    read: impl FnOnce(
        &mut serde_json::Deserializer<serde_json::de::StrRead<'a>>,
        &mut bool,
    ) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    if !starts_with(text, first) {
        return Err(serde_json::Error::invalid_type(
            Unexpected::Other("value"),
            &expected,
        ));
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut stopped = false;
    let result = read(&mut deserializer, &mut stopped);
    if stopped {
        return Ok(());
    }
    result.and_then(|()| deserializer.end())
}

/// The members of a small object in which no name may appear twice: their decoded names, and their values as sent.
pub(crate) struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads a text that is one JSON object. A duplicate name is an error.
    pub(crate) fn unique(text: &'a str) -> serde_json::Result<Self> {
        let mut members = Vec::new();
        object(text, |name, value| {
            members.push((name, value));
            ControlFlow::Continue(())
        })?;
        members.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        if members
            .windows(2)
            .any(|pair| matches!(pair, [(one, _), (next, _)] if one == next))
        {
            let expected = &"unique member names";
            return Err(serde_json::Error::invalid_value(Unexpected::Map, expected));
        }
        Ok(Self(members))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .find(|(member, _)| member == name)
            .map(|(_, value)| *value)
    }

    /// Returns the value of a member that is a string.
    pub(crate) fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        string(self.get(name)?).ok().flatten()
    }
}

/// A decoded JSON string, borrowed from the input if it contains no escapes.
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

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

/// A string value contains a lone surrogate, so that it has no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Undecodable;

/// Decodes a value that is a string. Returns `None` for any other value.
pub(crate) fn string(value: &RawValue) -> Result<Option<Cow<'_, str>>, Undecodable> {
    let text = value.get();
    let Some(quoted) = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    else {
        return Ok(None);
    };
    if !quoted.contains('\\') {
        return Ok(Some(Cow::Borrowed(quoted)));
    }
    let Text(decoded) = serde_json::from_str(text).map_err(|_| Undecodable)?;
    Ok(Some(decoded))
}

/// Returns whether a value is null.
pub(crate) fn is_null(value: &RawValue) -> bool {
    value.get() == "null"
}

/// Returns whether a value is a number. Only numbers start with a digit or a minus sign.
pub(crate) fn is_number(value: &RawValue) -> bool {
    value
        .get()
        .starts_with(|first: char| first == '-' || first.is_ascii_digit())
}

/// Returns where a value is in the text that it was read from.
pub(crate) fn place(text: &str, value: &RawValue) -> Option<Range<usize>> {
    let value = value.get();
    let start = value.as_ptr().addr().checked_sub(text.as_ptr().addr())?;
    let range = start..start.checked_add(value.len())?;
    let is_there = text
        .get(range.clone())
        .is_some_and(|found| ptr::eq(found, value));
    is_there.then_some(range)
}

/// A JSON value as the sender wrote it, compared by its text. `Debug` shows only its length.
#[derive(Clone)]
pub(crate) struct RawJson(Box<RawValue>);

impl RawJson {
    pub(crate) fn get(&self) -> &str {
        self.0.get()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_stops_at_a_break() {
        let mut names = Vec::new();
        let text = r#"{"a":1,"b":2, this is not JSON"#;
        let read = object(text, |name, _| {
            names.push(name.into_owned());
            if names.len() == 2 {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        assert!(read.is_ok());
        assert_eq!(names, ["a", "b"]);
        assert!(object(text, |_, _| ControlFlow::Continue(())).is_err());
        assert!(array("[1,2 x", |_| ControlFlow::Break(())).is_ok());
        assert!(array("[1,2 x", |_| ControlFlow::Continue(())).is_err());
    }

    #[test]
    fn object_rejects_other_values_and_trailing_text() {
        for text in ["[]", "1", "null", "\"\"", "", "{} {}", "{}1"] {
            assert!(
                object(text, |_, _| ControlFlow::Continue(())).is_err(),
                "{text}"
            );
        }
        assert!(object(" {} \n", |_, _| ControlFlow::Continue(())).is_ok());
    }

    #[test]
    fn place_gives_the_range_of_a_value_in_the_text() {
        let text = r#"{"a": [1, 2] }"#;
        let mut found = None;
        object(text, |_, value| {
            found = place(text, value);
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(text.get(found.unwrap()), Some("[1, 2]"));
        let elsewhere: Box<RawValue> = serde_json::from_str("[1, 2]").unwrap();
        assert_eq!(place(text, &elsewhere), None);
    }
}
