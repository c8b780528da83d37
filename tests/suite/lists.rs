//! Long lists of ids.

use moneyhub_webhooks::Event;

use crate::support::{parse_json, transactions};

#[test]
fn every_id_of_a_long_list_is_kept_byte_for_byte_and_in_order() {
    let json = |separator: &str| {
        let payload = transactions(6000).replace("\",\"", separator);
        format!(r#"{{"id":"1","eventType":"newTransactions","payload":{payload}}}"#)
    };
    for separator in ["\",\"", "\", \"", "\",\n            \"", "\"\t,\r\n\""] {
        let Event::NewTransactions(new) = parse_json(&json(separator)).unwrap().into_event() else {
            panic!()
        };
        let [account] = &new.accounts[..] else {
            panic!()
        };
        assert_eq!(account.transactions.len(), 6000);
        for (place, id) in account.transactions.iter().enumerate() {
            assert_eq!(*id, *format!("d520402a-d982-43ee-b1d1-{place:012x}"));
        }
    }
}
