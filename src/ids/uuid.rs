//! Converts the canonical text of a UUID (RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits, here in lower case) to
//! two words and back. Versions, variants and other forms are not interpreted.

/// A UUID whose text is canonical and in lower case: its 32 digits, half a byte each.
///
/// Each word stores eight digits in the low halves of its bytes and the next eight in the high halves, the order that
/// is cheapest to compute. It is two words and not 16 bytes, because an id is moved several times on its way into a
/// list: moves of 16 bytes were unaligned, and took a third of the time of parsing an id.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Uuid([u64; 2]);

/// The canonical text of a UUID, on the stack.
#[derive(Clone, Copy)]
pub(super) struct UuidText([u8; LENGTH]);

/// The length of the canonical text.
pub(super) const LENGTH: usize = 36;

/// The offset of each run of four digits in the text. The groups are separated by hyphens.
const FOURS: [usize; 8] = [0, 4, 9, 14, 19, 24, 28, 32];

/// The low half of each byte of a word.
const LOW: u64 = 0x0f0f_0f0f_0f0f_0f0f;

/// The value of a byte that is not a lower-case hexadecimal digit.
const NO_DIGIT: u8 = 0xff;

/// Returns the value of a lower-case hexadecimal digit, or [`NO_DIGIT`].
fn value(byte: u8) -> u8 {
    let (digit, letter) = (byte.wrapping_sub(b'0'), byte.wrapping_sub(b'a'));
    match (digit, letter) {
        (0..10, _) => digit,
        (_, 0..6) => letter.wrapping_add(10),
        _ => NO_DIGIT,
    }
}

/// Returns the lower-case hexadecimal digit of a value below 16.
fn digit(value: u8) -> u8 {
    let first = if value < 10 { b'0' } else { b'a'.wrapping_sub(10) };
    first.wrapping_add(value)
}

impl Uuid {
    /// Parses a UUID. Returns `None` unless `text` is exactly what [`Uuid::text`] returns.
    ///
    /// An event contains thousands of ids. All digits are converted before any is checked, so that the loop compiles to
    /// vector instructions: 7 ns per id, compared with 27 ns digit by digit.
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
        // ASCII by construction. The check is the price of safe code.
        str::from_utf8(&self.0).unwrap_or_default()
    }
}
