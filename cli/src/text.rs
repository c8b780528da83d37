//! Makes a sender's text safe to show: no character of it moves the cursor, changes a color, or hides or reorders
//! the text around it. The properties of Unicode decide, not a list of ours.

use std::fmt::Write as _;

use icu_properties::props::{BidiClass, DefaultIgnorableCodePoint, GeneralCategory as Category};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Blank characters that no property names: they look like a space, or like nothing.
const BLANK: [char; 5] = [
    '\u{2800}',
    '\u{13441}',
    '\u{13442}',
    '\u{16fe4}',
    '\u{1d159}',
];

/// More marks on one letter cover the lines above and below it.
const MARKS: usize = 4;

/// What a left-to-right isolate begins and ends with: the text inside does not change the order of the text outside, and
/// its own parts stay in the order in which they were written.
const ISOLATE: char = '\u{2066}';
const END_OF_ISOLATE: char = '\u{2069}';

/// Escapes every character that would act on its surroundings, or that would not be seen. Right-to-left text is
/// isolated.
pub(crate) fn visible(text: &str) -> String {
    let mut letters = Letters::default();
    isolated(text, |visible| {
        for letter in text.chars() {
            if letters.hides(letter) {
                _ = write!(visible, "{}", letter.escape_unicode());
            } else {
                visible.push(letter);
            }
        }
    })
}

/// What `write` writes of a text, between isolates if the text has right-to-left letters.
pub(crate) fn isolated(text: &str, write: impl FnOnce(&mut String)) -> String {
    let mut isolated = String::with_capacity(text.len());
    let is_isolated = text.chars().any(is_right_to_left);
    isolated.extend(is_isolated.then_some(ISOLATE));
    write(&mut isolated);
    isolated.extend(is_isolated.then_some(END_OF_ISOLATE));
    isolated
}

/// Letters, and digits that go with them, which reorder the text around them.
pub(crate) fn is_right_to_left(letter: char) -> bool {
    use BidiClass as Class;
    !letter.is_ascii()
        && matches!(
            CodePointMapData::<Class>::new().get(letter),
            Class::RightToLeft | Class::ArabicLetter | Class::ArabicNumber
        )
}

/// Reads one text letter by letter, and decides which ones are escaped.
#[derive(Default)]
pub(crate) struct Letters {
    /// The marks that the letter before can still take. At the start there is none, only text of ours.
    marks: usize,
}

impl Letters {
    pub(crate) fn hides(&mut self, letter: char) -> bool {
        if matches!(letter, ' '..='~') {
            self.marks = MARKS;
            return false;
        }
        let is_hidden = match CodePointMapData::<Category>::new().get(letter) {
            Category::Control
            | Category::Format
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::SpaceSeparator
            | Category::PrivateUse
            | Category::Surrogate
            | Category::Unassigned
            | Category::EnclosingMark => true,
            _ if BLANK.contains(&letter) => true,
            _ if CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(letter) => true,
            Category::NonspacingMark | Category::SpacingMark => {
                let has_room = self.marks > 0;
                self.marks = self.marks.saturating_sub(1);
                return !has_room;
            }
            _ => false,
        };
        // A mark after an escape would be on the escape.
        self.marks = if is_hidden { 0 } else { MARKS };
        is_hidden
    }
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
        for text in ["Zoë, Ωμέγα, 日本語, £, 🏦", "e\u{301}", "हिन्दी"] {
            assert_eq!(visible(text), text);
        }
    }

    #[test]
    fn right_to_left_text_is_isolated() {
        for text in ["شركة", "שלום 7", "a ب"] {
            assert_eq!(visible(text), format!("\u{2066}{text}\u{2069}"));
        }
        assert_eq!(
            visible("ש\u{2069}\u{202e}"),
            "\u{2066}ש\\u{2069}\\u{202e}\u{2069}"
        );
    }

    #[test]
    fn marks_stay_on_letters_of_the_text_and_are_few() {
        assert_eq!(visible("\u{338}a"), r"\u{338}a");
        assert_eq!(visible("\u{200b}\u{338}"), r"\u{200b}\u{338}");
        assert_eq!(
            visible(&format!("a{}", "\u{301}".repeat(6))),
            "a\u{301}\u{301}\u{301}\u{301}\\u{301}\\u{301}"
        );
    }

    #[test]
    fn a_text_is_shortened_between_characters() {
        assert_eq!(shortened("日本語", 2), "日本…");
        assert_eq!(shortened("日本語", 3), "日本語");
    }
}
