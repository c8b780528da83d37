//! Transactions that are new, updated, deleted or restored, and series of regular ones.

use crate::ids::{AccountId, SeriesId, TransactionId, put_back};
use crate::json::object;

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

impl Transactions {
    pub(super) fn put_back(&mut self, lists: &[&str]) -> Option<()> {
        put_back(self.accounts.iter_mut().map(|account| &mut account.transactions), lists)
    }
}

impl RegularTransactions {
    pub(super) fn put_back(&mut self, lists: &[&str]) -> Option<()> {
        put_back([&mut self.series_ids], lists)
    }
}
