//! The inbox of a source, in either of its stores.

use std::time::Duration;

use axum::Router;
use moneyhub_webhooks::ReplayKey;
use moneyhub_webhooks_inbox::{
    Backlog, DeadLetter, Handler, Health, Inbox, InboxBuilder, Postgres, Sqlite, StoreError,
    Workers,
};
use sqlx::postgres::PgPoolOptions;

use crate::config::{Place, Source};
use crate::failure::{Failure, failed};

/// From the time limit of an attempt to that of the inbox: the attempt ends by itself.
const MARGIN: Duration = Duration::from_secs(3);

/// What the inbox needs of a pool beside its workers.
const CONNECTIONS: u32 = 4;

#[derive(Debug, Clone)]
pub(crate) enum AnyInbox {
    Sqlite(Inbox<Sqlite>),
    Postgres(Inbox<Postgres>),
}

/// What an inbox is opened for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Receive,
    /// Looks after dead letters, beside a process that receives.
    Operate,
}

pub(crate) async fn open(source: &Source, purpose: Purpose) -> Result<AnyInbox, Failure> {
    let opened = try_open(source, purpose).await;
    opened.map_err(|reason| failed(source.scope.setting("store"), &source.place, reason))
}

/// An error says why, without the setting and its value.
pub(crate) async fn try_open(source: &Source, purpose: Purpose) -> Result<AnyInbox, String> {
    let limit = source.target.timeout.saturating_add(MARGIN);
    let mut builder = InboxBuilder::new(source.policy.receiver()).handler_timeout(limit);
    builder = match (&source.spill, purpose) {
        (_, Purpose::Operate) => builder.without_spill(),
        (Some(spill), Purpose::Receive) => builder.spill(spill),
        (None, Purpose::Receive) => builder,
    };
    let opened = match &source.place {
        // It would be created, perhaps by another user.
        Place::Sqlite(path) if purpose == Purpose::Operate && !path.exists() => {
            return Err("there is no such file".to_owned());
        }
        Place::Sqlite(path) => builder.sqlite(path).await.map(AnyInbox::Sqlite),
        Place::Postgres { options, .. } => {
            let pool = PgPoolOptions::new()
                .max_connections(CONNECTIONS.saturating_add(source.concurrency.into()))
                .connect_lazy_with(options.as_ref().clone());
            builder.postgres(pool).await.map(AnyInbox::Postgres)
        }
    };
    opened.map_err(|error| error.to_string())
}

/// The same call on either inbox.
macro_rules! either {
    ($self:ident, $inbox:ident => $call:expr) => {
        match $self {
            AnyInbox::Sqlite($inbox) => $call,
            AnyInbox::Postgres($inbox) => $call,
        }
    };
}

impl AnyInbox {
    pub(crate) fn router(&self, path: &str) -> Router {
        either!(self, inbox => inbox.router(path))
    }

    pub(crate) fn work(&self, workers: u16, handler: impl Handler + 'static) -> Workers {
        either!(self, inbox => inbox.work(workers.into(), handler))
    }

    pub(crate) fn health(&self) -> Health {
        either!(self, inbox => inbox.health())
    }

    pub(crate) async fn backlog(&self) -> Result<Backlog, StoreError> {
        either!(self, inbox => inbox.backlog().await)
    }

    pub(crate) async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, StoreError> {
        either!(self, inbox => inbox.dead_letters(limit).await)
    }

    pub(crate) async fn dead_letter(
        &self,
        key: ReplayKey,
    ) -> Result<Option<DeadLetter>, StoreError> {
        either!(self, inbox => inbox.dead_letter(key).await)
    }

    pub(crate) async fn requeue(&self, key: ReplayKey) -> Result<u64, StoreError> {
        either!(self, inbox => inbox.requeue([key]).await)
    }

    pub(crate) async fn requeue_all(&self) -> Result<u64, StoreError> {
        either!(self, inbox => inbox.requeue_all().await)
    }

    pub(crate) async fn reverify(&self) -> Result<u64, StoreError> {
        either!(self, inbox => inbox.reverify().await)
    }
}
