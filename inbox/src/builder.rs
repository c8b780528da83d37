//! [`InboxBuilder`]: the settings of an inbox.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::Receiver;

use crate::commit::CommitQueue;
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
///     .handler_timeout(Duration::from_secs(10))
///     .sqlite("/var/lib/ledger/inbox.db")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "it opens nothing before you choose the store"]
pub struct InboxBuilder {
    receiver: Receiver,
    spill: SpillFolder,
    max_spill: u64,
    store_timeout: Duration,
    handler_timeout: Duration,
    quotas: Quotas,
    clock: Clock,
}

#[derive(Debug, Clone)]
enum SpillFolder {
    Default,
    At(PathBuf),
    None,
}

impl SpillFolder {
    fn or_default(self, default: Option<PathBuf>) -> Option<PathBuf> {
        match self {
            Self::Default => default,
            Self::At(folder) => Some(folder),
            Self::None => None,
        }
    }
}

impl InboxBuilder {
    /// Starts with the default settings.
    pub fn new(receiver: Receiver) -> Self {
        Self {
            receiver,
            spill: SpillFolder::Default,
            max_spill: 1024 * u64::from(MIB),
            store_timeout: Duration::from_secs(1),
            handler_timeout: Duration::from_secs(30),
            quotas: Quotas::default(),
            clock: Clock(Arc::new(Utc::now)),
        }
    }

    /// Sets the folder for what the store does not take within a second: while it is down, slow, full or read-only. It is
    /// created, and no other inbox may use it. From there everything goes to the store, when that is back.
    ///
    /// The default is `inbox.db-spill` for an SQLite file `inbox.db`. With PostgreSQL there is none: choose one, or
    /// [`without_spill`](Self::without_spill).
    pub fn spill(mut self, folder: impl Into<PathBuf>) -> Self {
        self.spill = SpillFolder::At(folder.into());
        self
    }

    /// Uses no spill folder: on a machine whose disk does not outlive it, in a test, or in a process that looks after
    /// dead letters beside the one that receives. What the store does not take within a second is answered with 503,
    /// **and is lost**.
    pub fn without_spill(mut self) -> Self {
        self.spill = SpillFolder::None;
        self
    }

    /// Sets the largest size of the spill folder, in **bytes**, for what Moneyhub has signed: by default 1 GiB. What
    /// anyone can send has a sixteenth of that besides.
    pub fn max_spill(mut self, bytes: u64) -> Self {
        self.max_spill = bytes;
        self
    }

    /// Sets how long a webhook waits for the store before it goes to the spill folder: by default 1 second, and at most a
    /// day. With 1 second for the folder, 1 for keys, and 1.5 for the body to arrive, the default stays within the 5
    /// seconds of Moneyhub.
    pub fn store_timeout(mut self, limit: Duration) -> Self {
        self.store_timeout = limit.min(LONGEST_LIMIT);
        self
    }

    /// Sets how long a handler may take for a webhook: by default 30 seconds, and at most a day.
    pub fn handler_timeout(mut self, limit: Duration) -> Self {
        self.handler_timeout = limit.min(LONGEST_LIMIT);
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
    /// Returns an error if the tables can't be brought up to date, or the spill folder can't be opened, or neither
    /// [`spill`](Self::spill) nor [`without_spill`](Self::without_spill) was called: what arrives while the database is
    /// down should not be lost by mistake.
    #[cfg(feature = "postgres")]
    pub async fn postgres(self, pool: sqlx::PgPool) -> Result<Inbox<crate::Postgres>, StoreError> {
        if matches!(self.spill, SpillFolder::Default) {
            let reason = "no spill folder: choose one with `spill`, or none with `without_spill`";
            return Err(StoreError::new(reason));
        }
        let store = crate::Postgres::new(pool, self.quotas);
        self.open(store, None).await
    }

    /// Opens an inbox in an SQLite file. The file is created.
    ///
    /// # Errors
    ///
    /// Returns an error if the file can't be opened or created, or is not that of an inbox, or the spill folder can't be
    /// opened.
    #[cfg(feature = "sqlite")]
    pub async fn sqlite(
        self,
        path: impl Into<PathBuf>,
    ) -> Result<Inbox<crate::Sqlite>, StoreError> {
        let path = path.into();
        let mut beside = path.clone().into_os_string();
        beside.push("-spill");
        let store = crate::Sqlite::new(Some(path), self.quotas)?;
        self.open(store, Some(beside.into())).await
    }

    /// Opens an inbox in memory, for tests: it forgets everything when it is dropped.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no memory for it, or the spill folder can't be opened.
    #[cfg(feature = "sqlite")]
    pub async fn in_memory(self) -> Result<Inbox<crate::Sqlite>, StoreError> {
        let store = crate::Sqlite::new(None, self.quotas)?;
        self.open(store, None).await
    }

    async fn open<S: Store>(
        self,
        store: S,
        default_spill: Option<PathBuf>,
    ) -> Result<Inbox<S>, StoreError> {
        let spill = |folder: PathBuf| -> std::io::Result<Spills> {
            let spill = |name, cap| Spill::open(folder.join(name), cap).map(Arc::new);
            Ok(Spills {
                trusted: spill("signed", self.max_spill)?,
                others: spill("others", self.max_spill / 16)?,
            })
        };
        let folder = self.spill.or_default(default_spill);
        let unusable = |error| StoreError::new(format!("the spill folder: {error}"));
        let core = Arc::new(Core {
            store,
            late: Late::new(&self.receiver),
            receiver: self.receiver,
            spill: folder.map(spill).transpose().map_err(unusable)?,
            clock: self.clock,
            store_timeout: self.store_timeout,
            handler_timeout: self.handler_timeout,
            is_down: Default::default(),
            wake: Arc::default(),
        });
        if core.spill.is_none() {
            core.prepare().await?;
        } else if let Err(error) = limited(START_LIMIT, core.prepare()).await {
            if !error.is_transient() {
                return Err(error);
            }
            observe::not_prepared(&error);
            core.set_all_down();
        }
        tokio::spawn(upkeep::run(Arc::downgrade(&core)));
        #[cfg(feature = "metrics")]
        tokio::spawn(upkeep::gauge(Arc::downgrade(&core)));
        Ok(Inbox {
            trusted: Arc::new(CommitQueue::start(Arc::clone(&core), 32 * MIB)),
            others: Arc::new(CommitQueue::start(Arc::clone(&core), 8 * MIB)),
            core,
        })
    }
}
