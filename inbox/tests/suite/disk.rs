//! A disk that is soon full.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::folder::Folder;

const BALLAST: &str = "ballast";

/// A small file system in memory, in a folder of its own, unmounted with it.
pub(crate) struct SmallDisk(Folder);

impl SmallDisk {
    /// `None`: this test may not mount one.
    pub(crate) fn mount(size: &str) -> Option<Self> {
        let folder = Folder::new();
        if !mount(&folder, &format!("size={size}")) {
            let note = "NOTE: no file system may be mounted: the test of a full disk is SKIPPED";
            let _ = writeln!(std::io::stderr(), "{note}");
            return None;
        }
        Some(Self(folder))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0.0
    }

    /// Fills what is left of it.
    pub(crate) fn fill(&self) {
        let mut ballast = File::create(self.path().join(BALLAST)).unwrap();
        while ballast.write_all(&[0; 4096]).is_ok() {}
    }

    /// Frees what was filled.
    pub(crate) fn free(&self) {
        fs::remove_file(self.path().join(BALLAST)).unwrap();
    }

    pub(crate) fn grow(&self) {
        assert!(mount(&self.0, "remount,size=64m"));
    }
}

fn mount(folder: &Folder, options: &str) -> bool {
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(&folder.0);
    mount.stderr(Stdio::null());
    mount.status().is_ok_and(|status| status.success())
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}
