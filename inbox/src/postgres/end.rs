//! How attempts end: the webhook is removed, or due again, or a dead letter.

use chrono::{DateTime, Utc};
use moneyhub_webhooks::ReplayKey;
use sqlx::PgConnection;

use super::text;
use crate::store::{Claim, Ended, Result};

/// What identifies a claim: the key, and the number of attempts.
pub(super) type Claimed = (ReplayKey, i32);

pub(super) fn claimed(claim: &Claim) -> Claimed {
    let attempts = i32::try_from(claim.attempts).unwrap_or(i32::MAX);
    (claim.key, attempts)
}

/// Removes webhooks that were handled.
pub(super) async fn remove(connection: &mut PgConnection, done: &[Claimed]) -> Result<()> {
    let (keys, attempts): (Vec<&[u8]>, Vec<i32>) = done
        .iter()
        .map(|(key, attempts)| (key.as_bytes().as_slice(), *attempts))
        .unzip();
    let done = sqlx::query(include_str!("../../sql/postgres/done.sql"))
        .bind(keys)
        .bind(attempts);
    done.execute(connection).await?;
    Ok(())
}

/// Notes the end of an attempt that failed.
pub(super) async fn failed(
    connection: &mut PgConnection,
    claim: &Claim,
    ended: &Ended,
    now: DateTime<Utc>,
) -> Result<()> {
    let (due_at, dead_at, reason) = match ended {
        Ended::Done => return remove(connection, &[claimed(claim)]).await,
        Ended::Again { at, reason } => (Some(*at), None, reason),
        Ended::Dead { reason } => (None, Some(now), reason),
    };
    let (key, attempts) = claimed(claim);
    let failed = sqlx::query(include_str!("../../sql/postgres/failed.sql"))
        .bind(key.as_bytes().as_slice())
        .bind(attempts)
        .bind(due_at)
        .bind(dead_at)
        .bind(text(reason));
    failed.execute(connection).await?;
    Ok(())
}
