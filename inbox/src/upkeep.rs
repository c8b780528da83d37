//! The task beside the receipts: brings the store up, moves what was spilled to it, and forgets old keys.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::commit;
use crate::core::Core;
use crate::observe;
use crate::spill::Spill;
use crate::store::{AT_ONCE, Operations, Stored};

/// From one look at the spill folder to the next.
const EVERY: Duration = Duration::from_millis(500);

/// From one confirmation that the store remembers to the next, and from one look for keys to forget to the next.
const CONFIRM_EVERY: Duration = Duration::from_secs(60);

/// From one reading of the gauges to the next. That is a task of its own: a store that does not answer must not keep them
/// from saying so.
#[cfg(feature = "metrics")]
const GAUGE_EVERY: Duration = Duration::from_secs(10);

/// How long the store may take for a file.
const LIMIT: Duration = Duration::from_secs(5);

/// Runs until the inbox is dropped. Whoever starts it has prepared the store, or found that it is down.
pub(crate) async fn run<S: Operations>(core: Weak<Core<S>>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut last: Option<Instant> = None;
    let mut is_more_to_forget = false;
    let mut others_after = Instant::now();
    loop {
        ticks.tick().await;
        let Some(core) = core.upgrade() else { return };
        let is_due = last.is_none_or(|last| CONFIRM_EVERY <= last.elapsed());
        let is_first = last.is_none();
        if ((is_due && !is_first) || core.is_down())
            && let Err(error) = core.prepare().await
        {
            observe::not_prepared(&error);
            core.set_all_down();
            continue;
        }
        if is_due {
            last = Some(Instant::now());
        }
        if is_due || is_more_to_forget {
            is_more_to_forget = match core.store.prune(core.now()).await {
                // If it was as many as at most, there are more.
                Ok(forgotten) => u64::from(AT_ONCE) <= forgotten,
                Err(error) => {
                    observe::not_prepared(&error);
                    false
                }
            };
        }
        // What anyone can send comes last, since there may be much of it.
        for is_trusted in [true, false] {
            if !is_trusted && Instant::now() < others_after {
                core.set_down(is_trusted, false);
                continue;
            }
            let moved = move_spilled(&core, is_trusted).await;
            if moved != Moved::StoreIsDown {
                core.set_down(is_trusted, false);
            }
            if moved == Moved::QuotaIsFull {
                others_after = Instant::now() + CONFIRM_EVERY;
            }
        }
    }
}

/// Keeps the gauges up to date until the inbox is dropped.
#[cfg(feature = "metrics")]
pub(crate) async fn gauge<S: Operations>(core: Weak<Core<S>>) {
    let mut ticks = interval(GAUGE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(core) = core.upgrade() else { return };
        if let Err(error) = core.backlog().await {
            observe::not_counted(&error);
        }
    }
}

/// What became of a spill folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    /// The store has taken all that it can take. What can't be read stays.
    All,
    QuotaIsFull,
    StoreIsDown,
}

/// Moves what is in a spill folder to the store.
async fn move_spilled<S: Operations>(core: &Core<S>, is_trusted: bool) -> Moved {
    // Without a file there is nothing to ask the disk.
    let Some(spill) = core.spill(is_trusted).filter(|spill| spill.bytes() > 0) else {
        return Moved::All;
    };
    let mut moved = Moved::All;
    // The kinds of entries whose quota is used up.
    let mut full = HashSet::new();
    let files = {
        let spill = Arc::clone(spill);
        blocking(move || spill.files()).await.unwrap_or_default()
    };
    for path in files {
        let file = path.clone();
        let entries = match blocking(move || Spill::read(&file)).await {
            Ok(entries) => entries,
            Err(error) => {
                observe::not_moved(&path.display(), &error);
                continue; // the others don't have to wait for it
            }
        };
        if !entries.is_empty() && entries.iter().all(|entry| full.contains(&entry.key().0)) {
            continue;
        }
        let inserted = commit::insert(core, &entries, Instant::now() + LIMIT).await;
        let is_taken =
            |stored: &Option<Stored>| matches!(stored, Some(Stored::Fresh | Stored::Duplicate));
        if inserted.stored.iter().all(is_taken) {
            // Before the file goes: without one nothing is spilled any more.
            core.set_down(is_trusted, false);
            let (spill, file) = (Arc::clone(spill), path.clone());
            match blocking(move || spill.remove(&file)).await {
                Ok(()) => observe::moved(&path.display(), &entries.len()),
                Err(error) => observe::not_moved(&path.display(), &error),
            }
        } else {
            // What the store has taken of it is a duplicate the next time.
            observe::not_moved(&path.display(), &"the store does not take all of it");
            if inserted.is_unavailable {
                return Moved::StoreIsDown;
            }
            // Those behind it may have another quota.
            for (entry, stored) in entries.iter().zip(&inserted.stored) {
                if *stored == Some(Stored::Full) {
                    full.insert(entry.key().0);
                    moved = Moved::QuotaIsFull;
                }
            }
        }
    }
    moved
}

async fn blocking<T: Send + 'static>(
    function: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(function).await.map_err(io::Error::other)?
}
