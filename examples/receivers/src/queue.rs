//! The hand-over for services that outgrow one machine: accepted bodies go to a Redis stream, from which any number
//! of [workers](crate::worker) take them.
//!
//! The receiver judges first, which takes tens of microseconds, so that strangers fill nothing but what is for bodies
//! that could not be judged. That a body was accepted is said by the stream it is in:
//!
//! | stream | entries | cap |
//! |---|---|---|
//! | `{moneyhub}:accepted` | judged and accepted; never refused again | large: all that workers are behind by |
//! | `{moneyhub}:unjudged` | there were no keys; workers judge them as of their receipt | small: strangers fill it |
//! | `{moneyhub}:dead` | what workers gave up, with the reason; for people to look at | none |
//!
//! An entry holds the body as it came, and no parsed form of it: a worker then verifies the signature itself, and
//! what has got into the Redis some other way is no event.
//!
//! **Where Redis can't take a body**, being down, slow or full, it goes into a folder on this machine's disk, and
//! from there to Redis when that is well again: Moneyhub does not send it a second time, so to say 503 is to lose it.
//! Only where there is no room on the disk either is the answer 503.
//!
//! Replayed tokens, and where plain JSON is accepted any stranger's, count towards the cap of `accepted`.
//!
//! Set up the Redis with `maxmemory-policy noeviction`, `appendonly yes` and `appendfsync always`: then what was
//! answered with 202 survives a crash of the Redis too. A failover to a replica may still lose the last moments. If it
//! has a `maxmemory`, let that be well above the caps: a Redis that is full does not take the effects of workers either,
//! and stays full.

mod backlog;
mod connection;
mod lane;
mod spill;

use std::io;
use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::Webhook;
use tokio::time::sleep;

use crate::answer::Answer;
use crate::intake::HandOver;
pub use backlog::QueueBacklog;
use connection::Connection;
pub use lane::Names;
use lane::{Appended, Lane};
pub(crate) use lane::{OVERHEAD, bytes_in};
use spill::Spill;

/// From one look into the folder to the next.
const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// How many **bytes** are held, of each kind and in each place.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    pub accepted: u64,
    pub unjudged: u64,
    pub accepted_on_disk: u64,
    pub unjudged_on_disk: u64,
}

impl Default for Caps {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            accepted: 1024 * MIB,
            unjudged: 64 * MIB,
            accepted_on_disk: 1024 * MIB,
            unjudged_on_disk: 64 * MIB,
        }
    }
}

/// The near end of the streams, for an intake.
pub struct Queue(Arc<Lanes>);

struct Lanes {
    redis: Connection,
    accepted: (Lane, Arc<Spill>),
    unjudged: (Lane, Arc<Spill>),
    names: Names,
}

impl Queue {
    /// Connects when it first has to, so that a receiver starts without Redis too. The folder is this receiver's
    /// alone; what an earlier run has left in it is handed on.
    pub fn new(redis_url: &str, names: &Names, folder: &Path, caps: Caps) -> io::Result<Self> {
        let redis = Connection::new(redis_url).map_err(io::Error::other)?;
        let spill = |kind, cap| Spill::open(&folder.join(kind), cap).map(Arc::new);
        let lanes = Arc::new(Lanes {
            redis,
            names: names.clone(),
            accepted: (Lane::new(names.accepted(), caps.accepted), spill("accepted", caps.accepted_on_disk)?),
            unjudged: (Lane::new(names.unjudged(), caps.unjudged), spill("unjudged", caps.unjudged_on_disk)?),
        });
        tokio::spawn(flush(Arc::downgrade(&lanes)));
        Ok(Self(lanes))
    }

    /// What waits in it, and on the disk of this machine, for those who watch.
    pub fn backlog(&self, redis_url: &str) -> io::Result<QueueBacklog> {
        let Lanes { names, accepted: (_, accepted), unjudged: (_, unjudged), .. } = &*self.0;
        let mut backlog = QueueBacklog::new(redis_url, names)?;
        backlog.disks = Some([Arc::clone(accepted), Arc::clone(unjudged)]);
        Ok(backlog)
    }
}

impl HandOver for Queue {
    /// A copy of what *was handled* is not taken. A guard here, which marks as seen what *was received*, would lose
    /// an event in a crash between the two: the mark is set with the effect, by the worker, and copies that come
    /// before that all go in.
    async fn accept(&self, webhook: Webhook, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        let mark = self.0.names.handled(&webhook.replay_key().to_string());
        match self.0.hold(&self.0.accepted, body, received_at, Some(&mark)).await {
            Some(Appended::Handled) => Answer::Duplicate,
            Some(_) => Answer::Accepted,
            None => {
                eprintln!("{webhook:?} is lost: fetch from the API what it was about");
                Answer::NoRoom
            }
        }
    }

    async fn keep(&self, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        let held = self.0.hold(&self.0.unjudged, body, received_at, None).await;
        if held.is_some() { Answer::Stored } else { Answer::NoRoom }
    }
}

impl Lanes {
    /// In Redis, or else on the disk. `None`: neither took it.
    async fn hold(
        &self,
        (lane, spill): &(Lane, Arc<Spill>),
        body: Bytes,
        received_at: DateTime<Utc>,
        mark: Option<&str>,
    ) -> Option<Appended> {
        if let Some(appended) = self.append(lane, &body, received_at, mark).await {
            return Some(appended);
        }
        let spill = Arc::clone(spill);
        // The disk blocks. A task that panics has not kept anything.
        let kept = tokio::task::spawn_blocking(move || spill.keep(&body, received_at)).await;
        match kept.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
            Ok(kept) => kept.then_some(Appended::Taken),
            Err(error) => {
                eprintln!("the disk does not take it either: {error}");
                None
            }
        }
    }

    /// `None`: it is not in Redis for sure. After a failure it may be there all the same, and then comes in twice: workers
    /// drop duplicates.
    async fn append(
        &self,
        lane: &Lane,
        body: &[u8],
        received_at: DateTime<Utc>,
        mark: Option<&str>,
    ) -> Option<Appended> {
        let fault = match lane.append(&self.redis, body, received_at, mark).await {
            Ok(Appended::Full) => "it is full".to_owned(),
            Ok(appended) => return Some(appended),
            Err(error) => error.to_string(),
        };
        eprintln!("{} in Redis: {fault}", lane.stream());
        None
    }

    /// Hands on what is on the disk, the oldest first, as long as Redis takes it.
    async fn hand_on(&self, (lane, spill): &(Lane, Arc<Spill>)) -> io::Result<()> {
        for file in spill.files()? {
            let (body, received_at) = match spill.read(&file) {
                Ok(kept) => kept,
                Err(error) => {
                    eprintln!("{}: {error}", file.display());
                    continue; // the others don't wait for that
                }
            };
            if self.append(lane, &body, received_at, None).await.is_none() {
                break;
            }
            // A crash just here appends it once more: a duplicate, which workers drop.
            spill.remove(&file)?;
        }
        Ok(())
    }
}

/// Ends with the queue.
async fn flush(lanes: Weak<Lanes>) {
    while let Some(lanes) = lanes.upgrade() {
        for lane in [&lanes.accepted, &lanes.unjudged] {
            if let Err(error) = lanes.hand_on(lane).await {
                eprintln!("what is on the disk stays there: {error}");
            }
        }
        drop(lanes);
        sleep(FLUSH_EVERY).await;
    }
}
