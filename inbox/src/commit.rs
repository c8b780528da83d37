//! Group commit: what gathers while a commit is under way goes into the next one, with one sync to disk. A single webhook
//! is stored at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use crate::core::Core;
use crate::entry::Entry;
use crate::observe;
use crate::store::{Operations, Stored, limited};

/// A batch ends at so many entries, or with the one that brings it to so many bytes.
const ROWS: usize = 256;
const BYTES: usize = 4 * 1024 * 1024;

/// How long the spill folder may take, after the store has had its time.
pub(crate) const SPILL_LIMIT: Duration = Duration::from_secs(1);

/// How many entries wait at most.
const QUEUE: usize = 4096;

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It is on a disk: of the store, or in the spill folder.
    OnDisk,
    Duplicate,
    /// Neither the store nor the spill folder has taken it.
    NotStored,
}

/// A queue with its task. What Moneyhub has signed has one, and what anyone can send has another one.
#[derive(Debug)]
pub(crate) struct CommitQueue {
    queue: mpsc::Sender<Waiting>,
    /// The bytes that may wait.
    room: Arc<Semaphore>,
    most: u32,
}

struct Waiting {
    entry: Arc<Entry>,
    key: (i16, [u8; 32]),
    since: Instant,
    reply: oneshot::Sender<Outcome>,
    _room: OwnedSemaphorePermit,
}

impl CommitQueue {
    /// Starts the task. It ends when the queue is dropped. `bytes` is the memory for entries that wait.
    pub(crate) fn start<S: Operations>(core: Arc<Core<S>>, bytes: u32) -> Self {
        let (queue, entries) = mpsc::channel(QUEUE);
        tokio::spawn(run(core, entries));
        let room = usize::try_from(bytes).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            queue,
            room: Arc::new(Semaphore::new(room)),
            most: bytes,
        }
    }

    pub(crate) async fn store(&self, entry: Entry) -> Outcome {
        self.enqueue(entry).await.unwrap_or(Outcome::NotStored)
    }

    /// `None`: the task has ended.
    async fn enqueue(&self, entry: Entry) -> Option<Outcome> {
        let since = Instant::now();
        let bytes = u32::try_from(entry.size()).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(bytes.min(self.most));
        let (reply, outcome) = oneshot::channel();
        let waiting = Waiting {
            key: entry.key(),
            entry: Arc::new(entry),
            since,
            reply,
            _room: room.await.ok()?,
        };
        self.queue.send(waiting).await.ok()?;
        outcome.await.ok()
    }
}

async fn run<S: Operations>(core: Arc<Core<S>>, mut entries: mpsc::Receiver<Waiting>) {
    while let Some(first) = entries.recv().await {
        let mut bytes = first.entry.size();
        let mut batch = vec![first];
        while batch.len() < ROWS && bytes < BYTES {
            let Ok(next) = entries.try_recv() else { break };
            bytes = bytes.saturating_add(next.entry.size());
            batch.push(next);
        }
        commit(&core, batch).await;
    }
}

async fn commit<S: Operations>(core: &Core<S>, mut batch: Vec<Waiting>) {
    observe::batch(batch.len());
    let oldest = batch.iter().map(|waiting| waiting.since).min();
    let deadline = oldest.unwrap_or_else(Instant::now) + core.store_timeout;
    // Two machines that write the same keys in different orders would deadlock. Copies follow each other: the store gets
    // the first.
    batch.sort_by_key(|waiting| waiting.key);
    let mut entries = Vec::with_capacity(batch.len());
    let mut keys = Vec::with_capacity(batch.len());
    for waiting in &batch {
        if keys.last() != Some(&waiting.key) {
            keys.push(waiting.key);
            entries.push(Arc::clone(&waiting.entry));
        }
    }
    let outcomes = store(core, entries, deadline).await;
    let mut outcomes = keys.iter().zip(outcomes).peekable();
    let mut last = None;
    for waiting in batch {
        // A copy has the outcome of the first one.
        let outcome = match outcomes.next_if(|(key, _)| **key == waiting.key) {
            Some((_, outcome)) => outcome,
            None if last == Some(Outcome::NotStored) => Outcome::NotStored,
            None => Outcome::Duplicate,
        };
        last = Some(outcome);
        observe::stored(waiting.since);
        // The sender may have hung up. It is stored all the same.
        let _ = waiting.reply.send(outcome);
    }
}

