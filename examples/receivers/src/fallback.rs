//! Falls back to the disk: while Redis or PostgreSQL is down, slow or full, bodies go to a folder on this machine, and
//! from there to the store when it is back.
//!
//! Moneyhub sends each webhook once, so answering 503 loses it. The answer is 503 only if the disk has no room either.

mod spill;

use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::time::sleep;

use spill::Spill;

/// The pause between two attempts to move bodies from the folder to the store.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// Whether a body was verified on receipt. Each kind has its own folder and cap, because anyone can fill the one for
/// unverified bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Accepted,
    Unjudged,
}

/// The store that bodies are meant for.
pub(crate) trait Store: Send + Sync + 'static {
    /// Stores a body from the disk. An error means that it is not known to be stored. It may be stored nevertheless,
    /// and is then stored twice: workers drop duplicates.
    fn take(
        &self,
        kind: Kind,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), String>> + Send;
}

/// A store with its folder on the disk.
pub(crate) struct Fallback<S> {
    pub(crate) store: S,
    accepted: Arc<Spill>,
    unjudged: Arc<Spill>,
}

/// The folders of a store.
pub(crate) struct Disks([Arc<Spill>; 2]);

impl Disks {
    /// Returns how many **bytes** of bodies are in them.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.iter().map(|disk| disk.bytes()).sum()
    }
}

impl<S: Store> Fallback<S> {
    /// Opens the folder. No other receiver may use it. Bodies that an earlier run has left in it are moved to the
    /// store. The caps are in bytes.
    pub(crate) fn open(
        store: S,
        folder: &Path,
        accepted_cap: u64,
        unjudged_cap: u64,
    ) -> io::Result<Arc<Self>> {
        let spill = |kind, cap| Spill::open(&folder.join(kind), cap).map(Arc::new);
        let fallback = Arc::new(Self {
            store,
            accepted: spill("accepted", accepted_cap)?,
            unjudged: spill("unjudged", unjudged_cap)?,
        });
        tokio::spawn(flush(Arc::downgrade(&fallback)));
        Ok(fallback)
    }

    /// Returns both folders, for [`watch`](crate::watch).
    pub(crate) fn disks(&self) -> Disks {
        Disks([Arc::clone(&self.accepted), Arc::clone(&self.unjudged)])
    }

    fn spill(&self, kind: Kind) -> &Arc<Spill> {
        match kind {
            Kind::Accepted => &self.accepted,
            Kind::Unjudged => &self.unjudged,
        }
    }

    /// Writes a body to the disk that the store did not accept. Returns false if the disk did not accept it either.
    pub(crate) async fn keep(&self, kind: Kind, body: Bytes, received_at: DateTime<Utc>) -> bool {
        let spill = Arc::clone(self.spill(kind));
        // Disk I/O blocks. A task that panics has stored nothing.
        let kept = tokio::task::spawn_blocking(move || spill.keep(&body, received_at)).await;
        kept.unwrap_or_else(|panic| Err(io::Error::other(panic)))
            .unwrap_or_else(|error| {
                eprintln!("the disk does not take it either: {error}");
                false
            })
    }

    /// Moves bodies from the disk to the store, the oldest first, until the store rejects one.
    async fn hand_on(&self, kind: Kind) -> io::Result<()> {
        let spill = self.spill(kind);
        for file in spill.files()? {
            let (body, received_at) = match spill.read(&file) {
                Ok(kept) => kept,
                Err(error) => {
                    eprintln!("{}: {error}", file.display());
                    continue; // the others don't have to wait for it
                }
            };
            if let Err(fault) = self.store.take(kind, &body, received_at).await {
                eprintln!("what is on the disk stays there: {fault}");
                break;
            }
            // After a crash between the two calls it is stored again: a duplicate, which workers drop.
            spill.remove(&file)?;
        }
        Ok(())
    }
}

/// Moves bodies to the store again and again, until the receiver is dropped.
async fn flush<S: Store>(fallback: Weak<Fallback<S>>) {
    while let Some(fallback) = fallback.upgrade() {
        for kind in [Kind::Accepted, Kind::Unjudged] {
            if let Err(error) = fallback.hand_on(kind).await {
                eprintln!("what is on the disk stays there: {error}");
            }
        }
        drop(fallback);
        sleep(FLUSH_EVERY).await;
    }
}
