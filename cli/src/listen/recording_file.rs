//! The file of `--record`. It holds personal data, so it belongs to the user, and nobody else reads it. On Windows it has
//! the permissions of its folder.

use std::fs::{File, OpenOptions};
use std::path::Path;

use crate::failure::{Failure, failed_at};

/// Opens a file to append to, or creates it.
pub(super) fn open(path: &Path) -> Result<File, Failure> {
    let failed = |error: std::io::Error| failed_at(path.display(), error);
    if path.is_symlink() {
        return Err(failed_at(
            path.display(),
            "a recording is not written through a symbolic link",
        ));
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    unix::protect(&mut options);
    let file = options.open(path).map_err(failed)?;
    #[cfg(unix)]
    unix::check(&file, path)?;
    Ok(file)
}

#[cfg(unix)]
mod unix {
    use std::fs::{File, OpenOptions, Permissions};
    use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
    use std::path::Path;

    use rustix::fs::OFlags;

    use crate::failure::{Failure, failed_at};
    use crate::output::warn;

    /// What others may do.
    const OTHERS: u32 = 0o077;

    /// A link that appears after the check is not followed either.
    pub(super) fn protect(options: &mut OpenOptions) {
        let no_link = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default();
        options.mode(0o600).custom_flags(no_link);
    }

    /// Checks the file that is open, whatever has its name by now.
    pub(super) fn check(file: &File, path: &Path) -> Result<(), Failure> {
        let failed = |error: std::io::Error| failed_at(path.display(), error);
        let found = file.metadata().map_err(failed)?;
        // Devices and pipes keep nothing.
        if !found.is_file() {
            return Ok(());
        }
        if found.uid() != rustix::process::geteuid().as_raw() {
            return Err(failed_at(path.display(), "the file is of another user"));
        }
        if found.nlink() > 1 {
            return Err(failed_at(
                path.display(),
                "the file has other names (hard links)",
            ));
        }
        if found.mode() & OTHERS != 0 {
            let own = Permissions::from_mode(found.mode() & 0o7777 & !OTHERS);
            file.set_permissions(own).map_err(failed)?;
            warn(&format!(
                "{}: other users could read or write this file; from now on only you can",
                path.display()
            ));
        }
        Ok(())
    }
}
