//! The public surface as a whole: threads, defaults, errors and their messages, and `Debug`.

use moneyhub_webhooks::{Authenticity, Error, ErrorKind, KeyCache, KeySet};
use serde_json::json;

use crate::support::{
    ISSUED_AT, at, json_event, parse_json, parse_token, sign_parts, signed_receiver, token,
};

mod threads {
    #[test]
    fn public_types_are_send_sync_and_static() {
        use moneyhub_webhooks as webhooks;

        fn check<T: Send + Sync + 'static>() {}
        check::<webhooks::Receiver>();
        check::<webhooks::keys::Keys>();
        check::<webhooks::KeySet>();
        check::<webhooks::KeyCache>();
        check::<webhooks::keys::KeyFetch>();
        check::<webhooks::keys::KeyStatus>();
        check::<webhooks::keys::KeysError>();
        #[cfg(feature = "remote-keys")]
        check::<webhooks::RemoteKeys>();
        #[cfg(feature = "remote-keys")]
        check::<webhooks::keys::RemoteKeysBuilder>();
        #[cfg(feature = "testing")]
        check::<webhooks::testing::TestIssuer>();
        #[cfg(feature = "testing")]
        check::<webhooks::testing::Delivery>();
        #[cfg(feature = "testing")]
        check::<webhooks::testing::Fault>();
        #[cfg(feature = "testing")]
        check::<webhooks::testing::ParseFaultError>();
        check::<webhooks::keys::IgnoredKey>();
        check::<webhooks::ReplayKey>();
        check::<webhooks::ParseReplayKeyError>();
        check::<webhooks::MemoryReplayGuard>();
        check::<webhooks::Webhook>();
        check::<webhooks::Authenticity>();
        check::<webhooks::Event>();
        check::<webhooks::EventType>();
        check::<webhooks::event::EventFamily>();
        check::<webhooks::event::ParseEventTypeError>();
        check::<webhooks::UnknownEvent>();
        check::<webhooks::MalformedEvent>();
        check::<webhooks::event::DecodeError>();
        check::<webhooks::Error>();
        check::<webhooks::ErrorKind>();
        check::<webhooks::id::WebhookId>();
        check::<webhooks::id::UserId>();
        check::<webhooks::id::AccountId>();
        check::<webhooks::id::TransactionId>();
        check::<webhooks::id::SeriesId>();
        check::<webhooks::id::SyncId>();
        check::<webhooks::id::ConnectionId>();
        check::<webhooks::id::PaymentId>();
        check::<webhooks::id::PaymentSubmissionId>();
        check::<webhooks::id::ReportId>();
        check::<webhooks::money::Amount>();
        check::<webhooks::money::ParseAmountError>();
        check::<webhooks::money::MinorUnits>();
        check::<webhooks::money::Currency>();
        check::<webhooks::event::Transactions>();
        check::<webhooks::event::TransactionBatch<'static>>();
        check::<webhooks::event::AccountTransactions>();
        check::<webhooks::event::RegularTransactions>();
        check::<webhooks::event::DeletedAccount>();
        check::<webhooks::event::SyncCompleted>();
        check::<webhooks::event::ProcessingStatus>();
        check::<webhooks::event::PostConnectionEnrichment>();
        check::<webhooks::event::Payment>();
        check::<webhooks::event::PaymentStatus>();
        check::<webhooks::event::ReportSuccess>();
        check::<webhooks::event::ReportFailure>();
        check::<webhooks::event::ReportStatus>();
        check::<webhooks::event::AddFirstConnection>();
        check::<webhooks::event::BalanceThreshold>();
        check::<webhooks::event::Balance>();
        check::<webhooks::event::Threshold>();
        check::<webhooks::event::ThresholdType>();
        check::<webhooks::event::ReauthReminder>();
        check::<webhooks::event::RefreshReminder>();
    }
}

