//! The statements, and what of a webhook goes into the columns beside its body.

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Authenticity, Webhook};
use tokio_postgres::types::ToSql;

/// The files of the folder `sql`, each of which says what it is for.
pub(super) mod sql {
    pub(crate) const ACCEPT: &str = include_str!("../../sql/accept.sql");
    pub(crate) const KEEP: &str = include_str!("../../sql/keep.sql");
    pub(crate) const HAND_ON: &str = include_str!("../../sql/hand_on.sql");
    pub(crate) const UNJUDGED: &str = include_str!("../../sql/unjudged.sql");
    pub(crate) const JUDGED: &str = include_str!("../../sql/judged.sql");
    pub(crate) const WAIT_FOR_JUDGEMENT: &str = include_str!("../../sql/wait_for_judgement.sql");
    pub(crate) const BURY_UNJUDGED: &str = include_str!("../../sql/bury_unjudged.sql");
    pub(crate) const CLAIM: &str = include_str!("../../sql/claim.sql");
    pub(crate) const LOCK: &str = include_str!("../../sql/lock.sql");
    pub(crate) const DONE: &str = include_str!("../../sql/done.sql");
    pub(crate) const FAIL: &str = include_str!("../../sql/fail.sql");
    pub(crate) const WAIT_FOR_KEY: &str = include_str!("../../sql/wait_for_key.sql");
    pub(crate) const PRUNE: &str = include_str!("../../sql/prune.sql");
    pub(crate) const LAG: &str = include_str!("../../sql/lag.sql");
}

/// What the table of webhooks shows of one.
pub(super) struct Labels {
    replay_key: String,
    event: String,
    user_id: Option<String>,
    issuer: Option<String>,
    key_id: Option<String>,
}

impl Labels {
    pub(super) fn of(webhook: &Webhook) -> Self {
        let (issuer, key_id) = match webhook.authenticity() {
            Authenticity::Signed { issuer, key_id, .. } => (Some(text(issuer)), Some(text(key_id))),
            Authenticity::Unsigned => (None, None),
        };
        Self {
            replay_key: webhook.replay_key().to_string(),
            event: text(webhook.event().name()),
            user_id: webhook.user_id().map(|id| text(id.as_str())),
            issuer,
            key_id,
        }
    }

    /// Those of `accept.sql`.
    pub(super) fn parameters<'a>(
        &'a self,
        body: &'a &'a [u8],
        received_at: &'a DateTime<Utc>,
    ) -> [&'a (dyn ToSql + Sync); 7] {
        [
            &self.replay_key,
            received_at,
            &self.event,
            &self.user_id,
            &self.issuer,
            &self.key_id,
            body,
        ]
    }
}

/// Text of the database holds no NUL, which an id or the name of an event may. A webhook is not refused for that.
pub(super) fn text(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}
