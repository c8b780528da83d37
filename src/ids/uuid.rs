//! The canonical text of a UUID (RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits, here in lower case) as
//! two words and back. Text alone: no versions, no variants, no other forms.

/// A UUID whose text is the canonical one, in lower case: its 32 digits, half a byte each.
///
/// Each word holds eight digits in the low halves of its bytes and the next eight in the high halves, which is the
/// order that costs least to make. It is two words and not 16 bytes because an id is moved several times on its way
/// into a list: the moves of 16 bytes were unaligned, and took a third of the time that reading an id takes.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Uuid([u64; 2]);

/// The canonical text of a UUID, on the stack.
#[derive(Clone, Copy)]
pub(super) struct UuidText([u8; LENGTH]);

/// How long the text is.
pub(super) const LENGTH: usize = 36;

/// Where in the text each run of four digits starts; between the groups stand hyphens.
const FOURS: [usize; 8] = [0, 4, 9, 14, 19, 24, 28, 32];

/// The low half of each byte of a word.
const LOW: u64 = 0x0f0f_0f0f_0f0f_0f0f;

/// The value of a byte that is no lower-case hexadecimal digit.
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

/// The lower-case hexadecimal digit of a value.
fn digit(value: u8) -> u8 {
    let first = if value < 10 { b'0' } else { b'a'.wrapping_sub(10) };
    first.wrapping_add(value)
}

impl Uuid {
    /// `None` unless `text` is exactly what [`Uuid::text`] gives back.
    ///
    /// An event holds thousands of these. With every digit looked at before any is judged, the loop becomes vector
    /// instructions: 7 ns an id, where one digit after the other takes 27.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text: &[u8; LENGTH] = text.as_bytes().try_into().ok()?;
        if [text[8], text[13], text[18], text[23]] != [b'-'; 4] {
            return None;
        }
        let mut digits = [[0; 4]; 8];
        for (four, place) in digits.iter_mut().zip(FOURS) {
            *four = *text.get(place..)?.first_chunk()?;
        }
        let mut values = [0; 32];
        for (value_of, digit) in values.iter_mut().zip(digits.as_flattened()) {
            *value_of = value(*digit);
        }
        if values.iter().fold(0, |all, value| all | value) > 0xf {
            return None;
        }
        let (words, _) = values.as_chunks();
        let [a, b, c, d] = <[_; 4]>::try_from(words).ok()?.map(u64::from_le_bytes);
        Some(Self([a | (b << 4), c | (d << 4)]))
    }

    pub(super) fn text(&self) -> UuidText {
        let digits =
            self.0.map(|word| [word & LOW, (word >> 4) & LOW].map(|word| word.to_le_bytes().map(digit)));
        let (fours, _) = digits.as_flattened().as_flattened().as_chunks::<4>();
        let mut text = [b'-'; LENGTH];
        for (four, place) in fours.iter().zip(FOURS) {
            if let Some(part) = text.get_mut(place..).and_then(<[u8]>::first_chunk_mut::<4>) {
                *part = *four;
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