#[test]
fn the_defaults_are_public() {
    use std::time::Duration;

    use moneyhub_webhooks::keys::{MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL};
    use moneyhub_webhooks::{KeyCache, Receiver};

    assert_eq!(
        MONEYHUB_ISSUERS,
        [
            "https://identity.moneyhub.co.uk",
            "https://identity.moneyhub.co.uk/oidc"
        ]
    );
    assert_eq!(
        MONEYHUB_KEY_SET_URL,
        "https://identity.moneyhub.co.uk/oidc/certs"
    );
    assert_eq!(Receiver::DEFAULT_MAX_AGE, Duration::from_secs(300));
    assert_eq!(Receiver::DEFAULT_CLOCK_SKEW, Duration::from_secs(60));
    assert_eq!(Receiver::DEFAULT_MAX_BODY, 1 << 20);
    let receiver = Receiver::unsigned_json().issuers(MONEYHUB_ISSUERS);
    assert_eq!(receiver.body_limit(), Receiver::DEFAULT_MAX_BODY);
    assert_eq!(receiver.max_body(7).body_limit(), 7);
    assert_eq!(KeyCache::DEFAULT_MAX_AGE, Duration::from_secs(600));
    assert_eq!(KeyCache::DEFAULT_HARD_LIMIT, Duration::from_secs(86_400));
    assert_eq!(KeyCache::DEFAULT_COOLDOWN, Duration::from_secs(30));
    assert_eq!(KeySet::MAX_JWKS_LEN, 1 << 20);
    #[cfg(feature = "remote-keys")]
    {
        use moneyhub_webhooks::keys::RemoteKeysBuilder;

        assert_eq!(RemoteKeysBuilder::DEFAULT_TIMEOUT, Duration::from_secs(2));
        assert_eq!(RemoteKeysBuilder::DEFAULT_MAX_DEFERRED, 10);
    }
}

#[test]
fn a_receiver_can_be_shared_by_threads() {
    let receiver = signed_receiver();
    let body = token().signed();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(receiver.parse_at(body.as_bytes(), at(ISSUED_AT)).is_ok()));
        }
    });
}

/// An error of this kind, caused by a body.
fn error(kind: ErrorKind) -> Error {
    let token = token();
    let result = match kind {
        ErrorKind::TooLarge => signed_receiver().max_body(1).parse_at(b"..", at(0)),
        ErrorKind::Body => parse_json("x"),
        ErrorKind::FormatRejected => parse_json(&token.signed()),
        ErrorKind::Header => parse_token(&token.header("crit", json!([])).signed()),
        ErrorKind::Algorithm => parse_token(&token.header("alg", json!("none")).signed()),
        ErrorKind::KeyId => parse_token(&token.header("kid", json!("")).signed()),
        ErrorKind::UnknownKey => parse_token(&token.header("kid", json!("x")).signed()),
        ErrorKind::KeysUnavailable => {
            let keys = KeyCache::new([""]).keys_at(at(0));
            signed_receiver()
                .with_keys(keys)
                .parse_at(token.signed().as_bytes(), at(ISSUED_AT))
        }
        ErrorKind::Signature => {
            parse_token(&format!("{}.", token.signed().rsplit_once('.').unwrap().0))
        }
        ErrorKind::Claims => parse_token(&token.claim("jti", 7).signed()),
        ErrorKind::Issuer => parse_token(&token.claim("iss", 7).signed()),
        ErrorKind::Audience => parse_token(&token.claim("aud", 7).signed()),
        ErrorKind::Expired => parse_token(&token.claim("exp", 7).signed()),
        ErrorKind::NotYetValid => parse_token(&token.claim("nbf", ISSUED_AT + 90).signed()),
        other => panic!("{other:?} has no example"),
    };
    result.unwrap_err()
}

