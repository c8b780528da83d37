//! Key sets: which keys are usable, which are ignored and why, and which documents are rejected.

use moneyhub_webhooks::{ErrorKind, KeySet, Receiver};
use serde_json::{Value, json};

use crate::support::{
    CLIENT_ID, ISSUED_AT, KEY_ID, assert_rejected, at, base64url, fixture, token,
};

/// The test key as a JWK.
fn jwk() -> Value {
    let mut set: Value = serde_json::from_str(&fixture("keys/jwks.json")).unwrap();
    set["keys"][0].take()
}

fn edited(member: &str, value: Value) -> Value {
    let mut jwk = jwk();
    jwk[member] = value;
    jwk
}

fn without(member: &str) -> Value {
    let mut jwk = jwk();
    jwk.as_object_mut().unwrap().remove(member);
    jwk
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::from_jwks(json!({ "keys": keys }).to_string().as_bytes()).unwrap()
}

/// Asserts that this key is ignored for this reason, and that a good key beside it stays usable.
#[track_caller]
fn assert_ignored(jwk: Value, reason: &str) {
    let keys = set(&[jwk.clone(), edited("kid", json!("good"))]);
    assert_eq!(keys.len(), 1, "{jwk}");
    let [ignored] = keys.ignored() else {
        panic!("{keys:?}")
    };
    assert_eq!(ignored.reason(), reason, "{jwk}");
    assert_eq!(ignored.key_id(), jwk["kid"].as_str());

    let receiver = Receiver::signed(keys, CLIENT_ID);
    let good = token().header("kid", json!("good")).signed();
    assert!(receiver.parse_at(good.as_bytes(), at(ISSUED_AT)).is_ok());
    let other = token().signed();
    assert_rejected(
        receiver.parse_at(other.as_bytes(), at(ISSUED_AT)),
        ErrorKind::UnknownKey,
    );
}

/// An odd modulus of this many bits.
fn modulus(bits: usize) -> Value {
    let mut bytes = vec![0xff; bits.div_ceil(8)];
    bytes[0] = 0xff >> (bytes.len() * 8 - bits);
    json!(base64url(bytes))
}

#[test]
fn the_test_key_is_usable() {
    let keys = set(&[jwk()]);
    assert_eq!(keys.len(), 1);
    assert!(!keys.is_empty());
    assert_eq!(keys.ignored(), []);
}

#[test]
fn a_key_without_use_and_alg_is_usable() {
    let mut jwk = without("use");
    jwk.as_object_mut().unwrap().remove("alg");
    assert_eq!(set(&[jwk]).len(), 1);
    assert_eq!(
        set(&[edited("key_ops", json!(["sign", "verify"]))]).len(),
        1
    );
    assert_eq!(set(&[edited("x5c", json!(["…"]))]).len(), 1);
}

#[test]
fn null_and_empty_array_members_of_a_key_count_as_absent() {
    for name in ["use", "alg", "key_ops", "d", "oth", "k", "x5c"] {
        for value in [json!(null), json!([])] {
            let keys = set(&[edited(name, value)]);
            assert_eq!((keys.len(), keys.ignored()), (1, &[][..]), "{name}");
        }
    }
    let spaced = set(&[jwk()]).len();
    let text = json!({"keys": [edited("oth", json!([]))]})
        .to_string()
        .replace("[]", "[ \n ]");
    assert_eq!(KeySet::from_jwks(text.as_bytes()).unwrap().len(), spaced);
    for value in [json!(""), json!("x"), json!(0), json!({})] {
        assert_ignored(edited("d", value), "it contains a private or symmetric key");
    }
}

#[test]
fn one_byte_order_mark_before_a_key_set_is_skipped() {
    let jwks = json!({"keys": [jwk()]}).to_string();
    assert_eq!(
        KeySet::from_jwks(format!("\u{feff}{jwks}").as_bytes())
            .unwrap()
            .len(),
        1
    );
    assert!(KeySet::from_jwks(format!("\u{feff}\u{feff}{jwks}").as_bytes()).is_err());
}

#[test]
fn keys_for_another_use_are_ignored() {
    assert_ignored(edited("use", json!("enc")), "`use` is not sig");
    assert_ignored(edited("use", json!("")), "`use` is not sig");
    assert_ignored(edited("alg", json!("PS256")), "`alg` is not RS256");
    assert_ignored(edited("alg", json!("RSA-OAEP")), "`alg` is not RS256");
    for operations in [
        json!(["sign"]),
        json!({}),
        json!("verify"),
        json!([7]),
        json!(""),
    ] {
        assert_ignored(
            edited("key_ops", operations),
            "`key_ops` does not include verify",
        );
    }
}

