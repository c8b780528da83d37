//! The tables, by sqlx's migrator, with a table of migrations of its own.

use std::borrow::Cow;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{Connection as _, PgPool, SqlSafeStr as _};
use tokio::time::timeout;

use super::connection::Pooled;
use crate::store::{LIMIT, Result, StoreError, limited};

/// Each is applied once, in order.
const MIGRATIONS: &[(i64, &str, &str)] =
    &[(1, "inbox", include_str!("../../migrations/0001_inbox.sql"))];

/// Migrations that wait for a lock longer than this fail, and are tried again.
const MIGRATIONS_LIMIT: Duration = Duration::from_secs(30);

/// Returns the migrations, to be applied with the right to create a schema. Their table is not that of your own
/// migrations.
pub(crate) fn migrator() -> Migrator {
    let migration = |(version, name, sql): &(i64, &'static str, &'static str)| {
        let kind = MigrationType::Simple;
        Migration::new(
            *version,
            Cow::Borrowed(name),
            kind,
            sql.into_sql_str(),
            false,
        )
    };
    let mut migrator = Migrator::with_migrations(MIGRATIONS.iter().map(migration).collect());
    migrator.create_schema("moneyhub_inbox");
    migrator.dangerous_set_table_name("moneyhub_inbox.migration");
    // A newer version of this crate may have been here, on another machine.
    migrator.set_ignore_missing(true);
    migrator
}

/// Applies what is missing. Where nothing is, it needs no right to create anything.
pub(super) async fn apply(pool: &PgPool) -> Result<()> {
    let newest = MIGRATIONS.last().map_or(0, |(version, _, _)| *version);
    let migrated = async {
        let mut pooled = Pooled::acquire(pool).await?;
        let migrated = sqlx::query_scalar(include_str!("../../sql/postgres/migrated.sql"));
        let migrated = migrated.fetch_one(pooled.connection()?).await;
        drop(pooled.reusable());
        Ok(migrated)
    };
    match limited(LIMIT, migrated).await? {
        Ok(version) if newest <= version => return Ok(()),
        Ok(_) => {}
        // There is no such schema, or no such table.
        Err(error)
            if error
                .as_database_error()
                .and_then(|error| error.code())
                .is_some_and(|code| matches!(&*code, "3F000" | "42P01")) => {}
        Err(error) => return Err(error.into()),
    }
    // Not one that returns to the pool: if a migration fails, the migrator keeps its lock on the session.
    let mut connection = pool.acquire().await?.detach();
    let migrate = migrator();
    let migrated = migrate.run_direct(None, &mut connection, false);
    let migrated = timeout(MIGRATIONS_LIMIT, migrated).await;
    let closed = connection.close().await;
    migrated
        .map_err(|_| StoreError::transient("migrations take too long"))?
        .map_err(|error| StoreError::new(format!("migrations: {error}")))?;
    Ok(closed?)
}
