//! base64url without padding (RFC 7515, section 2).
//!
//! Decoding is strict: no padding, no line breaks and no non-zero trailing bits, so that every byte string has exactly
//! one encoding.

use base64_simd::URL_SAFE_NO_PAD;

/// Decodes a text. Returns `None` if it is not base64url.
pub(crate) fn decode(text: impl AsRef<[u8]>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode_to_vec(text).ok()
}

/// Encodes bytes.
#[cfg(feature = "testing")]
pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode_to_string(bytes)
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::decode;

    /// The lengths range from those too short for vector instructions to those decoded mostly with them.
    #[test]
    fn decoding_agrees_with_a_scalar_decoder() {
        let mut decoded = 0;
        for bytes in [0, 1, 2, 3, 47, 48, 49, 50, 96, 97, 98] {
            let good = URL_SAFE_NO_PAD.encode(vec![0xa5; bytes]);
            for place in 0..good.len() {
                for letter in 0..=255 {
                    let mut text = good.clone().into_bytes();
                    text[place] = letter;
                    let scalar = URL_SAFE_NO_PAD.decode(&text).ok();
                    decoded += usize::from(scalar.is_some());
                    assert_eq!(decode(&text), scalar, "{}", text.escape_ascii());
                }
            }
        }
        assert!(decoded > 64 * 500, "{decoded}");
    }

    #[test]
    fn padding_and_trailing_bits_are_rejected() {
        for text in ["_w==", "_w=", "_x", "_w\n", "/w", " _w", "_"] {
            assert_eq!(decode(text), None, "{text}");
            // The same at the end of a long text.
            assert_eq!(decode("AAAA".repeat(40) + text), None, "{text}");
        }
        assert_eq!(decode("_w"), Some(vec![0xff]));
    }
}
