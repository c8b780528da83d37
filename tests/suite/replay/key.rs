//! Which webhooks share a replay key, and the forms of a key.

use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::{Receiver, ReplayKey};
use serde_json::{from_str, from_value, json, to_value};

use super::{now, seconds, signed, unsigned};
use crate::support::{CLIENT_ID, ISSUED_AT, ISSUER, parse_json, signed_receiver, test_keys, token};

const ID: &str = "c9d133e0-e708-402d-a6b7-dc8ff9c29a1c";

/// Computed with the SHA-256 of Python's standard library. Databases store such keys, so they must not change.
const SIGNED: &str = "dffc94620681f3e61919e760d0aca3df51f839e62c957082c9b1d41484406515";
const UNSIGNED: &str = "7f9975843ff20f02c0ec9bf121705e7e121d8bfe43237b01b5db50cb6c340f0e";

#[test]
fn keys_are_the_same_in_every_version_and_with_every_backend() {
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
fn copies_share_a_key_and_other_ids_have_other_keys() {
    assert_eq!(signed(ID).replay_key(), signed(ID).replay_key());
    assert_ne!(signed(ID).replay_key(), signed("2").replay_key());
    assert_ne!(unsigned("1").replay_key(), unsigned("2").replay_key());
}

#[test]
fn a_webhook_signed_again_under_the_same_id_has_the_same_key() {
    let anew = token()
        .claim("iat", ISSUED_AT + 60)
        .event("urn:x", json!({}))
        .signed();
    let anew = signed_receiver()
        .parse_at(anew.as_bytes(), now() + seconds(60))
        .unwrap();
    assert_eq!(anew.replay_key(), signed(ID).replay_key());
}

#[test]
fn issuers_and_clients_whose_names_join_to_the_same_text_have_different_keys() {
    let key = |iss: &str, aud: &str, jti: &str| {
        let token = token()
            .claim("iss", json!(iss))
            .claim("aud", json!(aud))
            .claim("jti", json!(jti))
            .signed();
        let receiver = Receiver::signed(test_keys(), aud).issuers([iss]);
        receiver
            .parse_at(token.as_bytes(), now())
            .unwrap()
            .replay_key()
    };
    assert_eq!(key(ISSUER, CLIENT_ID, ID).to_string(), SIGNED);
    let keys = [
        key("a", "b", "c"),
        key("ab", "c", "c"),
        key("a", "bc", "c"),
        key("a", "b", "cc"),
        key("b", "a", "c"),
    ];
    for (index, key) in keys.iter().enumerate() {
        assert!(!keys[..index].contains(key), "{index}");
    }
}

#[test]
fn keys_parse_from_their_text() {
    for text in [SIGNED, UNSIGNED] {
        let key: ReplayKey = text.parse().unwrap();
        assert_eq!(key.to_string(), text);
        assert_eq!(format!("{key:?}"), format!("ReplayKey({text})"));
        assert_eq!(key.is_signed(), text == SIGNED);
    }
    assert_eq!(
        SIGNED.parse::<ReplayKey>().unwrap(),
        signed(ID).replay_key()
    );
}

#[test]
fn other_text_does_not_parse_as_a_key() {
    let (short, long) = (&SIGNED[1..], format!("{SIGNED}0"));
    let (upper, no_digit, wide) = (
        SIGNED.to_uppercase(),
        SIGNED.replace('d', "g"),
        SIGNED.replacen("df", "é", 1),
    );
    for text in [
        "",
        short,
        &long,
        &upper,
        &no_digit,
        &wide,
        &SIGNED.replacen('d', "+", 1),
    ] {
        let error = text.parse::<ReplayKey>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "not 64 lower-case hexadecimal digits",
            "{text}"
        );
    }
}

#[test]
fn keys_convert_to_bytes_and_back() {
    for key in [signed(ID).replay_key(), unsigned(ID).replay_key()] {
        let bytes: [u8; 32] = key.into();
        assert_eq!(key.as_bytes(), &bytes);
        assert_eq!(key.as_ref(), bytes);
        assert_eq!(ReplayKey::from(bytes), key);
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(key.to_string(), digits);
    }
}

#[test]
fn keys_serialize_as_their_text() {
    let key = signed(ID).replay_key();
    assert_eq!(to_value(key).unwrap(), json!(SIGNED));
    assert_eq!(from_value::<ReplayKey>(json!(SIGNED)).unwrap(), key);
    let escaped = SIGNED.replacen('d', "\\u0064", 1);
    assert_eq!(
        from_str::<ReplayKey>(&format!("\"{escaped}\"")).unwrap(),
        key
    );
    for value in [
        json!(SIGNED.to_uppercase()),
        json!(""),
        json!(null),
        json!(7),
        json!([1]),
    ] {
        assert!(from_value::<ReplayKey>(value.clone()).is_err(), "{value}");
    }
}

#[test]
fn a_signed_webhook_is_replayable_up_to_the_maximum_age_and_the_skew() {
    let until = |receiver: Receiver| receiver.replayable_until(signed(ID).authenticity());
    assert_eq!(until(signed_receiver()), Some(now() + seconds(5 * 60 + 60)));
    let receiver = signed_receiver()
        .max_age(Duration::from_secs(10))
        .clock_skew(Duration::from_secs(3));
    assert_eq!(until(receiver), Some(now() + seconds(13)));
}

#[test]
fn a_signed_webhook_is_accepted_up_to_the_maximum_age_which_can_be_raised() {
    let until = |receiver: Receiver| receiver.accepted_until(signed(ID).authenticity());
    let receiver = || signed_receiver().max_age(Duration::from_secs(10));
    assert_eq!(until(receiver()), Some(now() + seconds(10)));
    let raised = |to| until(receiver().max_age_at_least(Duration::from_secs(to)));
    assert_eq!(raised(9), Some(now() + seconds(10)));
    assert_eq!(raised(11), Some(now() + seconds(11)));
    let any_age = signed_receiver().max_age(None);
    assert_eq!(
        until(any_age.max_age_at_least(Duration::from_secs(1))),
        None
    );
    let unsigned = unsigned(ID);
    assert_eq!(receiver().accepted_until(unsigned.authenticity()), None);
}

#[test]
fn plain_json_and_tokens_without_a_maximum_age_are_always_replayable() {
    assert_eq!(
        signed_receiver().replayable_until(unsigned(ID).authenticity()),
        None
    );
    assert_eq!(
        signed_receiver()
            .max_age(None)
            .replayable_until(signed(ID).authenticity()),
        None
    );
    let json = parse_json(r#"{"id":"1","eventType":"x","payload":{}}"#).unwrap();
    assert_eq!(
        Receiver::unsigned_json().replayable_until(json.authenticity()),
        None
    );
}

#[test]
fn replayable_until_is_at_most_the_last_representable_time() {
    for (max_age, skew) in [
        (Duration::MAX, Duration::ZERO),
        (Duration::ZERO, Duration::MAX),
    ] {
        let receiver = signed_receiver().max_age(max_age).clock_skew(skew);
        assert_eq!(
            receiver.replayable_until(signed(ID).authenticity()),
            Some(DateTime::<Utc>::MAX_UTC)
        );
    }
    let receiver = signed_receiver()
        .max_age(Duration::MAX)
        .clock_skew(Duration::MAX);
    assert_eq!(
        receiver.replayable_until(signed(ID).authenticity()),
        Some(DateTime::<Utc>::MAX_UTC)
    );
}
