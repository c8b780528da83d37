//! The claims: their form, then the issuer and the audience.

use moneyhub_webhooks::{Authenticity, ErrorKind, Event, KeyCache, Receiver};
use serde_json::json;

use super::is_accepted;
use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, PREFIX, assert_rejected, assert_token_rejected, at, fixture,
    parse_token, sign_parts, signed_receiver, test_keys, token,
};

#[test]
fn claims_must_be_one_object() {
    let header = token().header_text();
    let good = token().claims_text();
    for claims in [
        format!("[{good}]"),
        format!("{good}{good}"),
        "null".to_owned(),
        good[1..].to_owned(),
    ] {
        assert_token_rejected(&sign_parts(&header, &claims), ErrorKind::Claims);
    }
    assert_token_rejected(
        &sign_parts(&header, b"{\"iss\":\"\xff\"}"),
        ErrorKind::Claims,
    );
}

#[test]
fn duplicates_of_claims_that_are_read_are_rejected() {
    let good = token().claims_text();
    for twice in [
        r#""iss":"x""#,
        r#""aud":"x""#,
        r#""jti":"x""#,
        r#""sub":"x""#,
        r#""iat":1"#,
        r#""events":{}"#,
        r#""\u0065vents":{}"#,
    ] {
        let claims = format!("{{{twice},{}", &good[1..]);
        assert_token_rejected(
            &sign_parts(token().header_text(), claims),
            ErrorKind::Claims,
        );
    }
    let claims = format!(r#"{{"x":1,"x":"\ud800",{}"#, &good[1..]);
    assert!(is_accepted(&sign_parts(token().header_text(), claims)));
}

#[test]
fn the_token_id_is_a_string_that_is_not_empty() {
    for jti in [json!(""), json!(7), json!(null)] {
        assert_token_rejected(&token().claim("jti", jti).signed(), ErrorKind::Claims);
    }
    let long = token().claim("jti", json!("x".repeat(1_000_000))).signed();
    assert_token_rejected(&long, ErrorKind::TooLarge);
    assert_token_rejected(&token().without_claim("jti").signed(), ErrorKind::Claims);
}

#[test]
fn a_subject_that_is_not_a_string_counts_as_absent() {
    assert_eq!(
        *parse_token(&token().claim("sub", json!("u")).signed())
            .unwrap()
            .user_id()
            .unwrap(),
        "u"
    );
    assert_eq!(
        parse_token(&token().without_claim("sub").signed())
            .unwrap()
            .user_id(),
        None
    );
    for sub in ["null", "7", r#"["u"]"#, "{}", r#""\ud800""#] {
        let webhook = parse_token(&token().claim("sub", sub).signed()).unwrap();
        assert_eq!(webhook.user_id(), None, "{sub}");
        assert!(webhook.text().contains(&format!(r#""sub":{sub}"#)));
    }
}

#[test]
fn events_must_be_a_non_empty_object_without_duplicates() {
    let urn = format!("{PREFIX}payment-completed");
    for events in [json!(null), json!([]), json!([urn]), json!({}), json!("x")] {
        assert_token_rejected(
            &token().claim("events", &events).signed(),
            ErrorKind::Claims,
        );
    }
    let twice = format!(r#"{{"{urn}":{{}},"{urn}":{{}}}}"#);
    let escaped = format!(
        r#"{{"{urn}":{{}},"{}":{{}}}}"#,
        urn.replacen('u', "\\u0075", 1)
    );
    let among_others = format!(r#"{{"{urn}":{{}},"urn:a":1,"urn:a":2}}"#);
    for events in [twice, escaped, among_others] {
        assert_token_rejected(&token().claim("events", events).signed(), ErrorKind::Claims);
    }
    assert_token_rejected(&token().without_claim("events").signed(), ErrorKind::Claims);
}

#[test]
fn the_first_known_event_of_several_is_read_or_else_the_first() {
    let known = format!(r#""{PREFIX}deleted-account":{{"accountId":"a"}}"#);
    let other = format!(r#""{PREFIX}payment-completed":{{}}"#);
    for (events, name) in [
        (format!("{{{known},{other}}}"), "deletedAccount"),
        (
            format!(r#"{{"urn:other":7,{known},{other}}}"#),
            "deletedAccount",
        ),
        (format!(r#"{{{known},"urn:other":{{}}}}"#), "deletedAccount"),
        (r#"{"urn:one":{},"urn:other":{}}"#.to_owned(), "urn:one"),
    ] {
        let webhook = parse_token(&token().claim("events", &events).signed()).unwrap();
        assert_eq!(webhook.event().name(), name, "{events}");
        assert!(!matches!(webhook.event(), Event::Malformed(_)));
    }
    let many = |count: usize| {
        let others: Vec<_> = (1..count)
            .map(|number| format!(r#""urn:{number}":0"#))
            .collect();
        let events = format!("{{{},{known}}}", others.join(","));
        parse_token(&token().claim("events", events).signed())
    };
    assert_eq!(many(64).unwrap().event().name(), "deletedAccount");
    assert_rejected(many(65), ErrorKind::Claims);
}

#[test]
fn an_event_that_is_not_an_object_is_malformed_or_unknown() {
    for value in ["true", "[]", "7", r#""x""#] {
        let known = token()
            .event(&format!("{PREFIX}payment-completed"), value)
            .signed();
        let known = parse_token(&known).unwrap();
        let Event::Malformed(bad) = known.event() else {
            panic!("{known:?}")
        };
        assert_eq!(
            (bad.payload(), bad.path(), bad.reason()),
            (value, ".", "expected an object")
        );
        assert_eq!(known.payload(), value);

        let unknown = parse_token(&token().event("urn:unknown", value).signed()).unwrap();
        let Event::Unknown(event) = unknown.event() else {
            panic!("{unknown:?}")
        };
        assert_eq!((event.payload(), unknown.payload()), (value, value));
    }
}

#[test]
fn claims_of_other_kinds_of_tokens_are_rejected() {
    for name in ["nonce", "at_hash", "c_hash", "s_hash"] {
        for value in [json!("x"), json!(null)] {
            assert_token_rejected(&token().claim(name, value).signed(), ErrorKind::Claims);
        }
    }
    const LOGOUT: &str = r#""http://schemas.openid.net/event/backchannel-logout":{}"#;
    let known = format!(r#""{PREFIX}deleted-account":{{"accountId":"a"}}"#);
    let after_many: String = (0..70)
        .map(|number| format!(r#""urn:{number}":0,"#))
        .collect();
    for events in [
        format!("{{{LOGOUT}}}"),
        format!("{{{LOGOUT},{known}}}"),
        format!("{{{known},{LOGOUT}}}"),
        format!("{{{after_many}{LOGOUT}}}"),
    ] {
        let error = parse_token(&token().claim("events", events).signed()).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_signed()),
            (ErrorKind::Claims, false)
        );
    }
    // An access token has no event.
    assert_token_rejected(
        &token()
            .without_claim("events")
            .claim("exp", ISSUED_AT + 60)
            .signed(),
        ErrorKind::Claims,
    );
}

#[test]
fn lone_surrogates_in_claims_that_are_read_are_rejected() {
    for (name, value) in [
        ("iss", r#""\ud800""#),
        ("aud", r#""\ud800""#),
        ("aud", r#"["\ud800"]"#),
        ("jti", r#""\ud800""#),
    ] {
        assert_token_rejected(&token().claim(name, value).signed(), ErrorKind::Claims);
    }
    assert!(is_accepted(&token().claim("other", r#""\ud800""#).signed()));
}

#[test]
fn the_issuer_must_match_byte_for_byte() {
    for iss in [
        json!(null),
        json!(7),
        json!([ISSUER]),
        json!(""),
        json!(format!("{ISSUER}/")),
        json!(ISSUER.to_uppercase()),
        json!(ISSUER.replace('o', "ο")),
        json!("https://identity-dev.moneyhub.co.uk"),
    ] {
        assert_token_rejected(&token().claim("iss", iss).signed(), ErrorKind::Issuer);
    }
    assert_token_rejected(&token().without_claim("iss").signed(), ErrorKind::Issuer);
}

#[test]
fn an_empty_set_of_issuers_and_an_empty_issuer_match_nothing() {
    for (issuers, iss) in [(vec![], ISSUER), (vec![], ""), (vec![""], "")] {
        let receiver = signed_receiver().issuers(issuers);
        let token = token().claim("iss", json!(iss)).signed();
        assert_rejected(
            receiver.parse_at(token.as_bytes(), at(ISSUED_AT)),
            ErrorKind::Issuer,
        );
    }
}

#[test]
fn the_audience_must_name_our_client_id() {
    for aud in [
        json!(CLIENT_ID),
        json!([CLIENT_ID]),
        json!(["other", CLIENT_ID]),
    ] {
        assert!(is_accepted(&token().claim("aud", aud).signed()));
    }
    for aud in [
        json!(null),
        json!(7),
        json!([]),
        json!([1, CLIENT_ID]),
        json!({}),
        json!("other"),
        json!(["other"]),
        json!([[CLIENT_ID]]),
        json!(format!("{CLIENT_ID}\0")),
        json!(CLIENT_ID.to_uppercase()),
    ] {
        assert_token_rejected(&token().claim("aud", aud).signed(), ErrorKind::Audience);
    }
    assert_token_rejected(&token().without_claim("aud").signed(), ErrorKind::Audience);
}

#[test]
fn an_empty_client_id_matches_nothing() {
    let receiver = Receiver::signed(test_keys(), "");
    for aud in [json!(""), json!([""]), json!([])] {
        let token = token().claim("aud", aud).signed();
        assert_rejected(
            receiver.parse_at(token.as_bytes(), at(ISSUED_AT)),
            ErrorKind::Audience,
        );
    }
}

#[test]
fn is_signed_is_true_only_for_errors_about_verified_event_tokens() {
    let is_signed = |token: &crate::support::Token| {
        let error = parse_token(&token.signed()).unwrap_err();
        (error.kind(), error.is_signed())
    };
    let urn = format!("{PREFIX}deleted-account");
    for (token, kind) in [
        (token().claim("jti", 7), ErrorKind::Claims),
        (token().without_claim("jti"), ErrorKind::Claims),
        (token().without_claim("iat"), ErrorKind::Claims),
        (token().claim("exp", r#""soon""#), ErrorKind::Claims),
        (token().claim("iss", r#""\ud800""#), ErrorKind::Claims),
        (
            token().claim("events", format!(r#"{{"{urn}":1,"{urn}":1}}"#)),
            ErrorKind::Claims,
        ),
        (
            token().claim("iss", r#""https://other""#),
            ErrorKind::Issuer,
        ),
        (token().claim("aud", r#""other""#), ErrorKind::Audience),
        (token().claim("iat", ISSUED_AT - 301), ErrorKind::Expired),
        (token().claim("exp", 7), ErrorKind::Expired),
        (token().claim("iat", ISSUED_AT + 61), ErrorKind::NotYetValid),
        (token().claim("nbf", ISSUED_AT + 61), ErrorKind::NotYetValid),
    ] {
        assert_eq!(is_signed(&token), (kind, true));
    }
    for token in [
        token().claim("nonce", 1).claim("aud", r#""other""#),
        token().claim("at_hash", "null"),
        token().without_claim("events"),
        token().claim("events", "{}"),
        token().claim("events", "[]"),
        token().claim(
            "events",
            r#"{"http://schemas.openid.net/event/backchannel-logout":{}}"#,
        ),
    ] {
        assert_eq!(is_signed(&token), (ErrorKind::Claims, false));
    }
    let twice = format!(
        r#"{{"events":{{"{urn}":1}},{}"#,
        &token().claims_text()[1..]
    );
    for claims in [twice.as_bytes(), b"[]", b"\xff", b"{"] {
        let error = parse_token(&sign_parts(token().header_text(), claims)).unwrap_err();
        assert_eq!(
            (error.kind(), error.is_signed()),
            (ErrorKind::Claims, false)
        );
    }
    let forged = token().signed();
    let forged = format!("{}.", forged.rsplit_once('.').unwrap().0);
    assert!(!parse_token(&forged).unwrap_err().is_signed());
    assert!(!parse_token("").unwrap_err().is_signed());
}

#[test]
fn any_of_several_client_ids_is_accepted_and_the_first_in_the_audience_is_reported() {
    let receiver = Receiver::signed(test_keys(), "one")
        .and_client_id("two")
        .and_client_id("");
    let client_id = |aud: serde_json::Value| {
        let token = token().claim("aud", aud).signed();
        let webhook = receiver
            .parse_at(token.as_bytes(), at(ISSUED_AT))
            .map_err(|error| error.kind())?;
        let Authenticity::Signed { client_id, .. } = webhook.authenticity().clone() else {
            panic!()
        };
        Ok(client_id)
    };
    assert_eq!(client_id(json!("one")).as_deref(), Ok("one"));
    assert_eq!(client_id(json!("two")).as_deref(), Ok("two"));
    assert_eq!(
        client_id(json!(["other", "two", "one"])).as_deref(),
        Ok("two")
    );
    assert_eq!(client_id(json!(["one", "two"])).as_deref(), Ok("one"));
    for aud in [json!("three"), json!(""), json!([""]), json!([])] {
        assert_eq!(client_id(aud), Err(ErrorKind::Audience));
    }
}

#[test]
fn an_audience_error_names_an_empty_client_id_or_white_space_at_its_end() {
    let what = "`aud` does not name this receiver's client id";
    let padded = |padding: &str| format!("{CLIENT_ID}{padding}");
    for (client_ids, mistake) in [
        (vec!["other".to_owned()], ""),
        (vec![padded("\n")], ", which has white space at an end"),
        (vec![padded("\u{a0}")], ", which has white space at an end"),
        (
            vec![format!(" {CLIENT_ID}")],
            ", which has white space at an end",
        ),
        (vec![String::new()], ", which is empty"),
        (vec![" ".to_owned()], ", which has white space at an end"),
        (
            vec!["other".to_owned(), String::new()],
            ", one of which is empty",
        ),
        (
            vec!["other".to_owned(), padded("\r")],
            ", one of which has white space at an end",
        ),
    ] {
        let receiver = Receiver::signed(test_keys(), &client_ids[0]);
        let receiver = client_ids[1..]
            .iter()
            .fold(receiver, Receiver::and_client_id);
        let error = receiver
            .parse_at(token().signed().as_bytes(), at(ISSUED_AT))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Audience);
        assert!(error.is_signed());
        assert_eq!(
            error.to_string(),
            format!("wrong audience: {what}{mistake}")
        );
    }
}

#[test]
fn an_issuer_error_names_an_empty_issuer_or_white_space_at_its_end() {
    let what = "`iss` is not an issuer of this receiver";
    let padded = format!("{ISSUER}\n");
    for (issuers, mistake) in [
        (vec![], ", of which there is none"),
        (vec!["other"], ""),
        (vec![""], ", which is empty"),
        (vec![&padded], ", which has white space at an end"),
        (vec!["other", ""], ", one of which is empty"),
        (
            vec![&padded, "other"],
            ", one of which has white space at an end",
        ),
    ] {
        let receiver = signed_receiver().issuers(issuers);
        let error = receiver
            .parse_at(token().signed().as_bytes(), at(ISSUED_AT))
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Issuer);
        assert!(error.is_signed());
        assert_eq!(error.to_string(), format!("wrong issuer: {what}{mistake}"));
    }
    // The issuers of a cache are those of its keys.
    let cache = KeyCache::new([&padded]);
    let fetch = cache.claim_fetch(at(0)).unwrap();
    fetch.succeed(fixture("keys/jwks.json").as_bytes()).unwrap();
    let error = Receiver::signed(cache.keys_at(at(0)), CLIENT_ID)
        .parse_at(token().signed().as_bytes(), at(ISSUED_AT))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "wrong issuer: `iss` is not the issuer of the keys, which has white space at an end"
    );
}
