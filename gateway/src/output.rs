//! Standard output. The printing macros panic on a closed pipe.

use std::fmt::Display;
use std::io::{self, Write as _};

use crate::failure::{Failure, other};

pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    writeln!(io::stdout().lock(), "{text}")
        .map_err(|error| other(format!("standard output: {error}")))
}

/// Shows JSON in which nothing moves the cursor or changes the direction of text. Such characters are within strings,
/// where an escape means the same, except for carriage returns, which are white space.
pub(crate) fn visible_json(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            '\r' => shown.push(' '),
            '\u{7f}'..='\u{9f}'
            | '\u{61c}'
            | '\u{200e}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => shown += &format!("\\u{:04x}", u32::from(char)),
            char => shown.push(char),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use serde_json::Value;

    use super::*;

    #[test]
    fn json_that_is_shown_has_the_same_value_and_moves_no_cursor() {
        let json = "{\"a\":\r \"\u{9b}2J \u{202e}é\"}";
        let shown = visible_json(json);
        assert_eq!(shown, "{\"a\":  \"\\u009b2J \\u202eé\"}");
        let value = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(value(&shown), value(json));
    }
}
