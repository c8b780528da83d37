//! [`ReplayKey`]: identifies a webhook, so that its duplicates can be recognised.

use std::fmt;
use std::str::FromStr;

use crate::ids::WebhookId;
use crate::tools::sha256::sha256;
use crate::webhook::Authenticity;

/// Identifies a webhook: two webhooks with the same key are duplicates. Store it with a
/// [`ReplayGuard`](crate::ReplayGuard), or in your own table.
///
/// The key of a signed webhook is derived from the issuer, the client id and the webhook id. The key of plain JSON is
/// derived from the webhook id. So plain JSON with the id of a signed webhook, which anyone can post, has another key
/// and does not suppress the signed one.
///
/// As a string it is 64 lower-case hexadecimal digits. They stay the same in every version of this crate and with every
/// backend. They are a SHA-256 hash, which reveals only [`is_signed`](Self::is_signed).
///
/// # Examples
///
/// ```
/// use moneyhub_webhooks::{Receiver, ReplayKey};
///
/// let body = br#"{"id":"1","eventType":"deletedAccount","payload":{"accountId":"a"}}"#;
/// let key = Receiver::unsigned_json().parse(body)?.replay_key();
/// assert_eq!(key.to_string().parse::<ReplayKey>()?, key);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Effects exactly once
///
/// A guard finds duplicates, but the process can crash between the call of the guard and the effect. If the effect is
/// in a database, insert the key in the same transaction: [`guide::duplicates`](crate::guide::duplicates) has the SQL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplayKey([u8; 32]);

/// The first bit is set if the webhook is signed. The other bits are those of the digest.
const SIGNED: u8 = 0x80;

impl ReplayKey {
    pub(crate) fn new(authenticity: &Authenticity, id: &WebhookId) -> Self {
        let id = id.text();
        let (parts, signed): (&[&str], _) = match authenticity {
            Authenticity::Signed { issuer, client_id, .. } => (&["signed", issuer, client_id, &id], SIGNED),
            Authenticity::Unsigned => (&["unsigned", &id], 0),
        };
        let mut key = sha256(&encoded(parts));
        let [first, ..] = &mut key;
        *first = (*first & !SIGNED) | signed;
        Self(key)
    }

    /// Returns `true` if it is the key of a signed webhook.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        let Self([first, ..]) = self;
        first & SIGNED != 0
    }

    /// Returns a number that distributes keys evenly, unless an attacker chooses them.
    pub(super) fn spread(&self) -> usize {
        let Self([.., high, low]) = *self;
        u16::from_be_bytes([high, low]).into()
    }
}

/// Encodes the parts, each preceded by its length, so that different lists have different encodings.
fn encoded(parts: &[&str]) -> Vec<u8> {
    let mut message = b"moneyhub-webhooks replay key 1\n".to_vec();
    for part in parts {
        message.extend((part.len() as u64).to_be_bytes());
        message.extend(part.as_bytes());
    }
    message
}

impl fmt::Display for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ReplayKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReplayKey({self})")
    }
}

/// Parses only the form that `Display` writes.
impl FromStr for ReplayKey {
    type Err = ParseReplayKeyError;

    fn from_str(text: &str) -> Result<Self, ParseReplayKeyError> {
        let digits: &[u8; 64] = text.as_bytes().try_into().map_err(|_| ParseReplayKeyError(()))?;
        let (pairs, _) = digits.as_chunks();
        let mut key = [0; 32];
        for (byte, [high, low]) in key.iter_mut().zip(pairs) {
            *byte = (value(*high)? << 4) | value(*low)?;
        }
        Ok(Self(key))
    }
}

/// Returns the value of a lower-case hexadecimal digit.
fn value(digit: u8) -> Result<u8, ParseReplayKeyError> {
    match digit {
        b'0'..=b'9' | b'a'..=b'f' => char::from(digit).to_digit(16),
        _ => None,
    }
    .and_then(|value| value.try_into().ok())
    .ok_or(ParseReplayKeyError(()))
}

/// The string is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hexadecimal digits")]
pub struct ParseReplayKeyError(());
