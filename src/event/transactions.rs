//! Transactions that are new, updated, deleted or restored, and series of regular ones.

use std::slice;
use std::vec;

use crate::ids::{AccountId, SeriesId, TransactionId, put_back};
use crate::tools::json::object;

object! {
    /// The transactions that an event is about, account by account: ids alone, to be fetched from the API.
    ///
    /// Pages: [new](https://docs.moneyhubenterprise.com/docs/new-transaction),
    /// [updated](https://docs.moneyhubenterprise.com/docs/updated-transactions),
    /// [deleted](https://docs.moneyhubenterprise.com/docs/deleted-transactions),
    /// [restored](https://docs.moneyhubenterprise.com/docs/restored-transactions).
    pub struct Transactions {
        /// The accounts, each with its transactions. Moneyhub sends one account an event, and at most 6000 ids;
        /// neither is counted against a sender.
        pub accounts: Vec<AccountTransactions>,
    }

    /// The transactions of one account.
    pub struct AccountTransactions {
        /// The account.
        pub id: AccountId,
        /// Its transactions.
        pub transactions: Vec<TransactionId>,
    }

    /// Series of regular transactions, such as rent or salary. Needs the scope `regular_transactions:read`.
    ///
    /// Page: [regular transactions](https://docs.moneyhubenterprise.com/docs/regular-transaction-webhooks).
    pub struct RegularTransactions {
        /// The series that are new or have changed.
        pub series_ids: Vec<SeriesId>,
    }
}

/// Some transactions of one account, few enough for one request to the API.
///
/// Made by [`Transactions::batches`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionBatch<'a> {
    /// The account that the transactions belong to.
    pub account_id: &'a AccountId,
    /// The transactions: at least one, and at most [`MAX_LEN`](Self::MAX_LEN).
    pub transaction_ids: &'a [TransactionId],
}

impl TransactionBatch<'_> {
    /// How many **ids** the query parameter `ids` of `GET /transactions` accepts. The API rejects a request with more.
    ///
    /// Page: [fetch transactions by ids](https://docs.moneyhubenterprise.com/docs/transactions-1).
    pub const MAX_LEN: usize = 50;
}

impl Transactions {
    /// The id of each transaction, of all accounts, in the order of the event. An id that the event repeats is repeated.
    ///
    /// ```
    /// use moneyhub_webhooks::Transactions;
    ///
    /// let json = r#"{"accounts": [{"id": "a", "transactions": ["1", "2"]}, {"id": "b", "transactions": ["3"]}]}"#;
    /// let new: Transactions = serde_json::from_str(json)?;
    /// assert!(new.transaction_ids().eq(["1", "2", "3"]));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn transaction_ids(&self) -> impl DoubleEndedIterator<Item = &TransactionId> + Clone {
        self.accounts.iter().flat_map(|account| &account.transactions)
    }

    /// The transactions in batches, each for one request to the API: at most
    /// [50 ids](TransactionBatch::MAX_LEN) of one account. Accounts without transactions have no batch.
    ///
    /// For batches of another size use [`chunks`](slice::chunks) on the transactions of each account.
    ///
    /// ```
    /// use moneyhub_webhooks::{AccountId, TransactionId, Transactions};
    ///
    /// fn fetch_all(new: &Transactions, fetch: impl Fn(&AccountId, &[TransactionId])) {
    ///     for batch in new.batches() {
    ///         fetch(batch.account_id, batch.transaction_ids); // GET /transactions?ids=…
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn batches(&self) -> impl DoubleEndedIterator<Item = TransactionBatch<'_>> + Clone {
        self.accounts.iter().flat_map(|AccountTransactions { id, transactions }| {
            let batches = transactions.chunks(TransactionBatch::MAX_LEN);
            batches.map(move |transaction_ids| TransactionBatch { account_id: id, transaction_ids })
        })
    }

    pub(super) fn put_back(&mut self, lists: &[&str]) -> Option<()> {
        put_back(self.accounts.iter_mut().map(|account| &mut account.transactions), lists)
    }
}

impl RegularTransactions {
    pub(super) fn put_back(&mut self, lists: &[&str]) -> Option<()> {
        put_back([&mut self.series_ids], lists)
    }
}

/// The iteration of a payload that is one list.
macro_rules! list {
    ($payload:ident.$list:ident: $item:ident) => {
        impl IntoIterator for $payload {
            type Item = $item;
            type IntoIter = vec::IntoIter<$item>;

            fn into_iter(self) -> Self::IntoIter {
                self.$list.into_iter()
            }
        }

        impl<'a> IntoIterator for &'a $payload {
            type Item = &'a $item;
            type IntoIter = slice::Iter<'a, $item>;

            fn into_iter(self) -> Self::IntoIter {
                self.$list.iter()
            }
        }
    };
}

list!(Transactions.accounts: AccountTransactions);
list!(RegularTransactions.series_ids: SeriesId);
