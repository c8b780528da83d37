//! [`Authenticity`]: whether Moneyhub is known to have sent a webhook.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

/// Whether Moneyhub is known to have sent a webhook.
///
/// It serializes as `"unsigned"`, or as `{"signed": {"issuer", "client_id", "key_id", "issued_at"}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Authenticity {
    /// The webhook came as a token that met every requirement of the receiver: Moneyhub sent it, to this client, and no
    /// longer ago than the maximum age, if it has one. In a [`StoredWebhook`](crate::StoredWebhook), that was so when it
    /// was received.
    #[non_exhaustive]
    Signed {
        /// The issuer: one of those that the receiver accepts.
        issuer: String,
        /// The client that the token is for: the first name in its audience that is a client id of the receiver.
        client_id: String,
        /// The id of the key that verified the signature.
        key_id: String,
        /// When the token was issued.
        issued_at: DateTime<Utc>,
    },
    /// The webhook came as plain JSON. Anyone may have sent it.
    Unsigned,
}

impl Authenticity {
    /// Returns `true` if the webhook was [`Signed`](Self::Signed).
    #[must_use]
    pub fn is_signed(&self) -> bool {
        matches!(self, Self::Signed { .. })
    }
}
