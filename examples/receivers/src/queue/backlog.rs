//! [`QueueBacklog`]: what is in the streams and on the disk, for those who watch.

use std::io;
use std::time::Duration;

use redis::cmd;

use super::connection::{Connection, TIME_LIMIT};
use super::lane::Names;
use crate::fallback::Disks;
use crate::watch::{Backlog, Waiting};

/// In one go. The id of the oldest entry begins with the milliseconds at which it came in, by the clock of Redis; entries
/// that are done are deleted.
const LOOK: &str = "
    local oldest = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
    local time = redis.call('TIME')
    local now = time[1] * 1000 + math.floor(time[2] / 1000)
    local lag = oldest and now - tonumber(string.match(oldest[1], '^%d+')) or 0
    return {redis.call('XLEN', KEYS[1]), redis.call('XLEN', KEYS[2]), redis.call('XLEN', KEYS[3]), math.max(lag, 0)}";

/// It has a connection of its own, so that a slow answer holds up nobody but those who watch.
pub struct QueueBacklog {
    redis: Connection,
    names: Names,
    /// Of a receiver. A worker writes nothing to its disk.
    pub(super) disks: Option<Disks>,
}

impl QueueBacklog {
    /// Of the streams alone, as a worker sees them.
    pub fn new(redis_url: &str, names: &Names) -> io::Result<Self> {
        let redis = Connection::new(redis_url, TIME_LIMIT).map_err(io::Error::other)?;
        Ok(Self {
            redis,
            names: names.clone(),
            disks: None,
        })
    }
}

impl Backlog for QueueBacklog {
    async fn waiting(&self) -> Waiting {
        let disk_bytes = self.disks.as_ref().map(Disks::bytes);
        let mut question = cmd("EVAL");
        question.arg(LOOK).arg(3).arg(&[
            self.names.accepted(),
            self.names.unjudged(),
            self.names.dead(),
        ]);
        match self.redis.ask::<(u64, u64, u64, u64)>(&question).await {
            Ok((accepted, unjudged, dead, lag)) => Waiting {
                accepted: Some(accepted),
                unjudged: Some(unjudged),
                dead: Some(dead),
                lag: Some(Duration::from_millis(lag)),
                disk_bytes,
                error: None,
            },
            // The disk is what fills meanwhile.
            Err(error) => Waiting {
                disk_bytes,
                error: Some(format!("Redis: {}", error.category())),
                ..Waiting::default()
            },
        }
    }
}
