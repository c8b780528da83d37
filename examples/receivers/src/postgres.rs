//! Stores webhooks in PostgreSQL, for services that have one anyway: one statement stores an accepted webhook, and any
//! number of [workers](worker) handle webhooks, each in the transaction of its effect.
//!
//! | table | rows | bound |
//! |---|---|---|
//! | `moneyhub.receipt` | the replay key of each accepted webhook, by which duplicates are found | pruned after [`remember`](worker::Settings::remember) |
//! | `moneyhub.webhook` | webhooks that are accepted and not handled yet, and dead letters with the reason | deleted with the effect |
//! | `moneyhub.unjudged` | bodies that arrived while there were no keys or no database; workers verify them as of their time of receipt | [`Caps::unjudged`]: anyone can fill it |
//!
//! `migrations/` has the tables, and `sql/` each statement with its purpose. A handled webhook leaves only its replay
//! key and the time. Bodies are personal data: if you have to store any of it, make that part of your effect.
//!
//! **If the database is down, slow, full, read-only or about to fail over**, the body goes to the disk of this machine,
//! and from there to `unjudged` when the database is back. Only if the disk has no room either is the answer 503.
//!
//! A duplicate is dropped on receipt, because one statement stores the webhook and its key. `webhook` has no cap: only
//! webhooks that Moneyhub signed get into it, each once. If plain JSON is accepted, anyone can fill it.
//!
//! A webhook that was answered with 202 is on the disk of the database: sessions set `synchronous_commit = on`,
//! whatever the default of the database is. `fsync` must be on. A failover loses the last moments, unless the standby
//! is synchronous.

mod backlog;
mod database;
mod migrations;
mod statements;
pub mod worker;

use std::error::Error;
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
pub use backlog::TablesBacklog;
pub use database::{Database, Lag, TIME_LIMIT};
pub use migrations::MIGRATIONS;
use statements::{Labels, sql};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How many connections a receiver opens at most. Each waits for the disk of the database once per webhook.
const CONNECTIONS: usize = 8;

/// How many **bytes** are stored at most, of each kind and in each place.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    pub unjudged: u64,
    pub accepted_on_disk: u64,
    pub unjudged_on_disk: u64,
}

impl Default for Caps {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self {
            unjudged: 64 * MIB,
            accepted_on_disk: 1024 * MIB,
            unjudged_on_disk: 64 * MIB,
        }
    }
}

/// The sending end of the tables, for an intake.
pub struct Tables(Arc<Fallback<Rows>>);

struct Rows {
    database: Database,
    unjudged_cap: i64,
}

impl Tables {
    /// Applies the migrations first, or in the background if the database is not available yet: a receiver also starts
    /// without it. No other receiver may use the folder. Bodies that an earlier run has left in it are moved to the
    /// database.
    pub async fn open(url: &str, folder: &Path, caps: Caps) -> io::Result<Self> {
        Self::open_within(TIME_LIMIT, url, folder, caps).await
    }

    /// The same, with another limit than [`TIME_LIMIT`] on how long the database is waited for.
    pub async fn open_within(
        limit: Duration,
        url: &str,
        folder: &Path,
        caps: Caps,
    ) -> io::Result<Self> {
        let database = Database::new(url, CONNECTIONS, limit / 2)?.within(limit);
        database.migrate_soon().await;
        let rows = Rows {
            database,
            unjudged_cap: i64::try_from(caps.unjudged).unwrap_or(i64::MAX),
        };
        Fallback::open(rows, folder, caps.accepted_on_disk, caps.unjudged_on_disk).map(Self)
    }

    /// Returns the backlog in the tables and on the disk of this machine, for [`watch`](crate::watch).
    pub fn backlog(&self, url: &str) -> io::Result<TablesBacklog> {
        let mut backlog = TablesBacklog::new(url)?;
        backlog.disks = Some(self.0.disks());
        Ok(backlog)
    }
}

impl HandOver for Tables {
    /// Stores the webhook and its replay key in one statement. Marking it as seen in a statement before would lose the
    /// event in a crash between the two.
    async fn accept(&self, webhook: Webhook, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        let labels = Labels::of(&webhook);
        match self
            .0
            .store
            .database
            .ask(
                sql::ACCEPT,
                &labels.parameters(&body.as_ref(), &received_at),
            )
            .await
        {
            Ok(0) => return Answer::Duplicate,
            Ok(_) => return Answer::Accepted,
            Err(fault) => eprintln!("PostgreSQL does not take a webhook: {fault}"),
        }
        if self.0.keep(Kind::Accepted, body, received_at).await {
            return Answer::Accepted;
        }
        eprintln!("{webhook:?} is lost: fetch from the API what it was about");
        Answer::NoRoom
    }

    async fn keep(&self, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        if let Err(fault) = self.0.store.take(Kind::Unjudged, &body, received_at).await {
            eprintln!("PostgreSQL does not take an unjudged body: {fault}");
            if !self.0.keep(Kind::Unjudged, body, received_at).await {
                return Answer::NoRoom;
            }
        }
        Answer::Stored
    }
}

impl Store for Rows {
    async fn take(
        &self,
        kind: Kind,
        body: &[u8],
        received_at: DateTime<Utc>,
    ) -> std::result::Result<(), String> {
        let rows = match kind {
            Kind::Accepted => {
                self.database
                    .ask(sql::HAND_ON, &[&body, &received_at])
                    .await
            }
            Kind::Unjudged => {
                self.database
                    .ask(sql::KEEP, &[&body, &received_at, &self.unjudged_cap])
                    .await
            }
        };
        match rows {
            Ok(0) => Err("it is full".into()),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.to_string()),
        }
    }
}
