//! [`InboxBuilder`]: the settings of an inbox.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::Receiver;

use crate::commit::Lane;
use crate::core::{Clock, Core, Spills};
use crate::inbox::Inbox;
use crate::late::Late;
use crate::observe;
use crate::spill::Spill;
use crate::store::{Quotas, Store, StoreError, limited};
use crate::upkeep;

/// The longest time limit. Adding it to a time does not overflow.
const LONGEST_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

const MIB: u32 = 1024 * 1024;

/// How long the start waits for a store that does not answer, if there is a spill folder.
const START_LIMIT: Duration = Duration::from_secs(2);

/// Opens an [`Inbox`] with other settings than the default ones.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # async fn open(receiver: moneyhub_webhooks::Receiver) -> Result<(), moneyhub_webhooks_inbox::StoreError> {
/// use std::time::Duration;
/// use moneyhub_webhooks_inbox::InboxBuilder;
///
/// let inbox = InboxBuilder::new(receiver)
///     .spill("/var/lib/ledger/spill")
///     .handler_limit(Duration::from_secs(10))
///     .sqlite("/var/lib/ledger/inbox.db")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it opens nothing before you choose the store"]
pub struct InboxBuilder {
    receiver: Receiver,
    spill: Option<PathBuf>,
    /// Whether an SQLite file gets a spill folder beside it.
    spills_beside: bool,
    max_spill: u64,
    max_body: usize,
    store_limit: Duration,
    handler_limit: Duration,
    quotas: Quotas,
    clock: Clock,
}

impl InboxBuilder {
    /// Starts with the default settings.
    pub fn new(receiver: Receiver) -> Self {
        Self {
            receiver,
            spill: None,
            spills_beside: true,
            max_spill: 1024 * u64::from(MIB),
            max_body: Receiver::DEFAULT_MAX_BODY,
            store_limit: Duration::from_secs(1),
            handler_limit: Duration::from_secs(30),
            quotas: Quotas::default(),
            clock: Clock(Arc::new(Utc::now)),
        }
    }

    /// Sets the folder for what the store does not take within a second: while it is down, slow, full or read-only. It is
    /// created, and no other inbox may use it. From there everything goes to the store, when that is back.
    ///
    /// The default is `inbox.db-spill` for an SQLite file `inbox.db`, and none for PostgreSQL: the answer is then 503,
    /// and the webhook is lost.
    pub fn spill(mut self, folder: impl Into<PathBuf>) -> Self {
        self.spill = Some(folder.into());
        self
    }

    /// Uses no spill folder, for an SQLite file either: for a process that looks after dead letters beside the one that
    /// receives. What the store does not take within a second is answered with 503.
    pub fn without_spill(mut self) -> Self {
        self.spill = None;
        self.spills_beside = false;
        self
    }

    /// Sets the largest size of the spill folder, in **bytes**, for what Moneyhub has signed: by default 1 GiB. What
    /// anyone can send has a sixteenth of that besides.
    pub fn max_spill(mut self, bytes: u64) -> Self {
        self.max_spill = bytes;
        self
    }

    /// Sets the maximum size of a body, in **bytes**, in place of that of the receiver: by default 1 MiB.
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Sets how long a webhook waits for the store before it goes to the spill folder: by default 1 second, and at most a
    /// day. With 1 second for the folder, 1 for keys, and 1.5 for the body to arrive, the default stays within the 5
    /// seconds of Moneyhub.
    pub fn store_limit(mut self, limit: Duration) -> Self {
        self.store_limit = limit.min(LONGEST_LIMIT);
        self
    }

    /// Sets how long a handler may take for a webhook: by default 30 seconds, and at most a day.
    pub fn handler_limit(mut self, limit: Duration) -> Self {
        self.handler_limit = limit.min(LONGEST_LIMIT);
        self
    }

    /// Sets how much is kept of what did not verifiably come from Moneyhub.
    pub fn quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// Sets the source of the time, for tests. Several machines that share a store need clocks that agree within
    /// seconds.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Clock(Arc::new(clock));
        self
    }

    /// Opens an inbox in PostgreSQL. [`Postgres`](crate::Postgres) says how many connections the pool needs.
    ///
    /// With a spill folder it also opens while the database is down, if the pool was made by `connect_lazy`: `connect`
    /// waits for the database.
    ///
    /// # Errors
    ///
    /// Returns an error if the tables can't be brought up to date, or the spill folder can't be opened.
    #[cfg(feature = "postgres")]
    pub async fn postgres(self, pool: sqlx::PgPool) -> Result<Inbox<crate::Postgres>, StoreError> {
        let store = crate::Postgres::new(pool, self.quotas);
        self.open(store).await
    }

    /// Opens an inbox in an SQLite file. The file is created.
    ///
    /// # Errors
    ///
    /// Returns an error if the file can't be opened or created, or is not that of an inbox, or the spill folder can't be
    /// opened.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(
        mut self,
        path: impl Into<PathBuf>,
    ) -> Result<Inbox<crate::Sqlite>, StoreError> {
        let path = path.into();
        if self.spill.is_none() && self.spills_beside {
            let mut folder = path.clone().into_os_string();
            folder.push("-spill");
            self.spill = Some(folder.into());
        }
        let store = crate::Sqlite::new(Some(path), self.quotas)?;
        self.open(store).await
    }

    /// Opens an inbox in memory, for tests: it forgets everything when it is dropped.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no memory for it, or the spill folder can't be opened.
    #[cfg(feature = "sqlite")]
    pub async fn in_memory(self) -> Result<Inbox<crate::Sqlite>, StoreError> {
        let store = crate::Sqlite::new(None, self.quotas)?;
        self.open(store).await
    }

    async fn open<S: Store>(self, store: S) -> Result<Inbox<S>, StoreError> {
        let receiver = self.receiver.max_body(self.max_body);
        let spill = |folder: PathBuf| -> std::io::Result<Spills> {
            let spill = |name, cap| Spill::open(folder.join(name), cap).map(Arc::new);
            Ok(Spills {
                trusted: spill("signed", self.max_spill)?,
                others: spill("others", self.max_spill / 16)?,
            })
        };
        let unusable = |error| StoreError::new(format!("the spill folder: {error}"));
        let core = Arc::new(Core {
            store,
            late: Late::new(&receiver),
            receiver,
            spill: self.spill.map(spill).transpose().map_err(unusable)?,
            clock: self.clock,
            store_limit: self.store_limit,
            handler_limit: self.handler_limit,
            is_down: Default::default(),
            wake: Arc::default(),
        });
        if core.spill.is_none() {
            core.prepare().await?;
        } else if let Err(error) = limited(START_LIMIT, core.prepare()).await {
            if !error.is_unavailable {
                return Err(error);
            }
            observe::not_prepared(&error);
            core.set_all_down();
        }
        tokio::spawn(upkeep::run(Arc::downgrade(&core)));
        #[cfg(feature = "metrics")]
        tokio::spawn(upkeep::gauge(Arc::downgrade(&core)));
        Ok(Inbox {
            trusted: Arc::new(Lane::start(Arc::clone(&core), 32 * MIB)),
            others: Arc::new(Lane::start(Arc::clone(&core), 8 * MIB)),
            max_body: self.max_body,
            core,
        })
    }
}
