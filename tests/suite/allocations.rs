//! The exact number of allocations for a webhook. It is the same in every run and on every machine, so that every new
//! allocation is noticed.

use allocation_counter::{AllocationInfo, measure};
use moneyhub_webhooks::Webhook;

use crate::support::{ISSUED_AT, at, signed_receiver, transactions};

const PAYMENT: &str = r#"{"paymentId":"68ef34e0-b8a7-4aa2-ad0a-b3cef33f8e36","paymentSubmissionId":"pv3-966167ee-a63e-464b-90ed-d779fa90c246","submittedAt":"2020-09-21T15:41:20.500Z","status":"completed","reference":"0019f234124a5f70","endToEndId":"1b63a27a"}"#;

/// `userId`, `paymentSubmissionId`, `reference` and `endToEndId`. The other strings are UUIDs or known values.
const STRINGS_OF_PAYMENT: u64 = 4;

/// The text of plain JSON is copied once.
const TEXT: u64 = 1;

/// The user id, the accounts, and the ids, whose list is allocated at its full size.
const TRANSACTIONS: u64 = 4;

fn json(event_type: &str, payload: &str) -> String {
    let id = "abe168ce-1b2f-4c38-9c92-db5730485cb3";
    format!(
        r#"{{"id":"{id}","eventType":"{event_type}","userId":"5c79210bbac25ecb5e71ac40","payload":{payload}}}"#
    )
}

/// The three decoded parts, of which the claims become the text; the members of the header; the `events`; and the strings
/// of the authenticity: key id, issuer and client id.
#[cfg(feature = "aws-lc")]
const TOKEN: u64 = 9;

// The other backend allocates with Rust's allocator, which would be counted.
#[cfg(feature = "aws-lc")]
fn signed(urn: &str, payload: &str) -> String {
    let urn = format!("{}{urn}", crate::support::PREFIX);
    crate::support::token().event(&urn, payload).signed()
}

/// With the feature `metrics`: the labels of the counter of deliveries.
const LABELS: u64 = if cfg!(feature = "metrics") { 1 } else { 0 };

/// The allocations of parsing a body, without the labels of metrics. The webhook is dropped after the measurement.
fn allocations(body: &str) -> AllocationInfo {
    let receiver = signed_receiver().and_unsigned_json();
    let parse = || receiver.parse_at(body.as_bytes(), at(ISSUED_AT)).unwrap();
    // The first parse also allocates what is made only once.
    drop(parse());
    let mut webhook: Option<Webhook> = None;
    let mut measured = measure(|| webhook = Some(parse()));
    assert!(webhook.is_some());
    measured.count_total -= LABELS;
    measured
}

#[test]
fn a_payment_allocates_its_strings_and_the_text() {
    let measured = allocations(&json("paymentCompleted", PAYMENT));
    assert_eq!(measured.count_total, STRINGS_OF_PAYMENT + TEXT);
}

#[test]
fn a_payment_before_its_event_type_allocates_no_more() {
    let body = format!(
        r#"{{"payload":{PAYMENT},"id":"abe168ce-1b2f-4c38-9c92-db5730485cb3","eventType":"paymentCompleted","userId":"u"}}"#
    );
    assert_eq!(allocations(&body).count_total, STRINGS_OF_PAYMENT + TEXT);
}

#[test]
fn six_thousand_ids_are_allocated_as_one_list() {
    let measured = allocations(&json("newTransactions", &transactions(6000)));
    assert_eq!(measured.count_total, TRANSACTIONS + TEXT);
}

#[test]
fn each_of_six_thousand_ids_takes_40_bytes_beside_the_text() {
    let measured = allocations(&json("newTransactions", &transactions(6000)));
    let bytes_an_id = measured.bytes_current as f64 / 6000.0 - 39.0;
    assert!((40.0..40.2).contains(&bytes_an_id), "{bytes_an_id}");
}

#[cfg(feature = "aws-lc")]
#[test]
fn a_token_also_allocates_its_decoded_parts_and_its_authenticity() {
    let payment = allocations(&signed("payment-completed", PAYMENT));
    assert_eq!(payment.count_total, STRINGS_OF_PAYMENT + TOKEN);
    let transactions = allocations(&signed("new-transactions", &transactions(6000)));
    assert_eq!(transactions.count_total, TRANSACTIONS + TOKEN);
}
