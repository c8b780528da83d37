//! The outline of a JSON text: the text with a mark in place of each long list of strings.
//!
//! A large webhook is one list of thousands of ids in a few hundred bytes of other JSON. serde_json parses the outline,
//! and [`put_back`](crate::ids::put_back) parses the lists, in a third of the time that serde_json takes.
//!
//! The event is the same as from the whole text:
//!
//! - If serde_json accepts the outline, each mark is a whole value: a mark inside a string would end that string and
//!   start another, which is not JSON. So the text and the outline differ only in the values of these lists.
//! - A mark can't be confused with a list of the sender's. A list of one empty string can only be written as `[`, `""`,
//!   `]` with white space, and a text that still contains such a list has no outline.
//! - A list is put back only if it contains nothing but strings without escapes, and only if the event has as many
//!   marks as there are lists: then they are the same ones, in the same order. Otherwise the whole text is parsed.

use memchr::{memchr, memchr_iter};

use super::trim_start;

/// A JSON text, split into its outline and its long lists.
pub(crate) struct Outline<'a> {
    /// The text, with [`MARK`] in place of each list.
    pub(crate) text: String,
    /// The text between the brackets of each list, in order.
    pub(crate) lists: Vec<&'a str>,
}

/// The mark that stands for a list. It is a list itself, of one empty string.
const MARK: &str = r#"[""]"#;

/// The minimum length of a list that is taken out, in bytes: about 25 ids. For a shorter list it costs more than it
/// saves.
const LONG: usize = 1024;

/// How many times shorter than the text its outline has to be. A text full of brackets is soon left to serde_json.
const SHORTER: usize = 8;

impl<'a> Outline<'a> {
    /// Takes the long lists out of a text. Returns `None` if they are not nearly all of it: it is then parsed as it is.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        if text.len() < LONG {
            return None;
        }
        let most = text.len() / SHORTER;
        let mut outline = Self { text: String::with_capacity(LONG), lists: Vec::new() };
        let mut rest = 0;
        for bracket in memchr_iter(b'[', text.as_bytes()) {
            // Skip brackets inside a list that was taken out.
            let Some(before) = text.get(rest..bracket) else { continue };
            if outline.text.len().saturating_add(before.len()) > most {
                return None;
            }
            let (_, after) = text.get(bracket..)?.split_at_checked(1)?;
            let first = trim_start(after);
            if !first.starts_with('"') {
                continue;
            }
            let list = after.get(..memchr(b']', after.as_bytes())?)?;
            if list.len() >= LONG {
                outline.text.extend([before, MARK]);
                outline.lists.push(list);
                rest = bracket.checked_add(list.len())?.checked_add("[]".len())?;
            } else if first.starts_with(r#""""#) {
                return None;
            }
        }
        outline.text.push_str(text.get(rest..)?);
        (outline.text.len() <= most).then_some(outline)
    }
}

#[cfg(test)]
mod tests {
    use super::Outline;

    fn list() -> String {
        vec![r#""d520402a-d982-43ee-b1d1-97b7758b4e04""#; 30].join(",")
    }

    #[test]
    fn marks_stand_for_the_long_lists_of_strings() {
        let list = list();
        let text = format!(r#"{{"a":[{{"id":"b","c":[ {list}],"d":["e"]}}, 1],"f":[{list}]}}"#);
        let outline = Outline::of(&text).unwrap();
        assert_eq!(outline.text, r#"{"a":[{"id":"b","c":[""],"d":["e"]}, 1],"f":[""]}"#);
        assert_eq!(outline.lists, [format!(" {list}"), list]);
    }

    #[test]
    fn a_text_that_is_short_or_mostly_something_else_has_no_outline() {
        let list = list();
        let other = "1,".repeat(list.len());
        for text in
            [format!(r#"["{}"]"#, "a".repeat(1000)), format!("[{other}[{list}]]"), list, String::new()]
        {
            assert!(Outline::of(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_text_that_has_what_looks_like_a_mark_has_no_outline() {
        let list = list();
        for mark in [r#"[""]"#, r#"[ "","a"]"#, "[\n\"\"]", r#"["a",[""]]"#, r#"{"a[":[""]}"#] {
            for text in [format!("[[{list}],{mark}]"), format!("[{mark},[{list}]]")] {
                assert!(Outline::of(&text).is_none(), "{text}");
            }
        }
    }
}
