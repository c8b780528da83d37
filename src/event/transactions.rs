//! Events for transactions that are new, updated, deleted or restored, and for series of regular transactions.

use std::slice;
use std::vec;

use serde_json::value::RawValue;

use crate::id::{AccountId, SeriesId, TransactionId};
use crate::json::fault::{self, Fault};
use crate::json::payload::{list, payload};

payload! {
    /// The transactions that an event is about, by account. It contains only their ids: fetch the data from the API.
    ///
    /// Pages: [new](https://docs.moneyhubenterprise.com/docs/new-transaction),
    /// [updated](https://docs.moneyhubenterprise.com/docs/updated-transactions),
    /// [deleted](https://docs.moneyhubenterprise.com/docs/deleted-transactions),
    /// [restored](https://docs.moneyhubenterprise.com/docs/restored-transactions).
    pub struct Transactions {
        /// The accounts, each with its transactions. Moneyhub sends one account per event, and at most 6000 ids.
        /// Neither limit is enforced.
        #[serde(deserialize_with = "list")]
        pub accounts: Vec<AccountTransactions>,
    }

    /// The transactions of one account.
    pub struct AccountTransactions {
        /// The account.
        pub id: AccountId,
        /// The transactions of the account.
        #[serde(deserialize_with = "list")]
        pub transactions: Vec<TransactionId>,
    }

    /// Series of regular transactions, such as rent or salary. This event requires the scope
    /// `regular_transactions:read`.
    ///
    /// Page: [regular transactions](https://docs.moneyhubenterprise.com/docs/regular-transaction-webhooks).
    pub struct RegularTransactions {
        /// The series that are new or have changed.
        #[serde(deserialize_with = "list")]
        pub series_ids: Vec<SeriesId>,
    }
}

/// Transactions of one account, few enough for one request to the API.
///
/// Returned by [`Transactions::batches`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionBatch<'a> {
    /// The account that the transactions belong to.
    pub account_id: &'a AccountId,
    /// The transactions: at least one, and at most [`MAX_LEN`](Self::MAX_LEN).
    pub transaction_ids: &'a [TransactionId],
}

impl TransactionBatch<'_> {
    /// The maximum number of **ids** in the query parameter `ids` of `GET /transactions`: 50. The API rejects a request
    /// with more.
    ///
    /// Page: [fetch transactions by ids](https://docs.moneyhubenterprise.com/docs/transactions-1).
    pub const MAX_LEN: usize = 50;
}

impl Transactions {
    /// Returns the ids of the transactions of all accounts, in the order of the event. Duplicates are not removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use moneyhub_webhooks::event::Transactions;
    ///
    /// let json = r#"{"accounts": [{"id": "a", "transactions": ["1", "2"]}, {"id": "b", "transactions": ["3"]}]}"#;
    /// let new: Transactions = serde_json::from_str(json)?;
    /// assert!(new.transaction_ids().eq(["1", "2", "3"]));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn transaction_ids(&self) -> impl DoubleEndedIterator<Item = &TransactionId> + Clone {
        self.accounts
            .iter()
            .flat_map(|account| &account.transactions)
    }

    /// Splits the transactions into batches, one per request to the API. A batch has at most
    /// [50 ids](TransactionBatch::MAX_LEN), all of one account. An account without transactions has no batch.
    ///
    /// For batches of another size, call [`chunks`](slice::chunks) on the transactions of each account.
    ///
    /// # Examples
    ///
    /// ```
    /// use moneyhub_webhooks::event::Transactions;
    /// use moneyhub_webhooks::id::{AccountId, TransactionId};
    ///
    /// fn fetch_all(new: &Transactions, fetch: impl Fn(&AccountId, &[TransactionId])) {
    ///     for batch in new.batches() {
    ///         fetch(batch.account_id, batch.transaction_ids); // GET /transactions?ids=…
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn batches(&self) -> impl DoubleEndedIterator<Item = TransactionBatch<'_>> + Clone {
        self.accounts
            .iter()
            .flat_map(|AccountTransactions { id, transactions }| {
                let batches = transactions.chunks(TransactionBatch::MAX_LEN);
                batches.map(move |transaction_ids| TransactionBatch {
                    account_id: id,
                    transaction_ids,
                })
            })
    }
}

impl Transactions {
    /// Decodes a payload: the documented form by hand, any other with serde.
    ///
    /// A webhook may have 6000 ids, which serde reads in three times the time.
    pub(super) fn read(payload: &RawValue) -> Result<Self, Fault> {
        Documented(payload.get())
            .transactions()
            .map_or_else(|| fault::decode(payload), Ok)
    }
}

/// The rest of a payload, which is JSON, as far as it has the form
/// `{"accounts":[{"id":"…","transactions":["…",…]}]}` with white space anywhere and no escapes in strings.
struct Documented<'a>(&'a str);

impl<'a> Documented<'a> {
    fn transactions(mut self) -> Option<Transactions> {
        for token in ["{", "\"accounts\"", ":", "["] {
            self.token(token)?;
        }
        let mut accounts = Vec::new();
        loop {
            for token in ["{", "\"id\"", ":"] {
                self.token(token)?;
            }
            let id = AccountId::from(self.string()?);
            for token in [",", "\"transactions\"", ":"] {
                self.token(token)?;
            }
            // Room for all that follows, but only once: a payload may have many accounts.
            let room = if accounts.is_empty() {
                self.0.len() / MIN_ID
            } else {
                0
            };
            let transactions = self.ids(room)?;
            self.token("}")?;
            accounts.push(AccountTransactions { id, transactions });
            if self.token(",").is_none() {
                break;
            }
        }
        self.token("]")?;
        self.token("}")?;
        self.0.is_empty().then_some(Transactions { accounts })
    }

    fn ids(&mut self, room: usize) -> Option<Vec<TransactionId>> {
        self.token("[")?;
        if self.token("]").is_some() {
            return Some(Vec::new());
        }
        let mut ids = Vec::with_capacity(room);
        loop {
            ids.push(TransactionId::from(self.string()?));
            if self.token(",").is_none() {
                return self.token("]").map(|()| ids);
            }
        }
    }

    fn string(&mut self) -> Option<&'a str> {
        self.token("\"")?;
        let ends = |byte: u8| (byte == b'"') | (byte == b'\\');
        // A UUID. All bytes are looked at, so that the loop compiles to vector instructions.
        if let Some(uuid) = self.0.as_bytes().first_chunk::<UUID>()
            && !uuid.iter().fold(false, |any, byte| any | ends(*byte))
            && let Some((string, rest)) = self.0.split_at_checked(UUID)
            && let Some(rest) = rest.strip_prefix('"')
        {
            self.0 = rest;
            return Some(string);
        }
        let end = self.0.bytes().position(ends)?;
        let (string, rest) = self.0.split_at_checked(end)?;
        self.0 = rest.strip_prefix('"')?;
        Some(string)
    }

    /// Takes a token, after white space.
    fn token(&mut self, token: &str) -> Option<()> {
        if !self.0.starts_with(token) {
            self.0 = self.0.trim_ascii_start();
        }
        self.0 = self.0.strip_prefix(token)?;
        Some(())
    }
}

/// The length of a UUID's text.
const UUID: usize = 36;

/// The least that a UUID takes in a list, in bytes: its text, its quotes and a comma.
const MIN_ID: usize = UUID + 3;

/// Implements iteration over a payload that is a single list.
macro_rules! iterate {
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

iterate!(Transactions.accounts: AccountTransactions);
iterate!(RegularTransactions.series_ids: SeriesId);
