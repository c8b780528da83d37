//! Long lists of ids.

use moneyhub_webhooks::Event;
use moneyhub_webhooks::event::Transactions;
use proptest::collection::vec;
use proptest::prelude::*;

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

/// Payloads in and near the documented form. A hand-written reader reads that form, and serde reads every other.
fn payload() -> impl Strategy<Value = String> {
    let id = || {
        prop_oneof![
            8 => "\"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\"",
            1 => any::<String>().prop_map(|text| serde_json::json!(text).to_string()),
            1 => proptest::sample::select(vec![
                r#""""#, r#""]""#, r#""[""#, r#""a\"b""#, r#""\u0064""#, r#""\ud800""#, "null", "1", "{}", r#"["a"]"#,
            ])
            .prop_map(str::to_owned),
        ]
    };
    let space = || "[ \n\t\r]{0,2}";
    let list = move || {
        (vec(id(), 0..6), space()).prop_map(|(ids, space)| {
            format!("[{space}{}{space}]", ids.join(&format!("{space},{space}")))
        })
    };
    let account = move || {
        (id(), list(), space(), 0..8_u8).prop_map(|(id, list, s, form)| match form {
            0 => format!(r#"{{"transactions":{list},"id":{id}}}"#),
            1 => format!(r#"{{"id":{id},"transactions":{list},"new":1}}"#),
            2 => format!(r#"{{"id":{id},"transactions":{list},"transactions":{list}}}"#),
            3 => format!(r#"{{"id":{id}}}"#),
            4 => format!(r#"{{"id":{id},"transacti\u006fns":{list}}}"#),
            _ => format!(r#"{s}{{{s}"id"{s}:{s}{id}{s},{s}"transactions"{s}:{s}{list}{s}}}{s}"#),
        })
    };
    (vec(account(), 0..4), space(), 0..8_u8).prop_map(|(accounts, s, form)| {
        let accounts = accounts.join(",");
        match form {
            0 => format!(r#"{{"accounts":[{accounts}],"new":1}}"#),
            1 => format!(r#"{{"new":[{accounts}],"accounts":[{accounts}]}}"#),
            _ => format!(r#"{{{s}"accounts"{s}:{s}[{accounts}]{s}}}"#),
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn the_reader_of_transactions_agrees_with_serde(payload in payload()) {
        let body = format!(r#"{{"id":"1","eventType":"newTransactions","payload":{payload}}}"#);
        let event = parse_json(&body).unwrap().into_event();
        match (event, serde_json::from_str::<Transactions>(&payload)) {
            (Event::NewTransactions(new), Ok(expected)) => prop_assert_eq!(new, expected),
            (Event::Malformed(_), Err(_)) => {}
            (event, read) => prop_assert!(false, "{event:?} and {read:?}"),
        }
    }
}
