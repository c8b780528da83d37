//! The outline of a JSON text: the text with a mark in place of each long list of strings.
//!
//! A large webhook is one list of thousands of ids in a few hundred bytes of other JSON. serde_json reads the
//! outline, and [`put_back`](crate::ids::put_back) reads the lists, in a third of the time that serde_json takes.
//!
//! The event is the same as from the whole text. If serde_json accepts the outline, each mark is a whole value: a mark
//! inside a string would end that string and start another, which is not JSON. So the text and the outline differ only
//! in the values of these lists. An empty string can be written in one way only, so a list that reads like a mark is
//! written like one: a text that keeps such a list has no outline.

use memchr::memchr;

use super::trim_start;

/// A JSON text in two parts.
pub(crate) struct Outline<'a> {
    /// The text, with [`MARK`] in place of each list.
    pub(crate) text: String,
    /// The text between the brackets of each list, in order.
    pub(crate) lists: Vec<&'a str>,
}

/// What stands for a list: itself a list, of one empty string.
const MARK: &str = r#"[""]"#;

/// A list of fewer bytes, some 25 ids, stays where it is: taking it out costs more than it saves.
const LONG: usize = 1024;

impl<'a> Outline<'a> {
    /// `None` if long lists are not at least half of the text: then it is read as it stands.
    pub(crate) fn of(text: &'a str) -> Option<Self> {
        if text.len() < LONG {
            return None;
        }
        let half = text.len() / 2;
        let mut outline = Self { text: String::with_capacity(LONG), lists: Vec::new() };
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('[') {
            outline.text.push_str(before);
            if outline.text.len() > half {
                return None;
            }
            rest = after;
            if !starts_with(after, "\"") {
                outline.text.push('[');
                continue;
            }
            let (list, after) = after.split_at_checked(memchr(b']', after.as_bytes())?)?;
            rest = after.strip_prefix(']')?;
            if list.len() < LONG {
                outline.text.extend(["[", list, "]"]);
            } else {
                outline.text.push_str(MARK);
                outline.lists.push(list);
            }
        }
        outline.text.push_str(rest);

        let like_marks = outline.text.split('[').skip(1).filter(|after| starts_with(after, "\"\""));
        (outline.text.len() <= half && like_marks.count() == outline.lists.len()).then_some(outline)
    }
}

fn starts_with(text: &str, token: &str) -> bool {
    trim_start(text).starts_with(token)
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
