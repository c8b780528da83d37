//! The canonical text of a UUID (RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits, here in lower case) as
//! its 16 bytes and back. Text alone: no versions, no variants, no other forms.

/// A UUID whose text is the canonical one, in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Uuid([u8; 16]);

/// The canonical text of a UUID, on the stack.
#[derive(Clone, Copy)]
pub(super) struct UuidText([u8; LENGTH]);

const LENGTH: usize = 36;

/// Where in the text the two digits of each byte start; between the groups stand hyphens.
const BYTES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];

const DIGITS: [u8; 16] = *b"0123456789abcdef";

/// What a byte that is no lower-case digit counts as.
const NO_DIGIT: u8 = 0xff;

/// The value of a lower-case hexadecimal digit.
fn value(byte: u8) -> u8 {
    let (digit, letter) = (byte.wrapping_sub(b'0'), byte.wrapping_sub(b'a'));
    match (digit, letter) {
        (0..10, _) => digit,
        (_, 0..6) => letter.wrapping_add(10),
        _ => NO_DIGIT,
    }
}

impl Uuid {
    /// `None` unless `text` is exactly what [`Uuid::text`] gives back.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text: &[u8; LENGTH] = text.as_bytes().try_into().ok()?;
        // An event holds thousands of these. Every byte is looked at before any is judged, and nothing is
        // indexed by a variable: that takes half the instructions of a loop over the places of the digits.
        let mut v = [0; LENGTH];
        for (value_of, byte) in v.iter_mut().zip(text) {
            *value_of = value(*byte);
        }
        let hyphens = [text[8], text[13], text[18], text[23]] == [b'-'; 4];
        if !hyphens || v.iter().filter(|value| **value == NO_DIGIT).count() != 4 {
            return None;
        }
        let byte = |high: u8, low: u8| (high << 4) | low;
        #[rustfmt::skip]
        let bytes = [
            byte(v[0], v[1]), byte(v[2], v[3]), byte(v[4], v[5]), byte(v[6], v[7]),
            byte(v[9], v[10]), byte(v[11], v[12]),
            byte(v[14], v[15]), byte(v[16], v[17]),
            byte(v[19], v[20]), byte(v[21], v[22]),
            byte(v[24], v[25]), byte(v[26], v[27]), byte(v[28], v[29]),
            byte(v[30], v[31]), byte(v[32], v[33]), byte(v[34], v[35]),
        ];
        Some(Self(bytes))
    }

    pub(super) fn text(&self) -> UuidText {
        let digit = |value: u8| DIGITS.get(usize::from(value & 0xf)).copied().unwrap_or_default();
        let mut text = [b'-'; LENGTH];
        for (byte, place) in self.0.into_iter().zip(BYTES) {
            if let Some([high, low]) = text.get_mut(place..).and_then(<[u8]>::first_chunk_mut) {
                *high = digit(byte >> 4);
                *low = digit(byte);
            }
        }
        UuidText(text)
    }
}

impl UuidText {
    pub(super) fn as_str(&self) -> &str {
        // ASCII by construction; the check is what safe code pays.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}
