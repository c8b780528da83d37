//! Ids store any string byte for byte, and have the traits of a string.

use std::collections::{BTreeMap, HashMap, HashSet};

use moneyhub_webhooks::id::{
    AccountId, ConnectionId, PaymentId, PaymentSubmissionId, ReportId, SeriesId, SyncId,
    TransactionId, UserId, WebhookId,
};
use proptest::prelude::*;

const UUID: &str = "6d0baf11-248e-4c11-9c04-97b7758b4e04";

/// Texts in the canonical form of a UUID, and close to it.
fn near_uuid() -> impl Strategy<Value = String> {
    let uuid = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
    let edited = (uuid, 0..36_usize, any::<char>()).prop_map(|(uuid, at, letter)| {
        uuid.chars()
            .enumerate()
            .map(|(place, old)| if place == at { letter } else { old })
            .collect()
    });
    prop_oneof![uuid, edited, "[0-9a-fA-F-]{36}", "\\PC*"]
}

proptest! {
    #[test]
    fn any_string_survives_byte_for_byte(text in near_uuid()) {
        let id = TransactionId::from(text.as_str());
        prop_assert_eq!(id.as_str(), text.as_str());
        prop_assert_eq!(id.to_string(), text.clone());
        prop_assert_eq!(&TransactionId::from(text.clone()), &id);
        prop_assert_eq!(&text.parse::<TransactionId>().unwrap(), &id);
        prop_assert!(id == *text.as_str());

        let json = serde_json::to_string(&id).unwrap();
        prop_assert_eq!(&json, &serde_json::to_string(&text).unwrap());
        prop_assert_eq!(serde_json::from_str::<TransactionId>(&json).unwrap(), id);
    }

    #[test]
    fn ids_are_equal_and_ordered_as_their_texts(one in near_uuid(), other in near_uuid()) {
        let (a, b) = (AccountId::from(one.as_str()), AccountId::from(other.as_str()));
        prop_assert_eq!(a == b, one == other);
        prop_assert_eq!(a.cmp(&b), one.cmp(&other));
    }
}

#[test]
fn every_form_of_a_uuid_and_any_other_string_is_kept() {
    for text in [
        UUID.to_owned(),
        UUID.to_uppercase(),
        UUID.replace('-', ""),
        format!("{{{UUID}}}"),
        format!("urn:uuid:{UUID}"),
        UUID.replace('-', "_"),
        UUID.replacen('6', "g", 1),
        UUID.replacen('6', "/", 1),
        UUID.replacen('6', ":", 1),
        UUID.replacen('6', "`", 1),
        String::new(),
        " ".to_owned(),
        "pv3-966167ee-a63e-464b-90ed-d779fa90c246".to_owned(),
        "\0\n😀".to_owned(),
    ] {
        assert_eq!(PaymentSubmissionId::from(&*text).as_str(), text);
    }
}

#[test]
fn an_id_and_an_optional_id_take_40_bytes() {
    assert_eq!(size_of::<TransactionId>(), 40);
    assert_eq!(size_of::<Option<UserId>>(), 40);
}

#[test]
fn ids_can_be_hashed_and_debug_shows_their_type() {
    let ids: HashSet<WebhookId> = [UUID, UUID, "other"].map(WebhookId::from).into();
    assert_eq!(ids.len(), 2);
    assert_eq!(
        format!("{:?}", WebhookId::from("a\nb")),
        r#"WebhookId("a\nb")"#
    );
    assert_eq!(format!("{:>8}|", SyncId::from("abc")), "     abc|");
}

#[test]
fn an_id_can_be_used_as_a_string() {
    for text in [UUID, "other"] {
        let id = SyncId::from(text);
        let (same, other): (String, String) = (text.into(), "another".into());
        assert_eq!(id.as_str(), text);
        assert_eq!(AsRef::<str>::as_ref(&id), text);
        assert_eq!(String::from(id.clone()), text);
        assert!(id == text && id == *text && id == same);
        assert!(text == id && *text == id && same == id);
        assert!(id != "another");
        assert!(id != other);
        assert!(other != id);
        assert!("another" != id);
        let by_id = HashMap::from([(id.clone(), 1)]);
        assert_eq!(by_id.get(text), Some(&1));
        assert_eq!(BTreeMap::from([(id.clone(), 2)]).get(text), Some(&2));
        assert_eq!([id.clone(), id].join(","), format!("{text},{text}"));
    }
}

#[test]
fn every_id_type_deserializes_only_from_strings() {
    fn reads<T: serde::de::DeserializeOwned + PartialEq<str>>() {
        assert!(serde_json::from_str::<T>(r#""a\u0062""#).unwrap() == *"ab");
        assert!(serde_json::from_reader::<_, T>(&br#""ab""#[..]).unwrap() == *"ab");
        for json in ["7", "null", "[]", r#"["a"]"#] {
            assert!(serde_json::from_str::<T>(json).is_err());
        }
    }
    reads::<WebhookId>();
    reads::<UserId>();
    reads::<AccountId>();
    reads::<TransactionId>();
    reads::<SeriesId>();
    reads::<SyncId>();
    reads::<ConnectionId>();
    reads::<PaymentId>();
    reads::<PaymentSubmissionId>();
    reads::<ReportId>();
}
