//! [`ReplayKey`]: what two copies of one webhook have in common, and nobody else's webhook has.

use std::fmt;
use std::str::FromStr;

use crate::ids::WebhookId;
use crate::tools::sha256::sha256;
use crate::webhook::Authenticity;

/// Says of two webhooks whether they are copies of one: the key that a [`ReplayGuard`](crate::ReplayGuard)
/// remembers, or a table of yours.
///
/// It is made of the authenticity and the id: of issuer, client id and webhook id of a signed webhook, and of the
/// webhook id of plain JSON. So plain JSON with the id of a signed webhook, which anyone can post, has another key
/// and keeps no signed one out.
///
/// As text it is 64 lower-case hexadecimal digits, that stay the same in every version of this crate and with
/// every backend: a SHA-256 of which nothing can be read but [`is_signed`](Self::is_signed).
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
/// A guard notices duplicates, but a process can end between the guard's answer and the effect. If the effect is in a
/// database, insert the key in the transaction of the effect: [`guide::duplicates`](crate::guide::duplicates) has the SQL.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReplayKey([u8; 32]);

/// The first bit says whether it is signed; the others are the digest's.
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

    /// Whether it is the key of a signed webhook.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        let Self([first, ..]) = self;
        first & SIGNED != 0
    }

    /// A number that spreads keys evenly, as far as strangers don't choose them.
    pub(super) fn spread(&self) -> usize {
        let Self([.., high, low]) = *self;
        u16::from_be_bytes([high, low]).into()
    }
}

/// The parts, each after its length, so that no two lists of parts look the same.
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

/// Reads what `Display` writes, and nothing else.
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

/// The value of a lower-case hexadecimal digit.
fn value(digit: u8) -> Result<u8, ParseReplayKeyError> {
    match digit {
        b'0'..=b'9' | b'a'..=b'f' => char::from(digit).to_digit(16),
        _ => None,
    }
    .and_then(|value| value.try_into().ok())
    .ok_or(ParseReplayKeyError(()))
}

/// The text is not 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not 64 lower-case hexadecimal digits")]
pub struct ParseReplayKeyError(());
