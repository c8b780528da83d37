//! Bodies on disk while the store does not take them: a file each, whole or not there at all, under a cap of bytes.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};

/// What a file takes besides its body: a block.
const OVERHEAD: u64 = 4096;

/// Of a file that is being written.
const UNFINISHED: &str = "unfinished";

pub(super) struct Spill {
    folder: PathBuf,
    cap: u64,
    held: Mutex<Held>,
}

struct Held {
    bytes: u64,
    /// How many were written: makes names unique.
    written: u64,
}

impl Spill {
    /// Counts what an earlier run has left. Files that it did not finish were never answered, and go.
    pub(super) fn open(folder: &Path, cap: u64) -> io::Result<Self> {
        // What is in it is personal data.
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
        let mut bytes = 0;
        for file in fs::read_dir(folder)? {
            let file = file?;
            if file
                .path()
                .extension()
                .is_some_and(|extension| extension == UNFINISHED)
            {
                fs::remove_file(file.path())?;
            } else {
                bytes += file.metadata()?.len() + OVERHEAD;
            }
        }
        Ok(Self {
            folder: folder.into(),
            cap,
            held: Mutex::new(Held { bytes, written: 0 }),
        })
    }

    /// `true`: it is on the disk for sure. `false`: there is no room.
    pub(super) fn keep(&self, body: &[u8], received_at: DateTime<Utc>) -> io::Result<bool> {
        let cost = body.len() as u64 + OVERHEAD;
        let number = {
            let mut held = self.lock();
            if held.bytes + cost > self.cap {
                return Ok(false);
            }
            held.bytes += cost;
            held.written += 1;
            held.written
        };
        // The time first: then the names sort by it.
        let name = format!(
            "{:020}-{}-{number}",
            received_at.timestamp_micros(),
            process::id()
        );
        let written = self.write(&self.folder.join(name), body);
        if written.is_err() {
            self.lock().bytes -= cost;
        }
        written.map(|()| true)
    }

    fn write(&self, path: &Path, body: &[u8]) -> io::Result<()> {
        let unfinished = path.with_extension(UNFINISHED);
        let finished = File::create(&unfinished)
            .and_then(|mut file| file.write_all(body).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&unfinished, path));
        if finished.is_err() {
            // Or a disk that is full runs out of names as well.
            let _ = fs::remove_file(&unfinished);
        }
        finished?;
        // The name is on the disk when the folder is.
        File::open(&self.folder)?.sync_all()
    }

    /// What it holds, with what the files take besides.
    pub(super) fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// The oldest first.
    pub(super) fn files(&self) -> io::Result<Vec<PathBuf>> {
        let mut files = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            let path = file?.path();
            if path.extension().is_none() {
                files.push(path);
            }
        }
        files.sort();
        Ok(files)
    }

    pub(super) fn read(&self, path: &Path) -> io::Result<(Vec<u8>, DateTime<Utc>)> {
        let strange = || io::Error::other(format!("not one of ours: {}", path.display()));
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(strange)?;
        let micros = name
            .split('-')
            .next()
            .and_then(|micros| micros.parse().ok());
        let received_at = micros
            .and_then(DateTime::from_timestamp_micros)
            .ok_or_else(strange)?;
        Ok((fs::read(path)?, received_at))
    }

    pub(super) fn remove(&self, path: &Path) -> io::Result<()> {
        let cost = fs::metadata(path)?.len() + OVERHEAD;
        fs::remove_file(path)?;
        let mut held = self.lock();
        held.bytes = held.bytes.saturating_sub(cost);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn what_could_not_be_written_leaves_neither_a_file_nor_less_room() {
        let folder = env::temp_dir().join(format!("spill-{}", process::id()));
        let spill = Spill::open(&folder, 10_000).expect("a folder");
        let at = DateTime::UNIX_EPOCH;
        // Where the first body would go there is something that it can't replace.
        let path = folder.join(format!("{:020}-{}-1", 0, process::id()));
        fs::create_dir(&path).expect("a folder");
        spill
            .keep(&[0; 5000], at)
            .expect_err("no file replaces a folder");
        fs::remove_dir(&path).expect("it is there");
        assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 0);
        assert!(
            spill.keep(&[0; 5000], at).expect("it is written"),
            "there is room for one"
        );
        assert!(
            !spill.keep(&[0; 5000], at).expect("it is not tried"),
            "and not for two"
        );
        fs::remove_dir_all(&folder).expect("it is there");
    }
}
