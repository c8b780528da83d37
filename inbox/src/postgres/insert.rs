//! A batch of receipts: one transaction, one sync to disk, and in the usual case one round trip.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::ReplayKey;
use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};

use super::connection::BEGIN;
use super::{memory, text};
use crate::entry::{Accepted, Body, Entry};
use crate::late::Memory;
use crate::quota::Rooms;
use crate::retry::PATIENCE;
use crate::store::{Quotas, Result, Stored};

/// Several statements need a transaction: those of a batch with anything that has a quota, or came late. So does a
/// connection that is not proven yet: a statement locks its tables before it can set a limit for that, and while
/// somebody else has locked them, each connection would leave a session behind.
pub(super) async fn insert(
    connection: &mut PgConnection,
    is_proven: bool,
    batch: &[Arc<Entry>],
    quotas: Quotas,
    now: DateTime<Utc>,
) -> Result<Vec<Stored>> {
    let has_quota = batch.iter().any(|entry| !entry.is_trusted());
    let has_late = batch.iter().any(|entry| entry.is_late());
    let is_transaction = has_quota || has_late || !is_proven;
    if is_transaction {
        sqlx::raw_sql(BEGIN).execute(&mut *connection).await?;
    }
    let mut rooms = Rooms::new(quotas);
    if has_quota {
        sqlx::raw_sql(include_str!("../../sql/postgres/lock_quotas.sql"))
            .execute(&mut *connection)
            .await?;
        let usage = sqlx::query(include_str!("../../sql/postgres/usage.sql"));
        for row in usage.fetch_all(&mut *connection).await? {
            let [rows, bytes] = [row.try_get::<i64, _>("rows")?, row.try_get("bytes")?];
            rooms.used(
                row.try_get("quota")?,
                rows.unsigned_abs(),
                bytes.unsigned_abs(),
            );
        }
    }
    let memory = if has_late {
        memory::read(connection).await?
    } else {
        Memory::default()
    };
    let admitted: Vec<bool> = batch.iter().map(|entry| rooms.admit(entry)).collect();
    let admitted_entries = batch
        .iter()
        .zip(&admitted)
        .filter(|(_, admitted)| **admitted);
    let webhooks = admitted_entries.filter_map(|(entry, _)| match &**entry {
        Entry::Webhook(accepted) => Some(accepted),
        Entry::Body(_) => None,
    });
    let fresh = insert_webhooks(connection, webhooks, memory, now).await?;
    // Once: that of a body is a hash of all of it.
    let keys: Vec<_> = batch.iter().map(|entry| entry.key()).collect();
    let entries = || batch.iter().zip(&keys).zip(&admitted);
    let bodies = entries().filter_map(|((entry, key), admitted)| match &**entry {
        Entry::Body(body) if *admitted => Some((*key, body)),
        _ => None,
    });
    let kept = keep(connection, bodies, now).await?;
    let stored = entries().map(|((entry, key), admitted)| {
        let is_fresh = match &**entry {
            _ if !admitted => return Stored::Full,
            Entry::Webhook(accepted) => fresh.contains(&accepted.key),
            Entry::Body(_) => kept.contains(key),
        };
        if is_fresh {
            Stored::Fresh
        } else {
            Stored::Duplicate
        }
    });
    let stored = stored.collect();
    if is_transaction {
        sqlx::raw_sql("COMMIT").execute(connection).await?;
    }
    Ok(stored)
}

/// Returns the keys of those that are new.
async fn insert_webhooks(
    connection: &mut PgConnection,
    webhooks: impl Iterator<Item = &Accepted>,
    memory: Memory,
    now: DateTime<Utc>,
) -> Result<HashSet<ReplayKey>> {
    let (mut keys, mut until, mut received_at) = (Vec::new(), Vec::new(), Vec::new());
    let (mut signed, mut texts, mut dead) = (Vec::new(), Vec::new(), Vec::new());
    for webhook in webhooks {
        keys.push(webhook.key.as_bytes().as_slice());
        until.push(webhook.until);
        received_at.push(webhook.received_at);
        signed.push(webhook.key.is_signed());
        texts.push(webhook.webhook.as_str());
        dead.push(webhook.is_too_late(now, memory));
    }
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    // To the end of the answer: the commit comes after the rows, and may fail.
    let rows = sqlx::query(include_str!("../../sql/postgres/insert.sql"))
        .bind(keys)
        .bind(until)
        .bind(received_at)
        .bind(signed)
        .bind(texts)
        .bind(dead)
        .bind(now)
        .bind(now + PATIENCE)
        .fetch_all(connection)
        .await?;
    rows.iter().map(super::key).collect()
}

/// Returns the keys of those that were not kept before.
async fn keep(
    connection: &mut PgConnection,
    bodies: impl Iterator<Item = ((i16, [u8; 32]), &Body)>,
    now: DateTime<Utc>,
) -> Result<HashSet<(i16, [u8; 32])>> {
    let (mut kinds, mut hashes, mut received_at) = (Vec::new(), Vec::new(), Vec::new());
    let (mut texts, mut reasons) = (Vec::new(), Vec::new());
    for ((kind, hash), body) in bodies {
        kinds.push(kind);
        hashes.push(hash);
        received_at.push(body.received_at);
        texts.push(text(&body.body));
        reasons.push(text(&body.reason));
    }
    if kinds.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = sqlx::query(include_str!("../../sql/postgres/keep.sql"))
        .bind(kinds)
        .bind(hashes)
        .bind(received_at)
        .bind(texts)
        .bind(now)
        .bind(reasons)
        .fetch_all(connection)
        .await?;
    let key = |row: &PgRow| Ok((row.try_get("kind")?, row.try_get("hash")?));
    rows.iter().map(key).collect()
}
