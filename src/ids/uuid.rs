//! The canonical text of a UUID (RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits, here in lower case) as
//! its 16 bytes and back. Text alone: no versions, no variants, no other forms.

/// A UUID whose text is the canonical one, in lower case.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Uuid([u8; 16]);

/// The canonical text of a UUID, on the stack.
#[derive(Clone, Copy)]
pub(super) struct UuidText([u8; LENGTH]);

const LENGTH: usize = 36;

/// Where in the text the two digits of each byte start; between the groups stand the hyphens.
const BYTES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

const DIGITS: [u8; 16] = *b"0123456789abcdef";

/// The value of every lower-case digit by its byte, [`NO_DIGIT`] for all other bytes.
const VALUES: [u8; 256] = {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        #[allow(
            clippy::indexing_slicing,
            reason = "in a constant it would not compile out of bounds"
        )]
        {
            values[DIGITS[value as usize] as usize] = value;
        }
        value += 1;
    }
    values
};
const NO_DIGIT: u8 = 0xf0;

impl Uuid {
    /// `None` unless `text` is exactly what [`Uuid::text`] gives back.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text: &[u8; LENGTH] = text.as_bytes().try_into().ok()?;
        let at = |place: usize| text.get(place).copied().unwrap_or_default();
        let value = |place| VALUES.get(usize::from(at(place))).copied().unwrap_or(NO_DIGIT);

        // Without a branch until the end: an event holds thousands of these.
        let mut bytes = [0; 16];
        let mut wrong = 0;
        for (byte, place) in bytes.iter_mut().zip(BYTES) {
            let (high, low) = (value(place), value(place.wrapping_add(1)));
            *byte = (high << 4) | low;
            wrong |= (high | low) & NO_DIGIT;
        }
        for place in HYPHENS {
            wrong |= at(place) ^ b'-';
        }
        (wrong == 0).then_some(Self(bytes))
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
