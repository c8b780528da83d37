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
//! **Where Redis can't take a body**, being down, slow or full, it goes to the disk of this machine
//! until Redis is well again. Only where there is no room on the disk either is the answer 503.
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

use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::Webhook;

use crate::answer::Answer;
use crate::fallback::{Fallback, Kind, Store};
use crate::intake::HandOver;
pub use backlog::QueueBacklog;
use connection::Connection;
pub use lane::Names;
use lane::{Appended, Lane};
pub(crate) use lane::{OVERHEAD, bytes_in};

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
pub struct Queue(Arc<Fallback<Streams>>);

struct Streams {
    redis: Connection,
    accepted: Lane,
    unjudged: Lane,
    names: Names,
}

impl Queue {
    /// Connects when it first has to, so that a receiver starts without Redis too. The folder is this receiver's
    /// alone; what an earlier run has left in it is handed on.
    pub fn new(redis_url: &str, names: &Names, folder: &Path, caps: Caps) -> io::Result<Self> {
        let streams = Streams {
            redis: Connection::new(redis_url).map_err(io::Error::other)?,
            accepted: Lane::new(names.accepted(), caps.accepted),
            unjudged: Lane::new(names.unjudged(), caps.unjudged),
            names: names.clone(),
        };
        Fallback::open(streams, folder, caps.accepted_on_disk, caps.unjudged_on_disk).map(Self)
    }

    /// What waits in it, and on the disk of this machine, for those who watch.
    pub fn backlog(&self, redis_url: &str) -> io::Result<QueueBacklog> {
        let mut backlog = QueueBacklog::new(redis_url, &self.0.store.names)?;
        backlog.disks = Some(self.0.disks());
        Ok(backlog)
    }
}

impl HandOver for Queue {
    /// A copy of what *was handled* is not taken. A guard here, which marks as seen what *was received*, would lose
    /// an event in a crash between the two: the mark is set with the effect, by the worker, and copies that come
    /// before that all go in.
    async fn accept(&self, webhook: Webhook, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        let mark = self.0.store.names.handled(&webhook.replay_key().to_string());
        match self.0.store.append(Kind::Accepted, &body, received_at, Some(&mark)).await {
            Ok(Appended::Handled) => return Answer::Duplicate,
            Ok(_) => return Answer::Accepted,
            Err(fault) => eprintln!("{fault}"),
        }
        if self.0.keep(Kind::Accepted, body, received_at).await {
            return Answer::Accepted;
        }
        eprintln!("{webhook:?} is lost: fetch from the API what it was about");
        Answer::NoRoom
    }

    async fn keep(&self, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        if let Err(fault) = self.0.store.append(Kind::Unjudged, &body, received_at, None).await {
            eprintln!("{fault}");
            if !self.0.keep(Kind::Unjudged, body, received_at).await {
                return Answer::NoRoom;
            }
        }
        Answer::Stored
    }
}

impl Store for Streams {
    async fn take(&self, kind: Kind, body: &[u8], received_at: DateTime<Utc>) -> Result<(), String> {
        self.append(kind, body, received_at, None).await.map(drop)
    }
}

impl Streams {
    /// An error: it is not in Redis for sure. After a failure it may be there all the same, and then comes in twice:
    /// workers drop duplicates.
    async fn append(
        &self,
        kind: Kind,
        body: &[u8],
        received_at: DateTime<Utc>,
        mark: Option<&str>,
    ) -> Result<Appended, String> {
        let lane = match kind {
            Kind::Accepted => &self.accepted,
            Kind::Unjudged => &self.unjudged,
        };
        let fault = match lane.append(&self.redis, body, received_at, mark).await {
            Ok(Appended::Full) => "it is full".to_owned(),
            Ok(appended) => return Ok(appended),
            Err(error) => error.to_string(),
        };
        Err(format!("{} in Redis: {fault}", lane.stream()))
    }
}
