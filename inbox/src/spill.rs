//! [`Spill`]: a folder for what the store does not take. A file holds the entries of a batch, a line of JSON each, and is
//! there as a whole or not at all.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, Utc};
use tokio::sync::Mutex;

use crate::entry::Entry;

/// What a file takes on the disk besides its content, in bytes.
const OVERHEAD: u64 = 4096;

/// The extension of a file that is complete, and of one that is being written.
const COMPLETE: &str = "jsonl";
const UNFINISHED: &str = "unfinished";

#[derive(Debug)]
pub(crate) struct Spill {
    folder: PathBuf,
    /// In bytes.
    cap: u64,
    bytes: AtomicU64,
    /// Makes names unique.
    written: AtomicU64,
    /// Held by the write that is under way: on a disk that hangs it does not end.
    pub(crate) turn: Arc<Mutex<()>>,
    /// Locked as long as this folder is in use.
    _lock: File,
}

impl Spill {
    /// Opens a folder, and creates it. What an earlier run has left in it is kept; files that it did not finish were
    /// never answered.
    ///
    /// Fails if another inbox uses the folder.
    pub(crate) fn open(folder: PathBuf, cap: u64) -> io::Result<Self> {
        create(&folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.try_lock().map_err(|error| in_use(&folder, error))?;
        let mut bytes = 0_u64;
        for file in fs::read_dir(&folder)? {
            let path = file?.path();
            if has_extension(&path, UNFINISHED) {
                fs::remove_file(&path)?;
            } else if has_extension(&path, COMPLETE) {
                bytes = bytes.saturating_add(cost(fs::metadata(&path)?.len()));
            }
        }
        Ok(Self {
            folder,
            cap,
            bytes: bytes.into(),
            written: 0.into(),
            turn: Arc::default(),
            _lock: lock,
        })
    }

    /// Writes a batch. When it returns `true`, the batch is on the disk. `false`: the folder is full.
    pub(crate) fn write(&self, batch: &[Arc<Entry>], now: DateTime<Utc>) -> io::Result<bool> {
        let mut lines = Vec::new();
        for entry in batch {
            serde_json::to_writer(&mut lines, &**entry)?;
            lines.push(b'\n');
        }
        let cost = cost(lines.len() as u64);
        let bytes = self.bytes.fetch_add(cost, Ordering::Relaxed);
        if bytes.saturating_add(cost) > self.cap {
            self.free(cost);
            return Ok(false);
        }
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        // The time first: then the names sort by it.
        let time = now.timestamp_micros();
        let name = format!("{time:020}-{}-{number}", process::id());
        let written = write_file(&self.folder.join(name), &lines);
        if written.is_err() {
            self.free(cost);
        }
        written?;
        // If this fails, the file is there all the same, and what it takes is freed when it is moved.
        sync_folder(&self.folder)?;
        Ok(true)
    }

    /// Returns the files, the oldest first.
    pub(crate) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            let path = file?.path();
            if has_extension(&path, COMPLETE) {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    pub(crate) fn read(path: &Path) -> io::Result<Vec<Arc<Entry>>> {
        let text = fs::read_to_string(path)?;
        let entries = text.lines().map(serde_json::from_str::<Entry>);
        Ok(entries
            .map(|entry| entry.map(Arc::new))
            .collect::<Result<_, _>>()?)
    }

    /// Removes a file whose entries the store has taken. If that does not last, it takes them again, as duplicates.
    pub(crate) fn remove(&self, path: &Path) -> io::Result<()> {
        let cost = cost(fs::metadata(path)?.len());
        fs::remove_file(path)?;
        self.free(cost);
        Ok(())
    }

    /// Returns how many bytes of the disk the folder takes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    fn free(&self, cost: u64) {
        self.bytes.fetch_sub(cost, Ordering::Relaxed);
    }
}

fn write_file(path: &Path, lines: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension(UNFINISHED);
    let finished = File::create(&unfinished)
        .and_then(|mut file| file.write_all(lines).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&unfinished, path.with_extension(COMPLETE)));
    if finished.is_err() {
        // Otherwise a disk that is full would run out of names too.
        let _ = fs::remove_file(&unfinished);
    }
    finished
}

/// The system says only that the operation would block.
fn in_use(folder: &Path, error: TryLockError) -> io::Error {
    match error {
        TryLockError::WouldBlock => io::Error::new(
            io::ErrorKind::WouldBlock,
            format!(
                "another process, or another inbox of this one, uses {}",
                folder.display()
            ),
        ),
        TryLockError::Error(error) => error,
    }
}

fn cost(bytes: u64) -> u64 {
    bytes.saturating_add(OVERHEAD)
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|of_path| of_path == extension)
}

/// What is in the folder is personal data: only this user may read it.
fn create(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The name of a file is on the disk when its folder is. Windows has no such call, and journals names itself.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
