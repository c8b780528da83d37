//! [`Entry`]: what a receipt passes to the store, or to the spill folder while the store does not take it.

use chrono::{DateTime, TimeDelta, Utc};
use moneyhub_webhooks::{Receiver, ReplayKey, StoredWebhook, Webhook};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::late::Memory;
use crate::token::token;

/// How long the replay key of a signed webhook is remembered.
pub(crate) const REMEMBER: TimeDelta = TimeDelta::days(30);

/// How long that of plain JSON is: anyone can add to those.
pub(crate) const REMEMBER_UNSIGNED: TimeDelta = TimeDelta::hours(24);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    Webhook(Accepted),
    Body(Body),
}

/// A webhook that was accepted, as a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    pub(crate) key: ReplayKey,
    pub(crate) received_at: DateTime<Utc>,
    /// Until when its key is remembered.
    pub(crate) until: DateTime<Utc>,
    /// It came late, and was accepted because the store has remembered every key since before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) late_since: Option<DateTime<Utc>>,
    /// The [`StoredWebhook`] as JSON.
    pub(crate) webhook: String,
}

/// A body that was not accepted, and is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    pub(crate) kind: Kind,
    pub(crate) body: String,
    pub(crate) received_at: DateTime<Utc>,
    pub(crate) reason: String,
}

/// The reason, or the beginning of the reason, of a body that was never verified: its key was not available when it came.
pub(crate) const NO_KEYS: &str = "its key was not available";

/// Why a body is kept. Each kind has a quota of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// Its key was not available: workers verify it later.
    Unverified,
    /// The issuer has signed it, and the receiver has rejected it; or it could not be verified.
    Rejected,
}

impl Kind {
    /// As it stands in a column.
    pub(crate) fn code(self) -> i16 {
        match self {
            Self::Unverified => 0,
            Self::Rejected => 1,
        }
    }
}

impl Entry {
    /// An accepted webhook. `late_since`: see [`Late::since`](crate::late::Late::since).
    pub(crate) fn accepted(
        receiver: &Receiver,
        webhook: Webhook,
        received_at: DateTime<Utc>,
        late_since: Option<DateTime<Utc>>,
    ) -> Result<Self, serde_json::Error> {
        let key = webhook.replay_key();
        let remember = if key.is_signed() {
            REMEMBER
        } else {
            REMEMBER_UNSIGNED
        };
        let until = received_at.checked_add_signed(remember);
        // Longer for a token that says it comes from the future, or without a maximum age. Not for ever: what has no
        // bound is bounded by the time above.
        let replayable = receiver
            .replayable_until(webhook.authenticity())
            .filter(|until| *until < DateTime::<Utc>::MAX_UTC);
        Ok(Self::Webhook(Accepted {
            key,
            received_at,
            until: until.max(replayable).unwrap_or(received_at),
            late_since,
            webhook: serde_json::to_string(&StoredWebhook::new(webhook, received_at))?,
        }))
    }

    /// Whether the store must have a memory to take it.
    pub(crate) fn is_late(&self) -> bool {
        matches!(self, Self::Webhook(accepted) if accepted.late_since.is_some())
    }

    /// Whether only Moneyhub can have caused it. Everything else has a queue, a folder and quotas of its own, so that
    /// it can't crowd these out.
    pub(crate) fn is_trusted(&self) -> bool {
        matches!(self, Self::Webhook(accepted) if accepted.key.is_signed())
    }

    /// The key by which the store recognizes a copy, and in whose order a batch is written.
    pub(crate) fn key(&self) -> (i16, [u8; 32]) {
        match self {
            Self::Webhook(accepted) => (-1, accepted.key.into()),
            Self::Body(body) => (body.kind.code(), body.hash()),
        }
    }

    /// The bytes that it takes in a statement.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Webhook(accepted) => accepted.webhook.len(),
            Self::Body(body) => body.body.len(),
        }
    }
}

impl Body {
    /// The hash of the token without its signature: the same for each wrapping, and for each signature over it.
    pub(crate) fn hash(&self) -> [u8; 32] {
        let token = token(&self.body);
        let signed = token.rsplit_once('.').map_or(&*token, |(signed, _)| signed);
        Sha256::digest(signed.as_bytes()).into()
    }
}

impl Accepted {
    /// Why it is stored as a dead letter: a copy of it may have been handled, and forgotten. It was on the disk of a
    /// machine for long, or it came late and the store has lost its memory since.
    pub(crate) fn is_too_late(&self, now: DateTime<Utc>, memory: Memory) -> Option<&'static str> {
        let is_remembered = self
            .late_since
            .is_none_or(|since| memory.reaches_back_to(since, now) && now < since + REMEMBER);
        let is_too_late = self.until <= now || !is_remembered;
        is_too_late.then_some("it was stored after its replay key may have been forgotten")
    }
}
