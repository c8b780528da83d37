//! Long lists of ids, which are read apart from the rest of a body, beside serde's reading of [`Event`], which reads
//! them with the rest: the same event, or no event from either.
#![no_main]

mod common;

use arbitrary::Arbitrary;
use moneyhub_webhooks::{Event, Receiver};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// What stands before, between and after two lists.
    text: [Text<'a>; 3],
    ids: Vec<Id<'a>>,
    between: [&'a str; 2],
}

#[derive(Arbitrary, Debug)]
enum Text<'a> {
    Accounts,
    Account,
    End,
    Ignored,
    Series,
    Other(&'a str),
}

#[derive(Arbitrary, Debug)]
enum Id<'a> {
    Uuid(u64),
    Empty,
    Text(&'a str),
    Raw(&'a str),
}

impl Text<'_> {
    fn json(&self) -> &str {
        match self {
            Self::Accounts => r#"{"accounts":[{"id":"a","transactions":"#,
            Self::Account => r#"},{"id":"b","transactions":"#,
            Self::End => "}]}",
            Self::Ignored => r#"{"accounts":[{"id":"a","transactions":[""],"ignored":"#,
            Self::Series => r#"{"seriesIds":"#,
            Self::Other(text) => text,
        }
    }
}

impl Input<'_> {
    fn is_made_up(&self) -> bool {
        self.text.iter().any(|text| matches!(text, Text::Other(_)))
            || self.ids.iter().any(|id| matches!(id, Id::Raw(_)))
            || self.between != [""; 2]
    }

    /// The ids over and over, until they are a long list.
    fn list(&self) -> String {
        let mut list = String::from("[");
        for (place, id) in self.ids.iter().cycle().enumerate() {
            if place >= self.ids.len() && list.len() > 4096 {
                break;
            }
            if place > 0 {
                list.push_str(if place % 7 == 0 { self.between[0] } else { "," });
                list.push_str(self.between[1]);
            }
            list.push_str(&match id {
                Id::Uuid(number) => {
                    format!(r#""d520402a-d982-43ee-b1d1-{:012x}""#, number & 0xffff_ffff_ffff)
                }
                Id::Empty => r#""""#.to_owned(),
                Id::Text(text) => serde_json::to_string(text).unwrap(),
                Id::Raw(text) => (*text).to_owned(),
            });
        }
        list + "]"
    }
}

libfuzzer_sys::fuzz_target!(|input: Input<'_>| {
    let list = input.list();
    let [one, two, three] = &input.text;
    let payload = [one.json(), &list, two.json(), &list, three.json()].concat();
    for name in ["newTransactions", "updatedRegularTransactions", "somethingNew"] {
        for body in [
            format!(r#"{{"id":"1","eventType":"{name}","payload":{payload}}}"#),
            format!(r#"{{"payload":{payload},"id":"1","eventType":"{name}"}}"#),
        ] {
            let parsed = Receiver::unsigned_json().parse_at(body.as_bytes(), common::now());
            let read = serde_json::from_str::<Event>(&body);
            match (&parsed, &read) {
                (Ok(webhook), Ok(event)) => assert_eq!(webhook.event(), event),
                (Err(_), Err(_)) => {}
                // Made-up text can break the envelope, whose members an event does not have.
                (Err(_), Ok(_)) => assert!(input.is_made_up(), "{body}"),
                (Ok(_), Err(error)) => panic!("{error}: {body}"),
            }
            common::check(parsed);
        }
    }
});
