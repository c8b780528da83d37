//! Reformats JSON text without decoding it: numbers, order, repeated names and escapes stay as the sender wrote them.
//! Characters that a terminal would act on become `\u` escapes, which mean the same.

use std::fmt::Write as _;

use crate::text::{Letters, is_right_to_left, isolated};

/// The output is at most `TIMES` as long as the input, plus `AND` bytes; beyond that there are no more line breaks.
/// Without the limit, the indentation of a deeply nested body of a megabyte could take gigabytes.
const TIMES: usize = 4;
const AND: usize = 4096;

/// A JSON text on one line.
pub(crate) fn compact(json: &str) -> String {
    lay_out(json, None)
}

/// A JSON text with one member per line. Each line but the first starts with `margin`.
pub(crate) fn pretty(json: &str, margin: &str) -> String {
    lay_out(json, Some(margin))
}

/// Invalid JSON is returned in some form, escaped.
fn lay_out(json: &str, margin: Option<&str>) -> String {
    let most = json.len().saturating_mul(TIMES).saturating_add(AND);
    let mut layout = Layout {
        text: String::with_capacity(json.len()),
        margin,
        most,
        depth: 0,
    };
    let mut rest = json;
    while let Some(letter) = rest.chars().next() {
        let token = match letter {
            '"' => string_at(rest),
            '{' | '[' => opening_at(rest),
            _ => rest.split_at(letter.len_utf8()).0,
        };
        rest = rest.split_at(token.len()).1;
        match letter {
            '"' => layout.string(token),
            ' ' | '\t' | '\r' | '\n' => {}
            '{' | '[' => {
                layout.letter(letter);
                match token
                    .strip_prefix(letter)
                    .and_then(|end| end.trim().chars().next())
                {
                    Some(closing) => layout.letter(closing),
                    None => layout.deeper(),
                }
            }
            '}' | ']' => {
                layout.shallower();
                layout.letter(letter);
            }
            ',' => {
                layout.letter(letter);
                layout.line();
            }
            ':' => {
                layout.letter(letter);
                if margin.is_some() {
                    layout.letter(' ');
                }
            }
            _ => layout.letter(letter),
        }
    }
    layout.text
}

/// The string at the start, with its quotes.
fn string_at(text: &str) -> &str {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\\' => drop(letters.next()),
            '"' => return text.split_at(at + 1).0,
            _ => {}
        }
    }
    text
}

/// The bracket at the start, and the closing one if nothing but white space is between them.
fn opening_at(text: &str) -> &str {
    let inside = text.get(1..).unwrap_or_default();
    let next = inside.trim_ascii_start();
    let end = if next.starts_with(['}', ']']) {
        text.len() - next.len() + 1
    } else {
        1
    };
    text.split_at(end).0
}

struct Layout<'a> {
    text: String,
    margin: Option<&'a str>,
    /// From this length on, no more lines are broken.
    most: usize,
    depth: usize,
}

impl Layout<'_> {
    /// Right-to-left text is isolated for people, and escaped in documents, which contain nothing that the sender did
    /// not write.
    fn string(&mut self, string: &str) {
        let is_document = self.margin.is_none();
        let inside = string.strip_prefix('"').unwrap_or(string);
        let mut letters = Letters::default();
        let mut write = |text: &mut String| {
            text.push('"');
            for letter in inside.chars() {
                if letters.hides(letter) || (is_document && is_right_to_left(letter)) {
                    escape(text, letter);
                } else {
                    text.push(letter);
                }
            }
        };
        if is_document {
            write(&mut self.text);
        } else {
            self.text.push_str(&isolated(string, write));
        }
    }

    fn letter(&mut self, letter: char) {
        if Letters::default().hides(letter) {
            escape(&mut self.text, letter);
        } else {
            self.text.push(letter);
        }
    }

    fn line(&mut self) {
        let Some(margin) = self.margin else { return };
        let indent = self.depth.saturating_mul(2);
        if self
            .text
            .len()
            .saturating_add(margin.len())
            .saturating_add(indent)
            < self.most
        {
            self.text.push('\n');
            self.text.push_str(margin);
            self.text.extend(std::iter::repeat_n(' ', indent));
        }
    }

    fn deeper(&mut self) {
        self.depth += 1;
        self.line();
    }

    fn shallower(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.line();
    }
}

fn escape(text: &mut String, letter: char) {
    for unit in letter.encode_utf16(&mut [0; 2]) {
        _ = write!(text, "\\u{unit:04x}");
    }
}

#[cfg(test)]
mod tests {
    use super::{AND, TIMES, compact, pretty};

    #[test]
    fn numbers_order_repeated_names_and_escapes_are_kept() {
        let json = "{ \"b\" : 1.50e2 ,\n \"a\":[ ], \"b\" : \"\\u00e9\\\"{\" }";
        assert_eq!(compact(json), r#"{"b":1.50e2,"a":[],"b":"\u00e9\"{"}"#);
        assert_eq!(
            pretty(json, "> "),
            "{\n>   \"b\": 1.50e2,\n>   \"a\": [],\n>   \"b\": \"\\u00e9\\\"{\"\n> }"
        );
    }

    #[test]
    fn what_a_terminal_would_act_on_becomes_an_equivalent_escape() {
        let json = "\"\u{9b}31m\u{202e}\u{7f}\u{e0041}\"";
        let laid_out = compact(json);
        assert_eq!(laid_out, r#""\u009b31m\u202e\u007f\udb40\udc41""#);
        let meaning = |text| serde_json::from_str::<String>(text).ok();
        assert_eq!(meaning(&laid_out), meaning(json));
    }

    #[test]
    fn right_to_left_text_is_isolated_for_people_and_escaped_in_documents() {
        let json = r#"{"a":"שx","b":"1"}"#;
        assert_eq!(
            pretty(json, ""),
            "{\n  \"a\": \u{2066}\"שx\"\u{2069},\n  \"b\": \"1\"\n}"
        );
        assert_eq!(compact(json), r#"{"a":"\u05e9x","b":"1"}"#);
    }

    #[test]
    fn neither_depth_nor_length_multiply_the_size_of_a_body() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let long = "[".repeat(30) + &"0,".repeat(100_000) + "0" + &"]".repeat(30);
        for json in [deep, long] {
            let laid_out = pretty(&json, "  ");
            assert!(
                laid_out.len() <= (TIMES + 1) * json.len() + AND,
                "{}",
                laid_out.len()
            );
            assert_eq!(compact(&laid_out), json);
            assert_eq!(compact(&json), json);
        }
    }
}
