//! Opens the database: the pragmas, each of them asserted, and the tables.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, Error, ErrorCode, OpenFlags, ffi};

/// "mhwi": by it an inbox is told from any other database.
const APPLICATION: i64 = 0x6d68_7769;

/// The version of the tables.
const VERSION: i64 = 1;

/// After how many pages of the log, 40 MB, the writer copies them to the file itself: under full load the other thread
/// never reaches the end of the log, so that it would grow for ever.
const CHECKPOINT: i64 = 10_000;

/// How long another process may lock the file.
const BUSY: Duration = Duration::from_millis(500);

pub(super) fn open(path: Option<&Path>) -> rusqlite::Result<Connection> {
    let connection = match path {
        Some(path) => {
            create(path);
            Connection::open(path)?
        }
        None => Connection::open_in_memory()?,
    };
    connection.busy_timeout(BUSY)?;
    // First of all: a pragma would change the file.
    assert_inbox(&connection)?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    assert_pragma(
        mode == if path.is_some() { "wal" } else { "memory" },
        "journal_mode",
    )?;
    connection.execute_batch("PRAGMA synchronous = FULL")?;
    assert_pragma(pragma(&connection, "synchronous")? == 2, "synchronous")?;
    // Each call is a savepoint, for which SQLite copies every page that the call changes. Otherwise to a file.
    connection.execute_batch("PRAGMA temp_store = MEMORY")?;
    assert_pragma(pragma(&connection, "temp_store")? == 2, "temp_store")?;
    let checkpoint = format!("PRAGMA wal_autocheckpoint = {CHECKPOINT}");
    let pages: i64 = connection.query_row(&checkpoint, [], |row| row.get(0))?;
    assert_pragma(pages == CHECKPOINT, "wal_autocheckpoint")?;
    connection.set_prepared_statement_cache_capacity(64);
    create_tables(&connection)?;
    Ok(connection)
}

/// Opens a file that the writer has prepared. In WAL mode, reading neither blocks a writer nor waits for one.
pub(super) fn open_to_read(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// It holds personal data: only this user may read it. SQLite gives its other files the same mode.
fn create(path: &Path) {
    let mut options = OpenOptions::new();
    // If it is there it stays closed: to close it would end the locks of this process.
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Then SQLite says what is wrong.
    let _ = options.open(path);
}

fn create_tables(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    if is_empty(connection)? {
        connection.execute_batch(include_str!("schema.sql"))?;
        connection.pragma_update(None, "application_id", APPLICATION)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    assert_inbox(connection)?;
    connection.execute_batch("COMMIT")
}

/// Another process may just create the tables.
fn assert_inbox(connection: &Connection) -> rusqlite::Result<()> {
    let is_inbox = is_empty(connection)? || pragma(connection, "application_id")? == APPLICATION;
    assert_pragma(
        is_inbox,
        "application_id, so it is not the file of an inbox",
    )
}

fn is_empty(connection: &Connection) -> rusqlite::Result<bool> {
    let tables = "SELECT count(*) FROM sqlite_schema";
    connection.query_row(tables, [], |row| Ok(row.get::<_, i64>(0)? == 0))
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

fn assert_pragma(holds: bool, name: &str) -> rusqlite::Result<()> {
    if holds {
        return Ok(());
    }
    let error = ffi::Error {
        code: ErrorCode::CannotOpen,
        extended_code: ffi::SQLITE_CANTOPEN,
    };
    Err(Error::SqliteFailure(
        error,
        Some(format!("the database has another {name}")),
    ))
}
