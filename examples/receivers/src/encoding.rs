//! Reads `Content-Encoding`. A compressed body is not the text that was signed, and no receiver here decompresses it.

use std::fmt;

/// How many bytes of a name are shown.
const SHOWN: usize = 32;

/// A content coding other than `identity`. Its name is truncated and escaped, so it is safe to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coding(String);

impl Coding {
    /// Returns the first coding other than `identity` in the `Content-Encoding` lines of a request, or `None` if there
    /// is none.
    pub fn first<'a>(lines: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        lines
            .into_iter()
            .flat_map(|line| line.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
            .find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))
            .map(|coding| Self(coding[..coding.len().min(SHOWN)].escape_ascii().to_string()))
    }
}

impl fmt::Display for Coding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Coding;

    fn first(lines: &[&[u8]]) -> Option<String> {
        Coding::first(lines.iter().copied()).map(|coding| coding.to_string())
    }

    #[test]
    fn identity_in_any_case_and_nothing_at_all_are_no_coding() {
        let rows: [&[&[u8]]; 5] = [
            &[],
            &[b""],
            &[b" , ,"],
            &[b"identity"],
            &[b"Identity, IDENTITY", b"identity"],
        ];
        for lines in rows {
            assert_eq!(first(lines), None, "{lines:?}");
        }
    }

    #[test]
    fn the_first_coding_is_named_wherever_it_stands() {
        assert_eq!(first(&[b"gzip"]).as_deref(), Some("gzip"));
        assert_eq!(first(&[b"identity, br"]).as_deref(), Some("br"));
        assert_eq!(
            first(&[b"identity", b"\tdeflate ,gzip"]).as_deref(),
            Some("deflate")
        );
    }

    #[test]
    fn the_name_is_cut_and_escaped() {
        assert_eq!(
            first(&[b"a\x1b[2J\n\xff"]).as_deref(),
            Some(r"a\x1b[2J\n\xff")
        );
        assert_eq!(first(&["x".repeat(5000).as_bytes()]), Some("x".repeat(32)));
    }
}
