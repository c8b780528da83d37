//! What every test needs: a folder, an issuer, secrets, and patience.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, process};

use tokio::time::sleep;

/// Longer than anything takes, on a busy machine too.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A secret, and the one that replaces it.
pub(crate) const SECRET: &str = "whsec_bW9uZXlodWItd2ViaG9va3MtZ2F0ZXdheS10ZXN0cw==";
pub(crate) const NEXT_SECRET: &str = "whsec_dGhlLW5leHQtc2VjcmV0LW9mLXRoZS1nYXRld2F5LXRlc3Q=";

/// A folder that is removed with it.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = env::temp_dir().join(format!("gateway-{}-{number}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.0.join(name), text).unwrap();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Waits until something is there.
pub(crate) async fn eventually<T>(what: &str, mut find: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = find().await {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(10)).await;
    }
}
