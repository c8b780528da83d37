//! What every test needs: a store of its own, a clock that stands still, and a sender.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::HeaderMap;
use moneyhub_webhooks::testing::{TestIssuer, samples};
use moneyhub_webhooks::{EventType, Receiver};
use moneyhub_webhooks_inbox::{Inbox, InboxBuilder, Postgres, Received, Sqlite, Store};
use tokio::time::sleep;

use crate::folder::Folder;
use crate::postgres_server::{self, Database};

/// Longer than anything takes, on a busy machine too: only a test that fails waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// Generates each test for both stores.
macro_rules! on_both_stores {
    ($($name:ident)+) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::stage::Stage::<moneyhub_webhooks_inbox::Sqlite>::sqlite()).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    if let Some(stage) = crate::stage::Stage::<moneyhub_webhooks_inbox::Postgres>::postgres().await {
                        super::$name(stage).await;
                    }
                }
            )+
        }
    };
}
pub(crate) use on_both_stores;

/// A clock that only the test advances.
#[derive(Clone)]
pub(crate) struct TestClock(Arc<AtomicI64>);

impl TestClock {
    fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_750_000_000_000_000)))
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn advance(&self, by: TimeDelta) {
        let micros = by.num_microseconds().unwrap();
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

/// Where the rows are.
pub(crate) enum Place {
    File(PathBuf),
    Database(Database),
}

/// A store, and how to open inboxes on it.
pub(crate) struct Stage<S> {
    pub(crate) moneyhub: TestIssuer,
    pub(crate) clock: TestClock,
    pub(crate) place: Place,
    pub(crate) folder: Folder,
    open: fn(InboxBuilder, &Place) -> Opening<'_, S>,
}

type Opening<'a, S> = std::pin::Pin<Box<dyn Future<Output = Inbox<S>> + Send + 'a>>;

impl Stage<Sqlite> {
    pub(crate) fn sqlite() -> Self {
        let folder = Folder::new();
        let place = Place::File(folder.0.join("inbox.db"));
        Self::new(place, folder, |builder, place| {
            Box::pin(async move {
                let Place::File(path) = place else {
                    unreachable!()
                };
                builder.sqlite(path).await.unwrap()
            })
        })
    }
}

impl Stage<Postgres> {
    /// `None`: there is no PostgreSQL.
    pub(crate) async fn postgres() -> Option<Self> {
        let place = Place::Database(postgres_server::database().await?);
        Some(Self::postgres_in(place, Folder::new()))
    }

    pub(crate) fn postgres_in(place: Place, folder: Folder) -> Self {
        Self::new(place, folder, |builder, place| {
            Box::pin(async move {
                let Place::Database(database) = place else {
                    unreachable!()
                };
                builder.postgres(database.pool()).await.unwrap()
            })
        })
    }

    pub(crate) fn database(&self) -> &Database {
        match &self.place {
            Place::Database(database) => database,
            Place::File(_) => unreachable!(),
        }
    }
}

impl<S: Store> Stage<S> {
    /// How many rows a table of the inbox has.
    pub(crate) async fn rows(&self, table: &str) -> i64 {
        match &self.place {
            Place::File(path) => {
                let count = format!("SELECT count(*) FROM {table}");
                let connection = rusqlite::Connection::open(path).unwrap();
                let count = connection.query_row(&count, [], |row| row.get(0));
                count.unwrap()
            }
            Place::Database(database) => {
                let count = format!("SELECT count(*) FROM moneyhub_inbox.{table}");
                database.count(&count).await
            }
        }
    }

    /// Runs statements on the tables of the inbox, in the SQL that both stores have.
    pub(crate) async fn execute(&self, sql: &str) {
        match &self.place {
            Place::File(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                connection.execute_batch(sql).unwrap();
            }
            Place::Database(database) => {
                let sql = format!("SET search_path = moneyhub_inbox; {sql}");
                database.execute(&sql).await;
            }
        }
    }

    /// Confirms that the store remembers keys, as an inbox does each minute.
    pub(crate) async fn confirm_memory(&self) {
        let now = self.clock.now();
        let now = match &self.place {
            Place::File(_) => now.timestamp_micros().to_string(),
            Place::Database(_) => format!("'{}'", now.to_rfc3339()),
        };
        self.execute(&format!("UPDATE memory SET alive_at = {now}"))
            .await;
    }

    fn new(place: Place, folder: Folder, open: fn(InboxBuilder, &Place) -> Opening<'_, S>) -> Self {
        let clock = TestClock::new();
        Self {
            moneyhub: TestIssuer::at(clock.now()),
            clock,
            place,
            folder,
            open,
        }
    }

    /// An inbox with a receiver of the test issuer.
    pub(crate) async fn inbox(&self) -> Inbox<S> {
        self.open(self.builder(self.moneyhub.receiver())).await
    }

    pub(crate) fn builder(&self, receiver: Receiver) -> InboxBuilder {
        let clock = self.clock.clone();
        let builder = InboxBuilder::new(receiver)
            .store_timeout(PATIENCE)
            .clock(move || clock.now());
        match self.place {
            Place::File(_) => builder,
            Place::Database(_) => builder.without_spill(),
        }
    }

    pub(crate) async fn open(&self, builder: InboxBuilder) -> Inbox<S> {
        (self.open)(builder, &self.place).await
    }

    /// A signed webhook with a new id, issued when the stage was made.
    pub(crate) fn body(&self) -> String {
        self.moneyhub.sign(&samples::of(EventType::DeletedAccount))
    }

    /// The same, issued now.
    pub(crate) fn body_of_now(&self) -> String {
        let moneyhub = TestIssuer::at(self.clock.now());
        moneyhub.sign(&samples::of(EventType::DeletedAccount))
    }
}

/// Posts a body without headers.
pub(crate) async fn post<S: Store>(inbox: &Inbox<S>, body: impl Into<Bytes>) -> Received {
    inbox.receive(&HeaderMap::new(), body).await
}

/// Waits for something that is meant to happen.
pub(crate) async fn until(has_happened: impl AsyncFn() -> bool) {
    let started = Instant::now();
    while !has_happened().await {
        assert!(started.elapsed() < PATIENCE, "it does not happen");
        sleep(Duration::from_millis(20)).await;
    }
}
