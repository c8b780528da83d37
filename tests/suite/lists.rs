//! Long lists of ids, which are read apart from the rest of a body: nothing of that is seen in what comes out. What
//! they are held against is the reading of [`Event`] by serde, which reads them with the rest.

use moneyhub_webhooks::{ErrorKind, Event, EventType};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{PREFIX, parse_json, parse_token, token, transactions};

/// One id as JSON: nearly always a UUID, else whatever a list may hold or must not.
fn id() -> impl Strategy<Value = String> {
    prop_oneof![
        40 => "\"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\"",
        1 => "\"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\"",
        1 => any::<String>().prop_map(|text| serde_json::Value::from(text).to_string()),
        1 => proptest::sample::select(vec![
            r#""""#, r#""]""#, r#""[""#, r#""a[\"b\"]c""#, r#""\u0064520402a""#, r#""\ud800""#, "\"\n\"", "\"\u{7f}\"",
            r#""20402a-d982-43ee-b1d1-000000000000,""#, "null", "1", "{}", r#"[""]"#, r#"["a"]"#, "",
        ])
        .prop_map(str::to_owned),
    ]
}

fn between() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![",", ",", ",", ", ", ",\n        ", " ,\t", ",,", "", ",\u{a0}"])
}

/// A list that is long enough to be read apart, its separators mostly all alike.
fn list() -> impl Strategy<Value = String> {
    (vec((id(), between()), 60..120), between(), 0..4_u8).prop_map(|(ids, same, mixed)| {
        let parts: Vec<_> =
            ids.iter().flat_map(|(id, own)| [&**id, if mixed == 0 { own } else { same }]).collect();
        format!("[{}]", parts[..parts.len() - 1].concat())
    })
}

/// Payloads that hold one or two lists where they belong, where they are ignored, and where they must not be.
fn payload() -> impl Strategy<Value = String> {
    let forms = [
        r#"{"accounts":[{"id":"a","transactions":ONE}]}"#,
        r#"{"accounts": [ {"transactions": ONE, "id": "a"} ] }"#,
        r#"{"accounts":[{"id":"a","transactions":ONE},{"id":"b","transactions":["c"]},{"id":"d","transactions":TWO}]}"#,
        r#"{"accounts":[{"id":"a","transactions":ONE},{"id":"b","transactions":[]}]}"#,
        r#"{"accounts":[{"id":"a","transactions":ONE},{"id":"b","transactions":[""]}]}"#,
        r#"{"accounts":[{"id":"a","transactions":[ "" ],"ignored":ONE}]}"#,
        r#"{"accounts":[{"id":"a","transactions":["\u0000"],"ignored":ONE}]}"#,
        r#"{"ignored":ONE,"accounts":[{"id":"a","transactions":TWO}]}"#,
        r#"{"ignored":ONE,"name":"[","accounts":[{"id":"a","transactions":[""]}]}"#,
        r#"{"accounts":[{"id":"a","transactions":ONE,"transactions":TWO}]}"#,
        r#"{"accounts":[{"id":ONE,"transactions":TWO}]}"#,
        r#"{"accounts":ONE}"#,
        r#"{"accounts":[{"id":"[ONE","transactions":TWO}]}"#,
        r#"{"seriesIds":ONE}"#,
        r#"{"seriesIds":ONE,"seriesIds":[""]}"#,
        r#"{"connectionId":"c","further":ONE,"reportId":"r"}"#,
        "ONE",
    ];
    (proptest::sample::select(forms.to_vec()), list(), list())
        .prop_map(|(form, one, two)| form.replace("ONE", &one).replace("TWO", &two))
}

fn event_type() -> impl Strategy<Value = &'static str> {
    proptest::sample::select(vec![
        "newTransactions",
        "restoredTransactions",
        "newRegularTransactions",
        "affordabilityReportSuccess",
        "postConnectionEnrichmentCompleted",
        "deletedAccount",
        "somethingNew",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn a_body_with_long_lists_is_the_event_that_serde_reads(
        payload in payload(), name in event_type(), first in any::<bool>(), cut in any::<Option<(Index, u8)>>(),
    ) {
        let (name, payload) = (format!(r#""eventType":"{name}""#), format!(r#""payload":{payload}"#));
        let (one, other) = if first { (payload, name) } else { (name, payload) };
        let mut body = format!(r#"{{"id":"1",{one},{other}}}"#).into_bytes();
        if let Some((at, byte)) = cut {
            let at = at.index(body.len());
            body[at] = byte & 0x7f;
        }
        let Ok(body) = String::from_utf8(body) else { return Ok(()) };
        let read = serde_json::from_str::<Event>(&body);
        match parse_json(&body) {
            Ok(webhook) => prop_assert_eq!(webhook.into_event(), read.unwrap()),
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::Body);
                // What was cut may have been a member of the envelope that an event does not have.
                prop_assert!(read.is_err() || cut.is_some(), "{}", body);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn a_token_with_long_lists_is_the_event_that_serde_reads(payload in payload(), name in event_type()) {
        let urn = name.parse::<EventType>().map_or(format!("{PREFIX}something-new"), |known| known.urn().to_owned());
        let parsed = parse_token(&token().event(&urn, &payload).signed());
        let stored = serde_json::from_str::<Event>(&format!(r#"{{"eventType":"{name}","payload":{payload}}}"#));
        match parsed {
            Ok(webhook) => match (webhook.into_event(), stored.unwrap()) {
                (Event::Unknown(one), Event::Unknown(other)) => prop_assert_eq!(one.payload(), other.payload()),
                (one, other) => prop_assert_eq!(one, other),
            },
            // A payload that is no object is refused in a token alone.
            Err(_) => prop_assert!(stored.is_err() || !payload.starts_with('{'), "{}", payload),
        }
    }
}

#[test]
fn an_empty_id_is_no_place_for_a_list_that_stands_in_an_ignored_member() {
    let ids: Vec<_> = (0..60).map(|id| format!(r#""d520402a-d982-43ee-b1d1-{id:012x}""#)).collect();
    let ignored = ids.join(",");
    for body in [
        format!(
            r#"{{"ignored":[{ignored}],"id":"1","eventType":"newRegularTransactions","payload":{{"seriesIds":[""]}}}}"#
        ),
        format!(
            r#"{{"ignored":[{ignored}],"name":"[","eventType":"newRegularTransactions","payload":{{"seriesIds":[""]}},"id":"1"}}"#
        ),
        format!(
            r#"{{"ignored":[{ignored}],"name":"[","eventType":"newRegularTransactions","payload":{{"seriesIds":[ "" ]}},"id":"1"}}"#
        ),
    ] {
        let Event::NewRegularTransactions(series) = parse_json(&body).unwrap().into_event() else { panic!() };
        assert_eq!(series.series_ids, [""], "{body}");
    }
}

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
        let [account] = &new.accounts[..] else { panic!() };
        assert_eq!(account.transactions.len(), 6000);
        for (place, id) in account.transactions.iter().enumerate() {
            assert_eq!(*id, *format!("d520402a-d982-43ee-b1d1-{place:012x}"));
        }
    }
}
