//! Where PostgreSQL is installed, and who may run it.

use std::path::PathBuf;
use std::{env, fs};

/// Debian has them by version, and not on the path.
pub(crate) fn binaries() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql");
    let mut versions: Vec<_> = debian
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    versions.sort();
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path);
    let mut folders = versions.into_iter().rev().chain(on_path);
    folders.find(|folder| folder.join("initdb").is_file())
}

/// `postgres`, or else `nobody`.
pub(crate) fn other_user() -> Option<(u32, u32)> {
    let users = fs::read_to_string("/etc/passwd").ok()?;
    ["postgres:", "nobody:"].iter().find_map(|name| {
        let line = users.lines().find_map(|line| line.strip_prefix(name))?;
        let mut fields = line.split(':').skip(1).map(str::parse);
        Some((fields.next()?.ok()?, fields.next()?.ok()?))
    })
}
