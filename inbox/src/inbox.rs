//! [`Inbox`]: a handle to an inbox, cheap to clone, and how to open one.

use std::fmt;
use std::sync::Arc;

use crate::commit::CommitQueue;
use crate::core::Core;
use crate::store::Store;

/// Stores webhooks before they are answered, and passes each to your handler. Create one at start-up and share it: it is
/// cheap to clone.
///
/// | you have | use |
/// |---|---|
/// | one machine | `Inbox::sqlite` |
/// | several machines, or a PostgreSQL anyway | `InboxBuilder::postgres` |
/// | a test | `Inbox::in_memory` |
///
/// [`InboxBuilder`](crate::InboxBuilder) has the settings.
pub struct Inbox<S> {
    pub(crate) core: Arc<Core<S>>,
    /// What Moneyhub has signed, and everything else: the one is not held up by the other.
    pub(crate) trusted: Arc<CommitQueue>,
    pub(crate) others: Arc<CommitQueue>,
}

#[cfg(feature = "postgres")]
impl Inbox<crate::Postgres> {
    /// Returns the migrations, to run them yourself, with a role that may create a schema. An inbox runs those that are
    /// missing when it is opened; if none is, its role needs no right to create anything.
    ///
    /// They are all in the schema `moneyhub_inbox`, with the table of the migrations that were applied. Each leaves the
    /// tables usable by the version of this crate before it.
    #[must_use]
    pub fn migrator() -> sqlx::migrate::Migrator {
        crate::postgres::migrator()
    }
}

#[cfg(feature = "sqlite")]
impl Inbox<crate::Sqlite> {
    /// Opens an inbox in an SQLite file, with the default settings. The file is created. The spill folder is beside it:
    /// `inbox.db-spill` for `inbox.db`.
    ///
    /// Call it within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if the file can't be opened or created, or is not that of an inbox.
    pub async fn sqlite(
        path: impl Into<std::path::PathBuf>,
        receiver: moneyhub_webhooks::Receiver,
    ) -> Result<Self, crate::StoreError> {
        crate::InboxBuilder::new(receiver).sqlite(path).await
    }

    /// Opens an inbox in memory, for tests: it forgets everything when it is dropped.
    ///
    /// Call it within a tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no memory for it.
    pub async fn in_memory(
        receiver: moneyhub_webhooks::Receiver,
    ) -> Result<Self, crate::StoreError> {
        crate::InboxBuilder::new(receiver).in_memory().await
    }
}

impl<S> Clone for Inbox<S> {
    fn clone(&self) -> Self {
        Self {
            core: Arc::clone(&self.core),
            trusted: Arc::clone(&self.trusted),
            others: Arc::clone(&self.others),
        }
    }
}

impl<S: Store + fmt::Debug> fmt::Debug for Inbox<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox")
            .field("store", &self.core.store)
            .finish_non_exhaustive()
    }
}
