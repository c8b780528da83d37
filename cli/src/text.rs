//! Makes a sender's text safe to show: no character of it moves the cursor, changes a colour, or hides or reorders
//! the text around it.

use std::fmt::Write as _;

/// Escapes every character that a terminal would act on or would not show.
pub(crate) fn visible(text: &str) -> String {
    let mut visible = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_hidden(letter) {
            _ = write!(visible, "{}", letter.escape_unicode());
        } else {
            visible.push(letter);
        }
    }
    visible
}

/// Control characters, line separators, and invisible formatting (Unicode category Cf: direction marks, joiners, tags),
/// which can make one text look like another.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}'..='\u{891}'
            | '\u{8e2}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{110bd}' | '\u{110cd}'
            | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e007f}')
}

/// The first `most` characters of a text, followed by `…` if there are more.
pub(crate) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{shortened, visible};

    #[test]
    fn terminal_escapes_line_breaks_and_direction_marks_are_escaped() {
        assert_eq!(visible("a\u{1b}[31mb"), r"a\u{1b}[31mb");
        assert_eq!(
            visible("a\r\nb\t\u{7f}\u{9b}"),
            r"a\u{d}\u{a}b\u{9}\u{7f}\u{9b}"
        );
        assert_eq!(
            visible("a\u{202e}b\u{2066}\u{200b}\u{2028}"),
            r"a\u{202e}b\u{2066}\u{200b}\u{2028}"
        );
        assert_eq!(
            visible("\u{1d173}\u{1bca0}\u{e0041}"),
            r"\u{1d173}\u{1bca0}\u{e0041}"
        );
    }

    #[test]
    fn letters_of_all_scripts_are_kept() {
        assert_eq!(
            visible("Zoë, Ωμέγα, 日本語, شركة, £, 🏦"),
            "Zoë, Ωμέγα, 日本語, شركة, £, 🏦"
        );
    }

    #[test]
    fn a_text_is_shortened_between_characters() {
        assert_eq!(shortened("日本語", 2), "日本…");
        assert_eq!(shortened("日本語", 3), "日本語");
    }
}
