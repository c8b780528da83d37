//! The transactions of an event, as services need them: all ids, and batches for the API.

use moneyhub_webhooks::event::{
    AccountTransactions, RegularTransactions, TransactionBatch, Transactions,
};
use moneyhub_webhooks::id::{AccountId, SeriesId, TransactionId};
use moneyhub_webhooks::{Event, EventType};
use serde_json::json;

use crate::support::{json_event, json_fixture, parse_json};

/// Accounts `a0`, `a1` and so on with these numbers of transactions. The transactions are numbered across accounts.
fn transactions(of_accounts: &[usize]) -> Transactions {
    let mut numbers = 0..;
    let accounts: Vec<_> = (0..)
        .zip(of_accounts)
        .map(|(account, many)| {
            let ids: Vec<String> = numbers
                .by_ref()
                .take(*many)
                .map(|id: u32| id.to_string())
                .collect();
            json!({"id": format!("a{account}"), "transactions": ids})
        })
        .collect();
    serde_json::from_value(json!({ "accounts": accounts })).unwrap()
}

/// The account, the first id and the number of ids of each batch.
fn batches(of_accounts: &[usize]) -> Vec<(String, String, usize)> {
    let batch = |TransactionBatch {
                     account_id,
                     transaction_ids,
                     ..
                 }: TransactionBatch<'_>| {
        (
            account_id.to_string(),
            transaction_ids[0].to_string(),
            transaction_ids.len(),
        )
    };
    transactions(of_accounts).batches().map(batch).collect()
}

fn row(account: &str, first: &str, ids: usize) -> (String, String, usize) {
    (account.to_owned(), first.to_owned(), ids)
}

#[test]
fn transaction_ids_covers_all_accounts_in_order() {
    let transactions = transactions(&[2, 0, 1]);
    assert!(transactions.transaction_ids().eq(["0", "1", "2"]));
    assert!(transactions.transaction_ids().rev().eq(["2", "1", "0"]));
}

#[test]
fn a_batch_has_one_account_and_at_most_fifty_ids() {
    assert_eq!(TransactionBatch::MAX_LEN, 50);
    assert_eq!(batches(&[50]), [row("a0", "0", 50)]);
    assert_eq!(
        batches(&[51, 0, 2]),
        [row("a0", "0", 50), row("a0", "50", 1), row("a2", "51", 2)]
    );
    assert_eq!(batches(&[0]), []);
    assert_eq!(batches(&[]), []);
}

#[test]
fn the_batches_of_the_largest_event_contain_each_id_once() {
    let transactions = transactions(&[6000]);
    assert_eq!(transactions.batches().count(), 120);
    let in_batches = transactions
        .batches()
        .flat_map(|batch| batch.transaction_ids);
    assert!(in_batches.eq(transactions.transaction_ids()));
}

#[test]
fn four_event_types_have_transactions() {
    let types = EventType::ALL.iter().copied().filter(|event_type| {
        parse_json(&json_fixture(*event_type))
            .unwrap()
            .event()
            .transactions()
            .is_some()
    });
    assert_eq!(
        types.collect::<Vec<_>>(),
        [
            EventType::NewTransactions,
            EventType::UpdatedTransactions,
            EventType::DeletedTransactions,
            EventType::RestoredTransactions
        ]
    );

    let restored = json_event(
        "restoredTransactions",
        r#"{"accounts":[{"id":"a","transactions":["1"]}]}"#,
    );
    assert!(restored.transactions().unwrap().transaction_ids().eq(["1"]));
    let malformed = json_event("newTransactions", r#"{"accounts":{}}"#);
    assert!(matches!(malformed, Event::Malformed(_)));
    assert_eq!(malformed.transactions(), None);
}

#[test]
fn list_payloads_can_be_iterated_borrowed_and_owned() {
    let transactions = transactions(&[1, 1]);
    let borrowed: Vec<&AccountId> = (&transactions)
        .into_iter()
        .map(|account| &account.id)
        .collect();
    assert_eq!(
        borrowed,
        ["a0", "a1"].map(AccountId::from).iter().collect::<Vec<_>>()
    );
    let owned: Vec<AccountTransactions> = transactions.clone().into_iter().collect();
    assert_eq!(owned, transactions.accounts);
    let ids: Vec<TransactionId> = owned
        .into_iter()
        .flat_map(|account| account.transactions)
        .collect();
    assert_eq!(ids, ["0", "1"].map(TransactionId::from));

    let series: RegularTransactions =
        serde_json::from_value(json!({"seriesIds": ["x", "y"]})).unwrap();
    let mut borrowed = Vec::new();
    for id in &series {
        borrowed.push(id.to_string());
    }
    assert_eq!(borrowed, ["x", "y"]);
    assert_eq!(
        series.into_iter().collect::<Vec<SeriesId>>(),
        ["x", "y"].map(SeriesId::from)
    );
}
