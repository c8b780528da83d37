//! Plain JSON bodies: which are accepted as an envelope, and which are rejected.

use moneyhub_webhooks::{Authenticity, ErrorKind, Event, EventType, Receiver};

use crate::support::{
    assert_rejected, at, json_fixture, parse_json, parts, receivers, signed_receiver, transactions,
};

const PAYMENT: &str = r#"{"paymentId":"p","paymentSubmissionId":"s","submittedAt":"2020-09-21T15:41:20.500Z","status":"completed"}"#;

/// An envelope with these members in this order. Each is a name and a JSON text.
fn envelope(members: &[(&str, &str)]) -> String {
    let members: Vec<_> = members
        .iter()
        .map(|(name, json)| format!(r#""{name}":{json}"#))
        .collect();
    format!("{{{}}}", members.join(","))
}

fn good() -> Vec<(&'static str, &'static str)> {
    vec![
        ("id", r#""w""#),
        ("eventType", r#""paymentCompleted""#),
        ("userId", r#""u""#),
        ("payload", PAYMENT),
    ]
}

/// Every order of the items.
fn permutations<T: Clone>(items: &[T]) -> Vec<Vec<T>> {
    if items.is_empty() {
        return vec![Vec::new()];
    }
    (0..items.len())
        .flat_map(|first| {
            let mut rest = items.to_vec();
            let first = rest.remove(first);
            permutations(&rest).into_iter().map(move |mut order| {
                order.insert(0, first.clone());
                order
            })
        })
        .collect()
}

#[test]
fn members_may_come_in_any_order() {
    let expected = parts(&envelope(&good()));
    assert_eq!(expected.2.event_type(), Some(EventType::PaymentCompleted));
    let orders = permutations(&good());
    assert_eq!(orders.len(), 24);
    for order in orders {
        assert_eq!(parts(&envelope(&order)), expected);
    }
}

#[test]
fn a_malformed_payload_is_kept_in_any_member_order() {
    let mut members = good();
    members[3].1 = r#"{ "paymentId": 7 }"#;
    for order in permutations(&members) {
        let webhook = parse_json(&envelope(&order)).unwrap();
        let Event::Malformed(bad) = webhook.event() else {
            panic!("{webhook:?}")
        };
        assert_eq!(bad.payload(), r#"{ "paymentId": 7 }"#);
        assert_eq!(bad.path(), "paymentId");
    }
}

#[test]
fn unknown_members_are_ignored() {
    let expected = parts(&envelope(&good()));
    for extra in [
        "1e999",
        r#""\ud800""#,
        "[[[{}]]]",
        r#"{"a":1,"a":2}"#,
        "null",
    ] {
        let mut members = good();
        members.insert(2, ("createdAt", extra));
        members.push(("createdAt", extra));
        assert_eq!(parts(&envelope(&members)), expected, "{extra}");
    }
}

#[test]
fn white_space_around_and_inside_a_body_is_accepted() {
    let body = json_fixture(EventType::NewTransactions);
    let spaced = format!(" \t\r\n{}\n\n", body.replace(',', " ,\n "));
    assert_eq!(parts(&spaced), parts(&body));
}

#[test]
fn escaped_member_names_are_recognized() {
    let body = envelope(&good()).replace(r#""eventType""#, r#""\u0065vent\u0054ype""#);
    assert_eq!(parts(&body), parts(&envelope(&good())));
}

#[test]
fn user_id_may_be_spelled_userid_and_non_strings_count_as_absent() {
    let user = |users: &[(&str, &str)]| {
        let mut members = good();
        members.retain(|(name, _)| *name != "userId");
        members.extend(users);
        parse_json(&envelope(&members))
            .unwrap()
            .user_id()
            .map(|user| user.as_str().to_owned())
    };
    let one = r#""u""#;
    for users in [
        vec![("userId", one)],
        vec![("userid", one)],
        vec![("userId", one), ("userid", one)],
        vec![("userId", "null"), ("userid", one)],
        vec![("userid", "null"), ("userId", one)],
    ] {
        assert_eq!(user(&users).as_deref(), Some("u"), "{users:?}");
    }
    for users in [
        vec![],
        vec![("userId", "null")],
        vec![("userid", "null"), ("userId", "null")],
        vec![("userId", "7")],
        vec![("userId", "7"), ("userid", "null")],
        vec![("userId", "[]")],
        vec![("userid", "{}")],
        vec![("userId", r#""\ud83d""#)],
    ] {
        assert_eq!(user(&users), None, "{users:?}");
    }
}

#[test]
fn an_absent_payload_counts_as_null() {
    let body = r#"{"id":"w","eventType":"somethingNew"}"#;
    let webhook = parse_json(body).unwrap();
    assert_eq!((webhook.payload(), webhook.text()), ("null", body));
    let Event::Unknown(unknown) = webhook.event() else {
        panic!()
    };
    assert_eq!(unknown.payload(), "null");
    let known = parse_json(r#"{"id":"w","eventType":"deletedAccount"}"#).unwrap();
    let Event::Malformed(bad) = known.event() else {
        panic!()
    };
    assert_eq!((bad.path(), bad.reason()), ("accountId", "missing field"));
    assert_eq!(bad.payload(), "null");
}

#[test]
fn malformed_envelopes_are_rejected_by_every_receiver() {
    let without = |name: &str| {
        envelope(
            &good()
                .into_iter()
                .filter(|(member, _)| *member != name)
                .collect::<Vec<_>>(),
        )
    };
    let with = |name: &'static str, json: &'static str| {
        envelope(
            &good()
                .into_iter()
                .map(|member| {
                    if member.0 == name {
                        (name, json)
                    } else {
                        member
                    }
                })
                .collect::<Vec<_>>(),
        )
    };
    let twice = |name: &'static str, json: &'static str| {
        let mut members = good();
        members.push((name, json));
        envelope(&members)
    };
    let bodies = [
        without("id"),
        with("id", r#""""#),
        with("id", "7"),
        with("id", "null"),
        with("id", r#""\ud83d""#),
        with("eventType", "null"),
        with("eventType", "[]"),
        twice("id", r#""w""#),
        twice("eventType", r#""paymentCompleted""#),
        twice("userId", r#""u""#),
        twice("userid", r#""another""#),
        twice("userid", "7"),
        twice("payload", PAYMENT),
        envelope(&good()) + "x",
        envelope(&good()) + "{}",
        envelope(&good()).replace("completed", "compl\neted"),
        envelope(&good())[..100].to_owned(),
        r#"{"id":"w","eventType":"x","payload":NaN}"#.to_owned(),
    ];
    for body in &bodies {
        assert_each_rejects(body.as_bytes(), ErrorKind::Body, ErrorKind::FormatRejected);
    }
    let unnamed = without("eventType");
    assert_each_rejects(unnamed.as_bytes(), ErrorKind::Body, ErrorKind::Body);
}

#[test]
fn bodies_that_are_not_envelopes_are_rejected_by_every_receiver() {
    for body in [
        "{}",
        "{",
        r#"["w","paymentCompleted","u",{}]"#,
        "null",
        "// a comment\n{}",
        "",
        r#"{"x":1,"\ud83d":2}"#,
    ] {
        assert_each_rejects(body.as_bytes(), ErrorKind::Body, ErrorKind::Body);
    }
}

/// Asserts the error kind of the receivers that accept plain JSON, and that of the receiver that accepts only tokens.
#[track_caller]
fn assert_each_rejects(body: &[u8], with_json: ErrorKind, with_tokens_only: ErrorKind) {
    let kinds =
        receivers().map(|receiver| receiver.parse_at(body, at(0)).map_err(|error| error.kind()));
    assert_eq!(
        kinds,
        [with_json, with_tokens_only, with_json].map(Err),
        "{}",
        body.escape_ascii()
    );
}

#[test]
fn bytes_that_are_not_utf_8_are_rejected() {
    let body = envelope(&good());
    let mut broken = body.clone().into_bytes();
    broken[20] = 0xff;
    let utf_16: Vec<u8> = body.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bom = [b"\xef\xbb\xbf", body.as_bytes()].concat();
    let after = &body.as_bytes()[1..];
    let in_an_ignored_member = [&b"{\"x\":\"\xc3\x28\","[..], after].concat();
    let overlong = [&b"{\"x\":\"\xc0\xaf\","[..], after].concat();
    let surrogate = [&b"{\"x\":\"\xed\xa0\x80\","[..], after].concat();
    let gzip = vec![0x1f, 0x8b, 0x08, 0x00];
    for bytes in [
        broken,
        in_an_ignored_member,
        overlong,
        surrogate,
        utf_16,
        bom,
        gzip,
    ] {
        assert_each_rejects(&bytes, ErrorKind::Body, ErrorKind::Body);
    }
}

#[test]
fn plain_json_is_rejected_as_soon_as_its_event_type_is_seen() {
    for start in [
        r#"{"eventType":"x""#,
        "\r\n { \"eventType\" : null",
        r#"{"\u0065ventType":[]"#,
        r#"{"id":"w","x":[1,{"eventType":2}],"eventType":"x""#,
        r#"{"token":"YQ.YQ.YQ","eventType":"x""#,
    ] {
        let body = format!("{start}, this is not JSON");
        assert_each_rejects(body.as_bytes(), ErrorKind::Body, ErrorKind::FormatRejected);
    }
}

#[test]
fn a_signed_only_receiver_rejects_plain_json() {
    let body = envelope(&good());
    assert_rejected(
        signed_receiver().parse_at(body.as_bytes(), at(0)),
        ErrorKind::FormatRejected,
    );
}

#[test]
fn plain_json_is_accepted_as_unsigned_if_the_receiver_allows_it() {
    let body = envelope(&good());
    let webhook = signed_receiver()
        .and_unsigned_json()
        .parse_at(body.as_bytes(), at(0))
        .unwrap();
    assert_eq!(*webhook.authenticity(), Authenticity::Unsigned);
}

#[test]
fn a_body_over_the_limit_is_rejected_before_it_is_read() {
    let body = envelope(&good());
    let receiver = Receiver::unsigned_json().max_body(body.len());
    assert!(receiver.parse_at(body.as_bytes(), at(0)).is_ok());
    assert_rejected(
        receiver.parse_at(&[&body, " "].concat().into_bytes(), at(0)),
        ErrorKind::TooLarge,
    );
    // The body is not UTF-8, but that is not reported: nothing was read.
    assert_rejected(
        Receiver::unsigned_json().parse_at(&vec![0xff; 1024 * 1024 + 1], at(0)),
        ErrorKind::TooLarge,
    );
    assert_rejected(
        Receiver::unsigned_json().parse_at(&vec![0xff; 1024 * 1024], at(0)),
        ErrorKind::Body,
    );
}

#[test]
fn any_number_of_ids_is_accepted_if_the_body_fits() {
    for count in [0, 1, 6000, 6001] {
        let payload = transactions(count);
        let body = envelope(&[
            ("id", r#""w""#),
            ("eventType", r#""newTransactions""#),
            ("payload", &payload),
        ]);
        let Event::NewTransactions(new) = parse_json(&body).unwrap().into_event() else {
            panic!()
        };
        assert_eq!(new.accounts[0].transactions.len(), count);
    }
}
