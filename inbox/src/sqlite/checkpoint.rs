//! Copies the log to the file, in a thread and over a connection of its own, so that no commit waits for it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

/// From a commit to the copy of what was committed until then: most pages change more than once meanwhile.
const PAUSE: Duration = Duration::from_millis(200);

/// Starts the thread. It ends when the sender is dropped, to which each commit is told.
pub(super) fn start(path: PathBuf) -> std::io::Result<SyncSender<()>> {
    let (sender, commits) = sync_channel(1);
    thread::Builder::new()
        .name("moneyhub-checkpoint".into())
        .spawn(move || run(&path, &commits))?;
    Ok(sender)
}

fn run(path: &Path, commits: &Receiver<()>) {
    let mut open = None;
    while commits.recv().is_ok() {
        thread::sleep(PAUSE);
        // What fails is tried again after the next commit, and by the writer once the log is long.
        open = checkpoint(open, path).ok();
    }
}

/// Copies what nobody reads any more, and waits for nobody.
fn checkpoint(open: Option<Connection>, path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match open {
        Some(connection) => connection,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(connection)
}