#[test]
fn keys_of_another_type_are_ignored() {
    assert_ignored(edited("kty", json!("EC")), "`kty` is not RSA");
    assert_ignored(edited("kty", json!("rsa")), "`kty` is not RSA");
    assert_ignored(without("kty"), "`kty` is not RSA");
    assert_ignored(
        json!({"kty": "oct", "kid": "o", "k": "c2VjcmV0"}),
        "`kty` is not RSA",
    );
    assert_ignored(
        edited("d", json!("AQAB")),
        "it contains a private or symmetric key",
    );
}

#[test]
fn keys_without_a_usable_id_are_ignored() {
    let reason = "`kid` is not a string of 1 to 256 bytes";
    for kid in [json!(7), json!(""), json!(null), json!("x".repeat(257))] {
        assert_ignored(edited("kid", kid), reason);
    }
    assert_ignored(without("kid"), reason);
    assert_eq!(set(&[edited("kid", json!("x".repeat(256)))]).len(), 1);
}

#[test]
fn keys_below_2048_or_above_4096_bits_are_ignored() {
    let size = "`n` has fewer than 2048 or more than 4096 bits";
    for bits in [1024, 2040, 2047, 4097, 4104, 8192] {
        assert_ignored(edited("n", modulus(bits)), size);
    }
    for bits in [2048, 2049, 3072, 4096] {
        assert_eq!(set(&[edited("n", modulus(bits))]).len(), 1, "{bits}");
    }
}

#[test]
fn keys_with_unusual_exponents_or_moduli_are_ignored() {
    let exponent = "`e` is even, below 3, or not below 2^33";
    for e in [
        &[1_u8][..],
        &[2],
        &[1, 0, 0],
        &[2, 0, 0, 0, 1],
        &[1, 0, 0, 0, 0, 0, 0, 0, 1],
        &[0xff; 20],
    ] {
        assert_ignored(edited("e", json!(base64url(e))), exponent);
    }
    for e in [&[3_u8][..], &[1, 0, 1], &[1, 0xff, 0xff, 0xff, 0xff]] {
        assert_eq!(set(&[edited("e", json!(base64url(e)))]).len(), 1, "{e:?}");
    }
    let form = "`e` is not a base64url number without leading zeros";
    for e in [
        json!(""),
        json!("AA"),
        json!("AAEAAQ"),
        json!("AQAB=="),
        json!("AQ+B"),
        json!(65537),
        json!(null),
    ] {
        assert_ignored(edited("e", e), form);
    }
    assert_ignored(without("e"), form);

    let form = "`n` is not a base64url number without leading zeros";
    let good = jwk()["n"].as_str().unwrap().to_owned();
    for n in [
        json!(""),
        json!(format!("{good}==")),
        json!(format!("AA{good}")),
        json!("!"),
        json!(7),
    ] {
        assert_ignored(edited("n", n), form);
    }
    assert_ignored(without("n"), form);
    let mut even = vec![0xff; 256];
    even[255] = 0xfe;
    assert_ignored(edited("n", json!(base64url(even))), "`n` is even");
}

