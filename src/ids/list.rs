//! Parses long lists of ids, and puts them in place of their marks in an event that was read from an
//! [`Outline`](crate::tools::json::Outline).
//!
//! A list nearly always repeats `"`, the 36 characters of a UUID, `"`, `,`, so it is parsed by that stride.

use memchr::memchr;

use super::Id;
use super::uuid::{LENGTH, Uuid};
use crate::tools::json::trim_start;

/// A UUID, its quotes and a comma.
const STRIDE: usize = LENGTH + 3;

/// Replaces each mark with its list, in order. Returns `None` if there are not as many marks as lists, or if a list
/// contains anything but strings without escapes.
pub(crate) fn put_back<'a, T>(places: impl IntoIterator<Item = &'a mut Vec<T>>, lists: &[&str]) -> Option<()>
where
    T: From<Id> + PartialEq<str> + 'a,
{
    let marks: Vec<_> = places.into_iter().filter(|place| matches!(&place[..], [id] if *id == *"")).collect();
    if marks.len() != lists.len() {
        return None;
    }
    for (mark, list) in marks.into_iter().zip(lists) {
        *mark = read(list)?;
    }
    Some(())
}

/// Parses the text between the brackets of a non-empty list. Returns `None` if it contains anything but strings without
/// escapes, which is left to serde_json.
fn read<T: From<Id>>(list: &str) -> Option<Vec<T>> {
    let mut ids = Vec::with_capacity(list.len().div_ceil(STRIDE));
    let mut rest = trim_start(list).strip_prefix('"')?;
    // The separator between two ids, including their quotes. It is most likely the same as the previous one.
    let mut between = r#"",""#;
    loop {
        let (id, after) = first(rest)?;
        ids.push(T::from(id));
        if let Some(next) = after.strip_prefix(r#"",""#).or_else(|| after.strip_prefix(between)) {
            rest = next;
            continue;
        }
        let end = trim_start(after.strip_prefix('"')?);
        let Some(next) = end.strip_prefix(',') else {
            return end.is_empty().then_some(ids);
        };
        rest = trim_start(next).strip_prefix('"')?;
        between = after.get(..after.len().checked_sub(rest.len())?)?;
    }
}

/// Parses the id after an opening quote. Returns it, and the rest of the text from its closing quote on.
fn first(text: &str) -> Option<(Id, &str)> {
    if let Some((id, after)) = text.split_at_checked(LENGTH)
        && after.starts_with('"')
        && let Some(uuid) = Uuid::parse(id)
    {
        return Some((Id::Uuid(uuid), after));
    }
    let (id, after) = text.split_at_checked(memchr(b'"', text.as_bytes())?)?;
    let is_plain = !id.bytes().any(|byte| byte < b' ' || byte == b'\\');
    is_plain.then(|| (Id::from(id), after))
}
