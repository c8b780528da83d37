//! How attempts end: the webhook is removed, or due again, or a dead letter.

use chrono::{DateTime, Utc};
use moneyhub_webhooks::ReplayKey;
use sqlx::Postgres;
use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use super::text;
use crate::store::{Claim, Ended};

type Statement = Query<'static, Postgres, PgArguments>;

/// What identifies a claim: the key, and the number of attempts.
pub(super) type Claimed = (ReplayKey, i32);

pub(super) fn claimed(claim: &Claim) -> Claimed {
    let attempts = i32::try_from(claim.attempts).unwrap_or(i32::MAX);
    (claim.key, attempts)
}

/// Removes webhooks that were handled.
pub(super) fn remove(done: &[Claimed]) -> Statement {
    let (keys, attempts): (Vec<&[u8]>, Vec<i32>) = done
        .iter()
        .map(|(key, attempts)| (key.as_bytes().as_slice(), *attempts))
        .unzip();
    sqlx::query(include_str!("../../sql/postgres/done.sql"))
        .bind(keys)
        .bind(attempts)
}

/// Notes the end of an attempt.
pub(super) fn end(claim: &Claim, ended: &Ended, now: DateTime<Utc>) -> Statement {
    let (due_at, dead_at, reason) = match ended {
        Ended::Done => return remove(&[claimed(claim)]),
        Ended::Again { at, reason } => (Some(*at), None, reason),
        Ended::Dead { reason } => (None, Some(now), reason),
    };
    let (key, attempts) = claimed(claim);
    sqlx::query(include_str!("../../sql/postgres/failed.sql"))
        .bind(key.as_bytes().as_slice())
        .bind(attempts)
        .bind(due_at)
        .bind(dead_at)
        .bind(text(reason))
}
