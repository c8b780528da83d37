//! The hand-over for services that have a PostgreSQL anyway: an accepted webhook is stored in one statement, and any
//! number of [workers](worker) handle it, each in the transaction of its effect.
//!
//! | table | rows | bound |
//! |---|---|---|
//! | `moneyhub.receipt` | the replay key of each webhook that was accepted: a copy meets it | pruned after [`remember`](worker::Settings::remember) |
//! | `moneyhub.webhook` | accepted and not handled yet, and dead letters with the reason | deleted with the effect |
//! | `moneyhub.unjudged` | there were no keys, or no database; workers judge them as of their receipt | [`Caps::unjudged`]: strangers fill it |
//!
//! `migrations/` has the tables and `sql/` each statement, with what it is for. What is handled leaves nothing but its
//! replay key and the time: bodies are personal data, and what you have to keep is part of your effect.
//!
//! **Where the database does not take a body**, being down, slow, full, read-only or about to fail over, it goes to the
//! disk of this machine, and on to `unjudged` when the database is well again. Only where there is no room on the disk
//! either is the answer 503.
//!
//! A copy is dropped at the receipt, since the webhook and its key are stored at once. There is no cap on `webhook`: only
//! what Moneyhub signed fills it, and each webhook once. Where plain JSON is accepted, strangers fill it too.
//!
//! What was answered with 202 is on the disk of the database: sessions set `synchronous_commit = on`, whatever the default
//! of the database is. `fsync` has to be on. A failover loses the last moments, unless the standby is synchronous.

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
pub use database::{Database, Lag};
pub use migrations::MIGRATIONS;
use statements::{Labels, sql};

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How many connections a receiver opens at most. Each waits for the disk of the database once a webhook.
const CONNECTIONS: usize = 8;

/// How long a statement may take in the database, before it is tried again over another connection.
const STATEMENT_LIMIT: Duration = Duration::from_millis(400);

/// How many **bytes** are held.
#[derive(Debug, Clone, Copy)]
pub struct Caps {
    pub unjudged: u64,
    pub accepted_on_disk: u64,
    pub unjudged_on_disk: u64,
}

impl Default for Caps {
    fn default() -> Self {
        const MIB: u64 = 1024 * 1024;
        Self { unjudged: 64 * MIB, accepted_on_disk: 1024 * MIB, unjudged_on_disk: 64 * MIB }
    }
}

/// The near end of the tables, for an intake.
pub struct Tables(Arc<Fallback<Rows>>);

struct Rows {
    database: Database,
    unjudged_cap: i64,
}

impl Tables {
    /// Applies the migrations first, or in the background if the database is not there yet: a receiver starts without it
    /// too. The folder is this receiver's alone; what an earlier run has left in it is handed on.
    pub async fn open(url: &str, folder: &Path, caps: Caps) -> io::Result<Self> {
        let database = Database::new(url, CONNECTIONS, STATEMENT_LIMIT)?;
        database.migrate_soon().await;
        let rows = Rows { database, unjudged_cap: i64::try_from(caps.unjudged).unwrap_or(i64::MAX) };
        Fallback::open(rows, folder, caps.accepted_on_disk, caps.unjudged_on_disk).map(Self)
    }

    /// What waits in them, and on the disk of this machine, for those who watch.
    pub fn backlog(&self, url: &str) -> io::Result<TablesBacklog> {
        let mut backlog = TablesBacklog::new(url)?;
        backlog.disks = Some(self.0.disks());
        Ok(backlog)
    }
}

impl HandOver for Tables {
    /// A guard that marks as seen what was received would lose an event in a crash before it is stored. Here the mark and
    /// the webhook are one statement.
    async fn accept(&self, webhook: Webhook, body: Bytes, received_at: DateTime<Utc>) -> Answer {
        let labels = Labels::of(&webhook);
        match self.0.store.database.ask(sql::ACCEPT, &labels.parameters(&body.as_ref(), &received_at)).await {
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
            Kind::Accepted => self.database.ask(sql::HAND_ON, &[&body, &received_at]).await,
            Kind::Unjudged => self.database.ask(sql::KEEP, &[&body, &received_at, &self.unjudged_cap]).await,
        };
        match rows {
            Ok(0) => Err("it is full".into()),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.to_string()),
        }
    }
}
