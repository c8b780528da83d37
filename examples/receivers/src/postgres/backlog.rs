//! [`TablesBacklog`]: what is in the tables and on the disk, for those who watch.

use std::io;
use std::time::Duration;

use super::{Database, Lag, TIME_LIMIT};
use crate::fallback::Disks;
use crate::watch::{Backlog, Waiting};

/// It has a connection of its own, so that a slow answer holds up nobody but those who watch.
pub struct TablesBacklog {
    database: Database,
    /// Of a receiver. A worker writes nothing to its disk.
    pub(super) disks: Option<Disks>,
}

impl TablesBacklog {
    /// Of the tables alone, as a worker sees them.
    pub fn new(url: &str) -> io::Result<Self> {
        Ok(Self {
            database: Database::new(url, 1, TIME_LIMIT / 2)?,
            disks: None,
        })
    }
}

impl Backlog for TablesBacklog {
    async fn waiting(&self) -> Waiting {
        let disk_bytes = self.disks.as_ref().map(Disks::bytes);
        let Ok(Lag {
            waiting,
            oldest,
            unjudged,
            dead,
        }) = self.database.lag().await
        else {
            // The disk is what fills meanwhile. The message may name the database and its user.
            let error = Some("PostgreSQL can't be asked".to_owned());
            return Waiting {
                disk_bytes,
                error,
                ..Waiting::default()
            };
        };
        let count = |rows: i64| u64::try_from(rows).ok();
        Waiting {
            accepted: count(waiting - unjudged),
            unjudged: count(unjudged),
            dead: count(dead),
            lag: Duration::try_from_secs_f64(oldest.max(0.0)).ok(),
            disk_bytes,
            error: None,
        }
    }
}
