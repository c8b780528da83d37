//! Reformats JSON text without decoding it: numbers, order, repeated names and escapes stay as the sender wrote them.
//! Characters that a terminal would act on become `\u` escapes, which mean the same.

use std::fmt::Write as _;

use crate::text::is_hidden;

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
    let mut letters = json.chars().peekable();
    let mut in_string = false;
    while let Some(letter) = letters.next() {
        if in_string {
            layout.letter(letter);
            match letter {
                '\\' => letters
                    .next()
                    .into_iter()
                    .for_each(|escaped| layout.letter(escaped)),
                '"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match letter {
            ' ' | '\t' | '\r' | '\n' => {}
            '{' | '[' => {
                layout.letter(letter);
                while letters.next_if(|next| next.is_ascii_whitespace()).is_some() {}
                match letters.next_if(|next| matches!(next, '}' | ']')) {
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
            _ => {
                in_string = letter == '"';
                layout.letter(letter);
            }
        }
    }
    layout.text
}

struct Layout<'a> {
    text: String,
    margin: Option<&'a str>,
    /// From this length on, no more lines are broken.
    most: usize,
    depth: usize,
}

impl Layout<'_> {
    fn letter(&mut self, letter: char) {
        if !is_hidden(letter) {
            self.text.push(letter);
            return;
        }
        for unit in letter.encode_utf16(&mut [0; 2]) {
            _ = write!(self.text, "\\u{unit:04x}");
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
