//! [`ReplayKey`]: identifies a webhook, so that its duplicates can be recognized.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::tools::sha256::sha256;

/// Identifies a webhook: two webhooks with the same key are duplicates. Remember it with a
/// [`MemoryReplayGuard`](crate::MemoryReplayGuard), or store it under a unique key of your database.
///
/// The key of a signed webhook is derived from the issuer, the client id and the webhook id. The key
/// of plain JSON is derived from the webhook id. So plain JSON with the id of a signed webhook, which
/// anyone can post, has another key and does not suppress the signed one.
///
/// It is a SHA-256 hash of 32 bytes, which reveals only [`is_signed`](Self::is_signed). The same
/// webhook has the same key in every version of this crate and with every backend.
///
/// As a string, and in serde, it is 64 lower-case hexadecimal digits.
///
/// # Examples
///
/// ```
/// use moneyhub_webhooks::{Receiver, ReplayKey};
///
/// let body = br#"{"id":"1","eventType":"deletedAccount","payload":{"accountId":"a"}}"#;
/// let key = Receiver::unsigned_json().parse(body)?.replay_key();
/// assert_eq!(key.to_string().parse::<ReplayKey>()?, key); // for a column of text
/// assert_eq!(ReplayKey::from(*key.as_bytes()), key); // for a column of bytes
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplayKey([u8; 32]);

/// The first bit is set if the webhook is signed. The other bits are those of the hash.
const SIGNED: u8 = 0x80;

impl ReplayKey {
    /// Returns the key of a signed webhook.
    pub(crate) fn signed(issuer: &str, client_id: &str, id: &str) -> Self {
        let mut key = sha256(&encoded(&["signed", issuer, client_id, id]));
        let [first, ..] = &mut key;
        *first |= SIGNED;
        Self(key)
    }

    /// Returns the key of a webhook in plain JSON.
    pub(crate) fn unsigned(id: &str) -> Self {
        let mut key = sha256(&encoded(&["unsigned", id]));
        let [first, ..] = &mut key;
        *first &= !SIGNED;
        Self(key)
    }

    /// Returns `true` if it is the key of a signed webhook.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        let Self([first, ..]) = self;
        first & SIGNED != 0
    }

    /// Returns the bytes. [`From`] converts them back.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
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

impl AsRef<[u8]> for ReplayKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// From the bytes that [`as_bytes`](ReplayKey::as_bytes) returned.
impl From<[u8; 32]> for ReplayKey {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<ReplayKey> for [u8; 32] {
    fn from(key: ReplayKey) -> Self {
        key.0
    }
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
        let digits: &[u8; 64] = text
            .as_bytes()
            .try_into()
            .map_err(|_| ParseReplayKeyError(()))?;
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

impl Serialize for ReplayKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReplayKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

/// The string is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hexadecimal digits")]
pub struct ParseReplayKeyError(());