#[test]
fn every_error_kind_has_its_status_and_code() {
    let request = Some("invalid_request");
    let failed = Some("authentication_failed");
    let key = Some("invalid_key");
    for (kind, name, status, code) in [
        (ErrorKind::TooLarge, "body too large", 413, request),
        (ErrorKind::Body, "unreadable body", 400, request),
        (ErrorKind::FormatRejected, "format rejected", 401, failed),
        (ErrorKind::Header, "bad token header", 400, request),
        (ErrorKind::Algorithm, "bad algorithm", 401, failed),
        (ErrorKind::KeyId, "bad key id", 401, key),
        (ErrorKind::UnknownKey, "unknown key", 401, key),
        (ErrorKind::KeysUnavailable, "keys unavailable", 503, None),
        (ErrorKind::Signature, "bad signature", 401, failed),
        (ErrorKind::Claims, "bad claims", 400, request),
        (
            ErrorKind::Issuer,
            "wrong issuer",
            401,
            Some("invalid_issuer"),
        ),
        (
            ErrorKind::Audience,
            "wrong audience",
            401,
            Some("invalid_audience"),
        ),
        (ErrorKind::Expired, "expired", 401, failed),
        (ErrorKind::NotYetValid, "not yet valid", 401, failed),
    ] {
        let error = error(kind);
        assert_eq!(
            (error.kind(), error.http_status(), error.rfc8935_code()),
            (kind, status, code),
            "{error}"
        );
        assert!(std::error::Error::source(&error).is_none());
        assert_eq!(kind.to_string(), name);
        let message = error.to_string();
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
        assert!(
            message.chars().all(|letter| !letter.is_control()),
            "{message}"
        );
    }
}

#[test]
fn error_messages_say_what_is_wrong_and_where() {
    for (error, message) in [
        (
            parse_json(r#"{"id":7}"#).unwrap_err(),
            "unreadable body: a JSON object with neither `eventType` nor `token`",
        ),
        (
            parse_json(r#"{"id":"w","eventType":7}"#).unwrap_err(),
            "unreadable body: `eventType` is not a string",
        ),
        (
            parse_token(&sign_parts("null", "{}")).unwrap_err(),
            "bad token header: expected an object",
        ),
        (
            parse_json(r#"{"eventType":"x"}"#).unwrap_err(),
            "unreadable body: `id` is missing",
        ),
        (
            signed_receiver()
                .max_body(2)
                .parse_at(b"...", at(0))
                .unwrap_err(),
            "body too large: the body has 3 bytes, the limit is 2",
        ),
        (
            parse_token(&token().without_claim("iat").signed()).unwrap_err(),
            "bad claims: `iat` is missing",
        ),
        (
            parse_token(&token().without_claim("events").signed()).unwrap_err(),
            "bad claims: `events` is missing",
        ),
        (
            parse_token(&token().claim("events", "{}").signed()).unwrap_err(),
            "bad claims: `events` has no event",
        ),
        (
            parse_token(&token().claim("events", "null").signed()).unwrap_err(),
            "bad claims: expected an object at line 1 column 177",
        ),
        (
            parse_token(&token().claim("iss", json!("x")).signed()).unwrap_err(),
            "wrong issuer: `iss` is not an issuer of this receiver",
        ),
    ] {
        assert_eq!(error.to_string(), message);
    }
}

#[test]
fn debug_of_an_event_shows_its_fields() {
    let event = json_event("deletedAccount", r#"{"accountId":"a-1"}"#);
    assert_eq!(
        format!("{event:?}"),
        r#"DeletedAccount(DeletedAccount { account_id: AccountId("a-1") })"#
    );
}

#[test]
fn unsigned_is_not_signed() {
    assert!(!Authenticity::Unsigned.is_signed());
}

#[test]
fn error_kinds_have_unique_names_in_the_order_of_the_checks() {
    assert_eq!(ErrorKind::ALL.len(), 14);
    assert!(ErrorKind::ALL.is_sorted());
    assert_eq!(ErrorKind::ALL.first(), Some(&ErrorKind::TooLarge));
    assert_eq!(ErrorKind::FormatRejected.as_str(), "format_rejected");
    let mut names: Vec<_> = ErrorKind::ALL.iter().map(|kind| kind.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ErrorKind::ALL.len());
}
