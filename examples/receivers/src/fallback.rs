//! A folder for what a store does not take: while Redis or PostgreSQL is down, slow or full, bodies go to this machine's
//! disk, and from there to the store when it is well again.
//!
//! Moneyhub does not send a webhook a second time, so to say 503 is to lose it. Only where there is no room on the disk
//! either is that the answer.

mod spill;

use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::time::sleep;

use spill::Spill;

/// From one look into the folder to the next.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// Whether the receipt has judged a body. The two kinds have a folder and a cap each, since strangers fill one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Accepted,
    Unjudged,
}

/// Where bodies are meant to be.
pub(crate) trait Store: Send + Sync + 'static {
    /// Takes a body that was on the disk. An error: it has not taken it for sure. After a failure it may have it all the
    /// same, and gets it once more: workers drop copies.
    fn take(
        &self,
        kind: Kind,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> impl Future<Output = Result<(), String>> + Send;
}

/// A store, and the folder beside it.
pub(crate) struct Fallback<S> {
    pub(crate) store: S,
    accepted: Arc<Spill>,
    unjudged: Arc<Spill>,
}

/// The folders beside a store.
pub(crate) struct Disks([Arc<Spill>; 2]);

impl Disks {
    /// How many **bytes** of bodies are in them.
    pub(crate) fn bytes(&self) -> u64 {
        self.0.iter().map(|disk| disk.bytes()).sum()
    }
}

impl<S: Store> Fallback<S> {
    /// The folder is this receiver's alone; what an earlier run has left in it is handed on. The caps are in bytes.
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

    /// Both folders, for those who watch.
    pub(crate) fn disks(&self) -> Disks {
        Disks([Arc::clone(&self.accepted), Arc::clone(&self.unjudged)])
    }

    fn spill(&self, kind: Kind) -> &Arc<Spill> {
        match kind {
            Kind::Accepted => &self.accepted,
            Kind::Unjudged => &self.unjudged,
        }
    }

    /// Whether the disk has taken what the store has not.
    pub(crate) async fn keep(&self, kind: Kind, body: Bytes, received_at: DateTime<Utc>) -> bool {
        let spill = Arc::clone(self.spill(kind));
        // The disk blocks. A task that panics has not kept anything.
        let kept = tokio::task::spawn_blocking(move || spill.keep(&body, received_at)).await;
        kept.unwrap_or_else(|panic| Err(io::Error::other(panic))).unwrap_or_else(|error| {
            eprintln!("the disk does not take it either: {error}");
            false
        })
    }

    /// Hands on what is on the disk, the oldest first, as long as the store takes it.
    async fn hand_on(&self, kind: Kind) -> io::Result<()> {
        let spill = self.spill(kind);
        for file in spill.files()? {
            let (body, received_at) = match spill.read(&file) {
                Ok(kept) => kept,
                Err(error) => {
                    eprintln!("{}: {error}", file.display());
                    continue; // the others don't wait for that
                }
            };
            if let Err(fault) = self.store.take(kind, &body, received_at).await {
                eprintln!("what is on the disk stays there: {fault}");
                break;
            }
            // A crash just here hands it on once more: a duplicate, which workers drop.
            spill.remove(&file)?;
        }
        Ok(())
    }
}

/// Ends with the receiver.
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
