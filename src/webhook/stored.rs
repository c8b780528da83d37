//! [`StoredWebhook`]: a webhook in a queue or a table.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Contents, Webhook, accessors};
use crate::authenticity::Authenticity;
use crate::envelope::Envelope;
use crate::error::Error;
use crate::token;

/// A webhook that was accepted and stored, to be handled later: in a queue, a file or a database.
///
/// It serializes as `{"text", "authenticity", "received_at"}`. The text is the JSON that was accepted, as one string, so
/// it survives every serde format and container, and loses nothing. The id, the user and the event are read again from
/// the text: an event that was unknown when it was stored becomes typed once the crate knows it.
///
/// **Trust it as far as you trust your store.** Nothing is verified again: whoever can write to the store can make any
/// webhook, with any authenticity.
///
/// # Examples
///
/// ```
/// use chrono::{DateTime, Utc};
/// use moneyhub_webhooks::{Receiver, StoredWebhook};
///
/// let now: DateTime<Utc> = "2025-01-01T00:00:00Z".parse()?;
/// let body = br#"{"id":"1","eventType":"deletedAccount","payload":{"accountId":"a"}}"#;
/// let webhook = Receiver::unsigned_json().parse_at(body, now)?;
///
/// let row = serde_json::to_string(&StoredWebhook::new(webhook, now))?;
/// let stored: StoredWebhook = serde_json::from_str(&row)?;
/// assert_eq!(stored.event().name(), "deletedAccount");
/// assert_eq!(stored.payload(), r#"{"accountId":"a"}"#);
/// assert_eq!(stored.received_at(), now);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StoredWebhook {
    contents: Contents,
    received_at: DateTime<Utc>,
}

accessors!(StoredWebhook);

impl StoredWebhook {
    /// Makes an accepted webhook ready to be stored. `received_at` is the time of receipt, with which it was parsed.
    #[must_use]
    pub fn new(webhook: Webhook, received_at: DateTime<Utc>) -> Self {
        Self {
            contents: webhook.contents,
            received_at,
        }
    }

    /// Returns the time of receipt.
    #[must_use]
    pub fn received_at(&self) -> DateTime<Utc> {
        self.received_at
    }
}

impl fmt::Debug for StoredWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.contents.debug("StoredWebhook", f)
    }
}

/// The form in a store.
#[derive(Serialize, Deserialize)]
struct Stored<T, A> {
    text: T,
    authenticity: A,
    received_at: DateTime<Utc>,
}

impl Serialize for StoredWebhook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Contents {
            text, authenticity, ..
        } = &self.contents;
        Stored {
            text: text.as_str(),
            authenticity,
            received_at: self.received_at,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for StoredWebhook {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Stored {
            text,
            authenticity,
            received_at,
        } = Stored::<String, Authenticity>::deserialize(deserializer)?;
        let envelope = read(&text, &authenticity).map_err(serde::de::Error::custom)?;
        Ok(Self {
            contents: Contents {
                text,
                envelope,
                authenticity,
            },
            received_at,
        })
    }
}

/// Reads the envelope of a text that was accepted, in the format that its authenticity implies.
fn read(text: &str, authenticity: &Authenticity) -> Result<Envelope, Error> {
    match authenticity {
        Authenticity::Signed { .. } => token::read_stored(text),
        Authenticity::Unsigned => Envelope::from_json(text),
    }
}
