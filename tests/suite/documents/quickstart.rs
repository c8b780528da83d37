//! The function that `README.md` shows. A test compares them.

// README: read
use moneyhub_webhooks::{Error, Event, Receiver};

fn read(receiver: &Receiver, body: &[u8]) -> Result<(), Error> {
    let webhook = receiver.parse(body)?;
    match webhook.event() {
        Event::NewTransactions(new) => println!("fetch {}", new.transaction_ids().count()),
        Event::PaymentError(payment) => println!("{} was rejected", payment.payment_id),
        other => println!("nothing to do for {:?}", other.name()),
    }
    Ok(())
}
// README: end

#[test]
fn the_readme_shows_a_function_that_is_compiled_and_reads_a_webhook() {
    let (_, rest) = include_str!("quickstart.rs")
        .split_once("// README: read\n")
        .unwrap();
    let (text, _) = rest.split_once("// README: end\n").unwrap();
    let block = format!("```rust,ignore\n{text}```\n");
    assert!(include_str!("../../../README.md").contains(&block));

    let receiver = Receiver::unsigned_json();
    let body = include_bytes!("../../../fixtures/json/paymentError.json");
    assert_eq!(read(&receiver, body), Ok(()));
    assert!(read(&receiver, b"{}").is_err());
}
