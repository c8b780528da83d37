//! A connection of the pool that is closed, and not returned, unless all went well.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres};

use crate::store::{Result, StoreError};

/// A future that is dropped at its time limit leaves its statement running and its transaction open. A server that was
/// the primary may go on answering, read-only. So such a connection is closed at once.
#[derive(Debug)]
pub(super) struct Held(Option<PoolConnection<Postgres>>, Fate);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Close,
    Return,
}

impl Held {
    pub(super) fn new(connection: PoolConnection<Postgres>) -> Self {
        Self(Some(connection), Fate::Close)
    }

    /// Returns the connection. From now on it is closed when it is dropped.
    pub(super) fn connection(&mut self) -> Result<&mut PgConnection> {
        self.1 = Fate::Close;
        let connection = self.0.as_deref_mut();
        connection.ok_or_else(|| StoreError::unavailable("the connection is closed"))
    }

    /// All went well, and no transaction is open.
    pub(super) fn reusable(mut self) -> Self {
        self.1 = Fate::Return;
        self
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.1 == Fate::Close
            && let Some(connection) = self.0.take()
        {
            // Without the goodbye that `close` sends: the server may not read any more.
            drop(connection.detach());
        }
    }
}
