//! Brings the tables up to date: the files of the folder `migrations`, each applied once, in order.

use std::collections::BTreeSet;

use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, GenericClient};

use super::Result;

/// Numbered by their place. One that was applied anywhere is never changed: add another.
pub const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/0001_webhooks.sql"),
    include_str!("../../migrations/0002_sample_effect.sql"),
];

/// Whoever holds it applies migrations; the others wait, and find them applied. Any number that nobody else uses.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7881083412096051305)";

const TABLE: &str = "
    CREATE SCHEMA IF NOT EXISTS moneyhub;
    CREATE TABLE IF NOT EXISTS moneyhub.migration (
        number integer PRIMARY KEY,
        applied_at timestamptz NOT NULL DEFAULT now()
    )";

/// All in one transaction: a crash in the middle leaves nothing half done.
pub(super) async fn apply(client: &mut Client, migrations: &[&str]) -> Result<()> {
    // Without a lock, and without the right to change tables.
    match applied(client).await {
        Ok(applied) if numbered(migrations).all(|(number, _)| applied.contains(&number)) => {
            return Ok(());
        }
        Err(error) if error.code() != Some(&SqlState::UNDEFINED_TABLE) => return Err(error.into()),
        _ => {}
    }
    let transaction = client.transaction().await?;
    // Longer than any other statement: another program may be at it, and tables may be large.
    transaction
        .batch_execute("SET LOCAL statement_timeout = '10min'")
        .await?;
    transaction.batch_execute(LOCK).await?;
    transaction.batch_execute(TABLE).await?;
    let applied = applied(&transaction).await?;
    for (number, migration) in numbered(migrations).filter(|(number, _)| !applied.contains(number))
    {
        transaction.batch_execute(migration).await?;
        transaction
            .execute(
                "INSERT INTO moneyhub.migration (number) VALUES ($1)",
                &[&number],
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

async fn applied(
    client: &impl GenericClient,
) -> std::result::Result<BTreeSet<i32>, tokio_postgres::Error> {
    let rows = client
        .query("SELECT number FROM moneyhub.migration", &[])
        .await?;
    rows.iter().map(|row| row.try_get(0)).collect()
}

fn numbered<'a>(migrations: &'a [&'a str]) -> impl Iterator<Item = (i32, &'a str)> {
    (1..).zip(migrations.iter().copied())
}
