//! Stores webhooks in Redis, for services that outgrow one machine: accepted bodies go to a Redis stream, and any
//! number of [workers](crate::worker) handle them.
//!
//! The receiver verifies a body before it stores it, which takes tens of microseconds. So unauthenticated senders can
//! fill only the stream for bodies that could not be verified. The stream of an entry says whether its body was
//! accepted:
//!
//! | stream | entries | cap |
//! |---|---|---|
//! | `{moneyhub}:accepted` | verified and accepted; never rejected later | large: the backlog of the workers |
//! | `{moneyhub}:unjudged` | there were no keys; workers verify them as of their time of receipt | small: anyone can fill it |
//! | `{moneyhub}:dead` | dead letters, with the reason; for people to look at | none |
//!
//! An entry holds the raw body, not a parsed form. A worker verifies the signature again, so nothing that got into
//! Redis in another way is treated as an event.
//!
//! **If Redis is down, slow or full**, the body goes to the disk of this machine until Redis is back. Only if the disk
//! has no room either is the answer 503.
//!
//! Replayed tokens count towards the cap of `accepted`. If plain JSON is accepted, so does anything that anyone sends.
//!
//! Configure Redis with `maxmemory-policy noeviction`, `appendonly yes` and `appendfsync always`. Then a webhook that
//! was answered with 202 also survives a crash of Redis. A failover to a replica may still lose the last moments. If
//! Redis has a `maxmemory`, set it well above the caps: a full Redis does not accept the effects of workers either, and
//! stays full.

mod backlog;
mod connection;
mod lane;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use moneyhub_webhooks::Webhook;

use crate::answer::Answer;
use crate::fallback::{Fallback, Kind, Store};
use crate::intake::HandOver;
pub use backlog::QueueBacklog;
use connection::Connection;
pub use connection::TIME_LIMIT;
pub use lane::Names;
use lane::{Appended, Lane};
pub(crate) use lane::{OVERHEAD, bytes_in};

/// How many **bytes** are stored at most, of each kind and in each place.
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

/// The sending end of the streams, for an intake.
pub struct Queue(Arc<Fallback<Streams>>);

struct Streams {
    redis: Connection,
    accepted: Lane,
    unjudged: Lane,
    names: Names,
}

impl Queue {
    /// Connects at first use, so a receiver also starts without Redis. No other receiver may use the folder. Bodies
    /// that an earlier run has left in it are moved to Redis.
    pub fn new(redis_url: &str, names: &Names, folder: &Path, caps: Caps) -> io::Result<Self> {
        Self::within(TIME_LIMIT, redis_url, names, folder, caps)
    }

    /// The same, with another limit than [`TIME_LIMIT`] on how long Redis is waited for.
    pub fn within(
        limit: Duration,
        redis_url: &str,
        names: &Names,
        folder: &Path,
        caps: Caps,
    ) -> io::Result<Self> {
        let streams = Streams {
            redis: Connection::new(redis_url, limit).map_err(io::Error::other)?,
            accepted: Lane::new(names.accepted(), caps.accepted),
            unjudged: Lane::new(names.unjudged(), caps.unjudged),
            names: names.clone(),
        };
        Fallback::open(
            streams,
            folder,
            caps.accepted_on_disk,
            caps.unjudged_on_disk,
        )
        .map(Self)
    }

    /// Returns the backlog in Redis and on the disk of this machine, for [`watch`](crate::watch).
    pub fn backlog(&self, redis_url: &str) -> io::Result<QueueBacklog> {
        let mut backlog = QueueBacklog::new(redis_url, &self.0.store.names)?;
        backlog.disks = Some(self.0.disks());
        Ok(backlog)
    }
}

impl HandOver for Queue {
    /// Stores the webhook, unless a duplicate of it *was handled* already. Marking it as seen here, when it *is
    /// received*, would lose the event in a crash between receipt and handling. So the worker sets the mark, together
    /// with the effect. Duplicates that arrive before that are all stored.
    async fn accept(&self, webhook: Webhook, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        let mark = self
            .0
            .store
            .names
            .handled(&webhook.replay_key().to_string());
        match self
            .0
            .store
            .append(Kind::Accepted, &body, received_at, Some(&mark))
            .await
        {
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
        if let Err(fault) = self
            .0
            .store
            .append(Kind::Unjudged, &body, received_at, None)
            .await
        {
            eprintln!("{fault}");
            if !self.0.keep(Kind::Unjudged, body, received_at).await {
                return Answer::NoRoom;
            }
        }
        Answer::Stored
    }
}

impl Store for Streams {
    async fn take(
        &self,
        kind: Kind,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> Result<(), String> {
        self.append(kind, body, received_at, None).await.map(drop)
    }
}

impl Streams {
    /// Appends a body to its stream. An error means that it is not known to be in Redis. It may be there nevertheless,
    /// and is then stored twice: workers drop duplicates.
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
