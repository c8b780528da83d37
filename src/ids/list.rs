//! A long list of ids, read from its text and put where its mark stands in an outline
//! ([`Outline`](crate::json::Outline)).
//!
//! Nearly always the text is `"`, the 36 characters of a UUID, `"`, `,`, over and over, and is read by that stride.

use memchr::memchr;

use super::Id;
use super::uuid::{LENGTH, Uuid};
use crate::json::trim_start;

/// A UUID, its quotes and a comma.
const STRIDE: usize = LENGTH + 3;

/// Reads the lists into those of the places that hold a mark, one after the other. `None` if there are not as many
/// marks as lists, or if something in a list is not a plain string.
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

/// Reads what stands between the brackets of a JSON list that is not empty. `None` if it is not a list of strings
/// without escapes, about which serde_json has to be asked.
fn read<T: From<Id>>(list: &str) -> Option<Vec<T>> {
    let mut ids = Vec::with_capacity(list.len().div_ceil(STRIDE));
    let mut rest = trim_start(list).strip_prefix('"')?;
    // What stands between two ids, from quote to quote, most likely stands between the next two.
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

/// The id whose opening quote has been read, and what follows it from its closing quote on.
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
