//! Which webhooks have one key, and what its text is.

use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Receiver, ReplayKey};
use serde_json::json;

use super::{now, seconds, signed, unsigned};
use crate::support::{CLIENT_ID, ISSUED_AT, ISSUER, parse_json, signed_receiver, test_keys, token};

const ID: &str = "c9d133e0-e708-402d-a6b7-dc8ff9c29a1c";

/// Made with the SHA-256 of Python's standard library. Tables hold such keys: they must not change.
const SIGNED: &str = "dffc94620681f3e61919e760d0aca3df51f839e62c957082c9b1d41484406515";
const UNSIGNED: &str = "7f9975843ff20f02c0ec9bf121705e7e121d8bfe43237b01b5db50cb6c340f0e";

#[test]
fn the_text_of_a_key_is_the_same_in_every_version_and_with_every_backend() {
    assert_eq!(signed(ID).replay_key().to_string(), SIGNED);
    assert_eq!(unsigned(ID).replay_key().to_string(), UNSIGNED);
}

#[test]
fn plain_json_with_the_id_of_a_signed_webhook_has_another_key() {
    assert_ne!(signed(ID).replay_key(), unsigned(ID).replay_key());
    assert!(signed(ID).replay_key().is_signed());
    assert!(!unsigned(ID).replay_key().is_signed());
}

#[test]
fn a_copy_has_the_key_of_its_original_and_another_id_another() {
    assert_eq!(signed(ID).replay_key(), signed(ID).replay_key());
    assert_ne!(signed(ID).replay_key(), signed("2").replay_key());
    assert_ne!(unsigned("1").replay_key(), unsigned("2").replay_key());
}

#[test]
fn a_webhook_of_one_id_signed_anew_is_a_copy_whatever_it_says() {
    let anew = token().claim("iat", ISSUED_AT + 60).event("urn:x", json!({})).signed();
    let anew = signed_receiver().parse_at(anew.as_bytes(), now() + seconds(60)).unwrap();
    assert_eq!(anew.replay_key(), signed(ID).replay_key());
}

#[test]
fn issuers_and_clients_don_t_share_keys_however_their_names_meet() {
    let key = |iss: &str, aud: &str, jti: &str| {
        let token =
            token().claim("iss", json!(iss)).claim("aud", json!(aud)).claim("jti", json!(jti)).signed();
        let receiver = Receiver::signed(test_keys(), aud).issuers([iss]);
        receiver.parse_at(token.as_bytes(), now()).unwrap().replay_key()
    };
    assert_eq!(key(ISSUER, CLIENT_ID, ID).to_string(), SIGNED);
    let keys = [
        key("a", "b", "c"),
        key("ab", "c", "c"),
        key("a", "bc", "c"),
        key("a", "b", "cc"),
        key("b", "a", "c"),
    ];
    for (place, key) in keys.iter().enumerate() {
        assert!(!keys[..place].contains(key), "{place}");
    }
}

#[test]
fn a_key_is_read_back_from_its_text() {
    for text in [SIGNED, UNSIGNED] {
        let key: ReplayKey = text.parse().unwrap();
        assert_eq!(key.to_string(), text);
        assert_eq!(format!("{key:?}"), format!("ReplayKey({text})"));
        assert_eq!(key.is_signed(), text == SIGNED);
    }
    assert_eq!(SIGNED.parse::<ReplayKey>().unwrap(), signed(ID).replay_key());
}

#[test]
fn no_other_text_is_a_key() {
    let (short, long) = (&SIGNED[1..], format!("{SIGNED}0"));
    let (upper, no_digit, wide) =
        (SIGNED.to_uppercase(), SIGNED.replace('d', "g"), SIGNED.replacen("df", "é", 1));
    for text in ["", short, &long, &upper, &no_digit, &wide, &SIGNED.replacen('d', "+", 1)] {
        let error = text.parse::<ReplayKey>().unwrap_err();
        assert_eq!(error.to_string(), "not 64 lower-case hexadecimal digits", "{text}");
    }
}

#[test]
fn a_signed_webhook_is_replayable_up_to_the_maximum_age_and_the_skew() {
    let until = |receiver: Receiver| receiver.replayable_until(&signed(ID));
    assert_eq!(until(signed_receiver()), Some(now() + seconds(5 * 60 + 60)));
    let receiver = signed_receiver().max_age(Duration::from_secs(10)).clock_skew(Duration::from_secs(3));
    assert_eq!(until(receiver), Some(now() + seconds(13)));
}

#[test]
fn without_a_time_or_a_maximum_age_there_is_no_end() {
    assert_eq!(signed_receiver().replayable_until(&unsigned(ID)), None);
    assert_eq!(signed_receiver().max_age(None).replayable_until(&signed(ID)), None);
    let json = parse_json(r#"{"id":"1","eventType":"x","payload":{}}"#).unwrap();
    assert_eq!(Receiver::unsigned_json().replayable_until(&json), None);
}

#[test]
fn an_end_beyond_the_calendar_is_the_end_of_the_calendar() {
    for (max_age, skew) in [(Duration::MAX, Duration::ZERO), (Duration::ZERO, Duration::MAX)] {
        let receiver = signed_receiver().max_age(max_age).clock_skew(skew);
        assert_eq!(receiver.replayable_until(&signed(ID)), Some(DateTime::<Utc>::MAX_UTC));
    }
    let receiver = signed_receiver().max_age(Duration::MAX).clock_skew(Duration::MAX);
    assert_eq!(receiver.replayable_until(&signed(ID)), Some(DateTime::<Utc>::MAX_UTC));
}
