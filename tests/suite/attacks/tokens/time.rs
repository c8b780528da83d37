//! The age of a token, `exp` and `nbf`: exact at their limits.

use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Authenticity, Error, ErrorKind, Webhook};

use crate::support::{
    ISSUED_AT, assert_rejected, assert_token_rejected, at, signed_receiver, token,
};

fn parse(token: &str, now: DateTime<Utc>) -> Result<Webhook, Error> {
    signed_receiver().parse_at(token.as_bytes(), now)
}

#[test]
fn the_maximum_age_is_inclusive_and_the_skew_does_not_widen_it() {
    let token = token().signed();
    assert!(parse(&token, at(ISSUED_AT + 300)).is_ok());
    assert_rejected(parse(&token, at(ISSUED_AT + 301)), ErrorKind::Expired);
    let just_over = at(ISSUED_AT + 300) + Duration::from_millis(1);
    assert_rejected(parse(&token, just_over), ErrorKind::Expired);
}

#[test]
fn a_token_issued_ahead_by_exactly_the_skew_is_accepted() {
    let token = token().signed();
    assert!(parse(&token, at(ISSUED_AT - 60)).is_ok());
    assert_rejected(parse(&token, at(ISSUED_AT - 61)), ErrorKind::NotYetValid);
}

#[test]
fn exp_and_nbf_allow_for_the_clock_skew() {
    let expires = token().claim("exp", ISSUED_AT).signed();
    assert!(parse(&expires, at(ISSUED_AT + 60)).is_ok());
    assert_rejected(parse(&expires, at(ISSUED_AT + 61)), ErrorKind::Expired);
    let begins = token().claim("nbf", ISSUED_AT + 60).signed();
    assert!(parse(&begins, at(ISSUED_AT)).is_ok());
    assert_rejected(parse(&begins, at(ISSUED_AT - 1)), ErrorKind::NotYetValid);
}

#[test]
fn the_maximum_age_and_the_skew_can_be_set() {
    let receiver = signed_receiver()
        .max_age(Duration::from_secs(10))
        .clock_skew(Duration::ZERO);
    let token = token().signed();
    assert!(
        receiver
            .parse_at(token.as_bytes(), at(ISSUED_AT + 10))
            .is_ok()
    );
    assert_rejected(
        receiver.parse_at(token.as_bytes(), at(ISSUED_AT + 11)),
        ErrorKind::Expired,
    );
    assert_rejected(
        receiver.parse_at(token.as_bytes(), at(ISSUED_AT - 1)),
        ErrorKind::NotYetValid,
    );
}

#[test]
fn times_may_be_any_json_number_within_the_calendar() {
    for iat in [
        "1735689600.5",
        "1735689600.0",
        "1.7356896e9",
        "17356896E+2",
        "1735689600.123456789012345",
    ] {
        assert!(
            parse(&token().claim("iat", iat).signed(), at(ISSUED_AT)).is_ok(),
            "{iat}"
        );
    }
    for name in ["iat", "exp", "nbf"] {
        for value in [
            r#""1735689600""#,
            "[]",
            "1e400",
            "-1e400",
            "1e18",
            "-9223372036854775808",
        ] {
            assert_token_rejected(&token().claim(name, value).signed(), ErrorKind::Claims);
        }
    }
    for name in ["exp", "nbf"] {
        assert!(
            parse(&token().claim(name, "null").signed(), at(ISSUED_AT)).is_ok(),
            "{name}"
        );
    }
    assert_token_rejected(&token().claim("iat", "null").signed(), ErrorKind::Claims);
    assert_token_rejected(&token().without_claim("iat").signed(), ErrorKind::Claims);
    assert_token_rejected(&token().claim("iat", "-1").signed(), ErrorKind::Expired);
}

#[test]
fn a_fraction_of_a_second_is_kept_to_the_microsecond() {
    let webhook = parse(
        &token().claim("iat", "1735689600.123456").signed(),
        at(ISSUED_AT),
    )
    .unwrap();
    let Authenticity::Signed { issued_at, .. } = webhook.authenticity() else {
        panic!()
    };
    assert_eq!(
        *issued_at,
        "2025-01-01T00:00:00.123456Z"
            .parse::<DateTime<Utc>>()
            .unwrap()
    );
}

#[test]
fn extreme_limits_and_clocks_do_not_panic() {
    let token = token().signed();
    for now in [
        DateTime::<Utc>::MIN_UTC,
        at(ISSUED_AT),
        DateTime::<Utc>::MAX_UTC,
    ] {
        let endless = signed_receiver()
            .max_age(Duration::MAX)
            .clock_skew(Duration::MAX);
        assert!(endless.parse_at(token.as_bytes(), now).is_ok());
        assert!(
            endless
                .max_age(None)
                .parse_at(token.as_bytes(), now)
                .is_ok()
        );
    }
    assert_rejected(
        parse(&token, DateTime::<Utc>::MIN_UTC),
        ErrorKind::NotYetValid,
    );
    assert_rejected(parse(&token, DateTime::<Utc>::MAX_UTC), ErrorKind::Expired);
}

#[test]
fn parse_reads_the_system_clock() {
    let old = signed_receiver().parse(token().signed().as_bytes());
    assert_rejected(old, ErrorKind::Expired);
    let endless = signed_receiver().max_age(None);
    assert!(endless.parse(token().signed().as_bytes()).is_ok());
}