/// Stores entries in the store, or in the spill folder.
async fn store<S: Operations>(
    core: &Core<S>,
    entries: Vec<Arc<Entry>>,
    deadline: Instant,
) -> Vec<Outcome> {
    let is_trusted = entries.iter().all(|entry| entry.is_trusted());
    // Unless the folder does not take them: then the store may be up again.
    let asks_folder_first = core.is_down_for(is_trusted) && core.spill(is_trusted).is_some();
    if asks_folder_first && spill(core, entries.clone(), is_trusted).await {
        return vec![Outcome::OnDisk; entries.len()];
    }
    // However long its entries have waited, a batch has half of the time.
    let deadline = deadline.max(Instant::now() + core.store_timeout / 2);
    let inserted = insert(core, &entries, deadline).await;
    let stored = inserted.stored;
    let missing = entries.iter().zip(&stored);
    let missing: Vec<_> = missing
        .filter(|(_, stored)| stored.is_none())
        .map(|(entry, _)| Arc::clone(entry))
        .collect();
    let mut is_spilled = false;
    if !missing.is_empty() {
        core.set_down(is_trusted, inserted.is_unavailable);
        is_spilled = !asks_folder_first && spill(core, missing, is_trusted).await;
    }
    let outcome = |stored| match stored {
        Some(Stored::Fresh) => Outcome::OnDisk,
        Some(Stored::Duplicate) => Outcome::Duplicate,
        None if is_spilled => Outcome::OnDisk,
        Some(Stored::Full) | None => Outcome::NotStored,
    };
    stored.into_iter().map(outcome).collect()
}

/// What the store has taken of a batch.
pub(crate) struct Inserted {
    /// `None`: it is not known to be stored.
    pub(crate) stored: Vec<Option<Stored>>,
    /// The store is down, slow or full: it is no fault of an entry.
    pub(crate) is_unavailable: bool,
}

impl Inserted {
    fn none(entries: usize) -> Self {
        Self {
            stored: vec![None; entries],
            is_unavailable: true,
        }
    }
}

/// Asks the store until the deadline: for all entries, once more after a deadlock or a lost connection, and then for one
/// by one, so that one that the store can't take does not hold up the others.
pub(crate) async fn insert<S: Operations>(
    core: &Core<S>,
    entries: &[Arc<Entry>],
    deadline: Instant,
) -> Inserted {
    let insert = async |entries: Vec<Arc<Entry>>| {
        let insert = core.store.insert(entries, core.now());
        let limit = deadline.saturating_duration_since(Instant::now());
        let inserted = limited(limit, insert).await;
        match &inserted {
            Ok(stored) if stored.contains(&Stored::Fresh) => core.wake.notify_waiters(),
            Ok(_) => {}
            Err(error) => observe::not_stored(error),
        }
        inserted
    };
    for _ in 0..2 {
        if let Ok(stored) = insert(entries.to_vec()).await {
            return Inserted {
                stored: stored.into_iter().map(Some).collect(),
                is_unavailable: false,
            };
        }
    }
    let mut inserted = Inserted::none(entries.len());
    for (entry, stored) in entries.iter().zip(&mut inserted.stored) {
        if deadline <= Instant::now() {
            inserted.is_unavailable = true;
            break;
        }
        match insert(vec![Arc::clone(entry)]).await {
            Ok(of_entry) => *stored = of_entry.first().copied(),
            Err(error) => inserted.is_unavailable = error.is_transient(),
        }
    }
    inserted
}

async fn spill<S: Operations>(core: &Core<S>, entries: Vec<Arc<Entry>>, is_trusted: bool) -> bool {
    let Some(spill) = core.spill(is_trusted) else {
        return false;
    };
    let Ok(turn) = Arc::clone(&spill.turn).try_lock_owned() else {
        observe::not_spilled(&"an earlier write has not ended");
        return false;
    };
    let (spill, now, count) = (Arc::clone(spill), core.now(), entries.len());
    let written = spawn_blocking(move || {
        let written = spill.write(&entries, now);
        drop(turn);
        written
    });
    // A disk that hangs must not keep the next batch from a store that is up again.
    match timeout(SPILL_LIMIT, written).await {
        Ok(Ok(Ok(true))) => {
            observe::spilled(is_trusted, count);
            return true;
        }
        Ok(Ok(Ok(false))) => observe::not_spilled(&"the folder is full"),
        Ok(Ok(Err(error))) => observe::not_spilled(&error),
        Ok(Err(panic)) => observe::not_spilled(&panic),
        Err(elapsed) => observe::not_spilled(&elapsed),
    }
    false
}