#[test]
fn key_set_members_that_are_not_keys_are_ignored() {
    let reason = "not an object with unique member names";
    for member in [
        json!(7),
        json!(null),
        json!("key"),
        json!([]),
        json!([jwk()]),
    ] {
        assert_ignored(member, reason);
    }
    let twice = format!(
        r#"{{"keys":[{}]}}"#,
        jwk().to_string().replacen('{', r#"{"kid":"x","#, 1)
    );
    let keys = KeySet::from_jwks(twice.as_bytes()).unwrap();
    assert!(keys.is_empty());
    assert_eq!(keys.ignored()[0].reason(), reason);
}

#[test]
fn different_keys_with_one_id_are_ignored_and_identical_keys_count_once() {
    let other = edited("n", modulus(2048));
    for ambiguous in [[jwk(), other.clone()], [other.clone(), jwk()]] {
        let keys = set(&ambiguous);
        assert!(keys.is_empty());
        let reasons: Vec<_> = keys
            .ignored()
            .iter()
            .map(|key| (key.key_id(), key.reason()))
            .collect();
        assert_eq!(
            reasons,
            [(Some(KEY_ID), "another usable key has the same `kid`"); 2]
        );
        let receiver = Receiver::signed(keys, CLIENT_ID);
        assert_rejected(
            receiver.parse_at(token().signed().as_bytes(), at(ISSUED_AT)),
            ErrorKind::UnknownKey,
        );
    }
    let three = set(&[jwk(), other, jwk()]);
    assert_eq!((three.len(), three.ignored().len()), (0, 3));
    assert_eq!(three.key_ids().next(), None);

    let keys = set(&[jwk(), jwk()]);
    assert_eq!((keys.len(), keys.ignored()), (1, &[][..]));

    // An unusable key does not make a usable one ambiguous.
    let keys = set(&[edited("use", json!("enc")), jwk()]);
    assert_eq!((keys.len(), keys.ignored().len()), (1, 1));
}

#[test]
fn key_ids_lists_the_usable_keys() {
    let keys = set(&[
        edited("kid", json!("z")),
        edited("kid", json!("a")),
        edited("use", json!("enc")),
    ]);
    assert_eq!(keys.key_ids().collect::<Vec<_>>(), ["a", "z"]);
}

#[test]
fn one_key_may_have_two_ids() {
    assert_eq!(set(&[jwk(), edited("kid", json!("again"))]).len(), 2);
}

#[test]
fn an_empty_key_set_is_accepted_and_knows_no_key() {
    let keys = set(&[]);
    assert!(keys.is_empty());
    let receiver = Receiver::signed(keys, CLIENT_ID);
    assert_rejected(
        receiver.parse_at(token().signed().as_bytes(), at(ISSUED_AT)),
        ErrorKind::UnknownKey,
    );
}

#[test]
fn the_default_key_set_is_empty_and_rejects_every_token() {
    let keys = KeySet::default();
    assert!(keys.is_empty());
    assert_eq!(keys.ignored(), []);
    let receiver = Receiver::signed(keys, CLIENT_ID);
    assert_rejected(
        receiver.parse_at(token().signed().as_bytes(), at(ISSUED_AT)),
        ErrorKind::UnknownKey,
    );
}

#[test]
fn malformed_key_sets_are_rejected_with_a_reason() {
    let key = jwk().to_string();
    for jwks in [
        format!("[[{key}]]"),
        format!("[{key}]"),
        format!(r#"{{"keys":{key}}}"#),
        format!(r#"{{"keys":[{key}],"keys":[{key}]}}"#),
        format!(r#"{{"keys":[{key}]"#),
        format!(r#"{{"keys":[{key}]}} x"#),
        key,
        "{}".to_owned(),
        r#"{"keys":null}"#.to_owned(),
        r#""SECRET""#.to_owned(),
        String::new(),
    ] {
        let message = KeySet::from_jwks(jwks.as_bytes()).unwrap_err().to_string();
        assert!(
            message.starts_with("the key set is not a JWKS: "),
            "{message}"
        );
        assert!(
            !message.contains("SECRET") && message.len() < 100,
            "{message}"
        );
    }
    let error = KeySet::from_jwks(b"<html></html>").unwrap_err();
    assert_eq!(
        error.to_string(),
        "the key set is not a JWKS: expected an object"
    );
    assert!(std::error::Error::source(&error).is_none());
    assert_eq!(error, error.clone());
    for (bytes, message) in [
        (&b"{\xff"[..], "the key set is not UTF-8 at byte 1"),
        (b"\xff\xfe{\0}\0", "the key set is UTF-16 instead of UTF-8"),
    ] {
        assert_eq!(KeySet::from_jwks(bytes).unwrap_err().to_string(), message);
    }
    // A set of exactly the limit is accepted; one byte more is rejected.
    let set_of = |size: usize| r#"{"keys":[]}"#.to_owned() + &" ".repeat(size - 11);
    assert!(
        KeySet::from_jwks(set_of(1 << 20).as_bytes())
            .unwrap()
            .is_empty()
    );
    let error = KeySet::from_jwks(set_of((1 << 20) + 1).as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "the key set is over 1 MiB");
}

#[test]
fn with_keys_replaces_the_keys_and_keeps_the_policy() {
    let old =
        Receiver::signed(set(&[edited("kid", json!("old"))]), CLIENT_ID).issuers(["https://other"]);
    let body = token().claim("iss", json!("https://other")).signed();
    assert_rejected(
        old.parse_at(body.as_bytes(), at(ISSUED_AT)),
        ErrorKind::UnknownKey,
    );
    let new = old.with_keys(set(&[jwk()]));
    assert!(new.parse_at(body.as_bytes(), at(ISSUED_AT)).is_ok());
    // The new receiver has the policy of the old one, and the old one is unchanged.
    assert_rejected(
        new.parse_at(token().signed().as_bytes(), at(ISSUED_AT)),
        ErrorKind::Issuer,
    );
    assert_rejected(
        old.parse_at(body.as_bytes(), at(ISSUED_AT)),
        ErrorKind::UnknownKey,
    );
}

#[test]
fn new_keys_do_not_make_an_unsigned_receiver_accept_tokens() {
    let receiver = Receiver::unsigned_json().with_keys(set(&[jwk()]));
    assert_rejected(
        receiver.parse_at(token().signed().as_bytes(), at(ISSUED_AT)),
        ErrorKind::FormatRejected,
    );
}
