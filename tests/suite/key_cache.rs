//! The rules of the key cache. Time is an argument, and a fetch returns what the test passes in.

use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::keys::KeyFetch;
use moneyhub_webhooks::{Error, ErrorKind, KeyCache, KeySet, Receiver, Webhook};

use crate::support::{
    CLIENT_ID, ISSUED_AT, ISSUER, assert_rejected, at, fixture, signed_receiver, token,
};

/// Seconds after the first fetch.
fn after(seconds: i64) -> DateTime<Utc> {
    at(1_800_000_000 + seconds)
}

fn jwks() -> Vec<u8> {
    fixture("keys/jwks.json").into_bytes()
}

/// The key set with another key id.
fn jwks_of(key_id: &str) -> Vec<u8> {
    fixture("keys/jwks.json")
        .replace(crate::support::KEY_ID, key_id)
        .into_bytes()
}

fn empty() -> KeyCache {
    KeyCache::new([ISSUER])
}

/// A cache that was filled at `after(0)`.
fn filled() -> KeyCache {
    let cache = empty();
    cache
        .claim_fetch(after(0))
        .unwrap()
        .succeed(&jwks())
        .unwrap();
    cache
}

/// Fills a cache at `after(0)` with the usual key, and one that is ignored: `e`.
fn fill_with_an_ignored_key(cache: &KeyCache) {
    let with_another = fixture("keys/jwks.json").replacen('[', r#"[{"kty":"EC","kid":"e"},"#, 1);
    let fetch = cache.claim_fetch(after(0)).unwrap();
    fetch.succeed(with_another.as_bytes()).unwrap();
}

/// Parses a good token with the keys that are cached at that time.
fn parse(cache: &KeyCache, now: DateTime<Utc>) -> Result<Webhook, Error> {
    parse_token(cache, now, &token().signed())
}

fn parse_token(cache: &KeyCache, now: DateTime<Utc>, token: &str) -> Result<Webhook, Error> {
    Receiver::signed(cache.keys_at(now), CLIENT_ID).parse_at(token.as_bytes(), at(ISSUED_AT))
}

fn of_unknown_key() -> String {
    token().header("kid", "\"stranger\"").signed()
}

#[test]
fn an_empty_cache_is_due_and_has_no_keys() {
    let cache = empty();
    assert!(cache.is_due_at(after(0)));
    assert_rejected(parse(&cache, after(0)), ErrorKind::KeysUnavailable);
    assert_eq!(cache.status_at(after(0)).age, None);
}

#[test]
fn the_error_of_an_unfilled_cache_says_what_to_call() {
    let cache = empty();
    let advice =
        "keys unavailable: no key set has been fetched yet: call `KeyCache::claim_fetch` first";
    assert_eq!(parse(&cache, after(0)).unwrap_err().to_string(), advice);
    let _fetch = cache.claim_fetch(after(0)).unwrap();
    let running = "keys unavailable: the first fetch of the key set has not finished";
    assert_eq!(parse(&cache, after(0)).unwrap_err().to_string(), running);
    // The fetch has lapsed, so that another one can be claimed.
    assert_eq!(parse(&cache, after(60)).unwrap_err().to_string(), advice);
}

#[test]
fn a_filled_cache_verifies_and_is_due_only_after_the_maximum_age() {
    let cache = filled();
    for seconds in [0, 600] {
        assert!(!cache.is_due_at(after(seconds)));
        assert!(
            parse(&cache, after(seconds))
                .unwrap()
                .authenticity()
                .is_signed()
        );
    }
    assert!(cache.is_due_at(after(601)));
    assert!(parse(&cache, after(601)).is_ok());
}

#[test]
fn old_keys_verify_up_to_the_hard_limit() {
    let cache = filled();
    let day = 24 * 60 * 60;
    assert!(parse(&cache, after(day)).is_ok());
    let too_old = "keys unavailable: the key set is older than its hard limit";
    assert_eq!(
        parse(&cache, after(day + 1)).unwrap_err().to_string(),
        too_old
    );
    cache.claim_fetch(after(day + 1)).unwrap().fail("no route");
    let why = format!("{too_old}, and the last fetch failed: no route");
    assert_eq!(parse(&cache, after(day + 1)).unwrap_err().to_string(), why);
}

#[test]
fn max_age_hard_limit_and_cooldown_can_be_set() {
    let seconds = Duration::from_secs;
    let cache = empty()
        .max_age(seconds(5))
        .hard_limit(seconds(7))
        .cooldown(seconds(3));
    cache
        .claim_fetch(after(0))
        .unwrap()
        .succeed(&jwks())
        .unwrap();
    assert!(!cache.is_due_at(after(5)));
    assert!(cache.is_due_at(after(6)));
    assert!(parse(&cache, after(7)).is_ok());
    assert_rejected(parse(&cache, after(8)), ErrorKind::KeysUnavailable);
    assert!(cache.claim_fetch(after(2)).is_none());
    assert!(cache.claim_fetch(after(3)).is_some());
}

/// Caches before a key server hold copies.
#[test]
fn an_unknown_key_may_exist_until_keys_fetched_five_minutes_after_the_token_lack_it() {
    for (received_at, kind) in [
        (-301, ErrorKind::UnknownKey),
        (-300, ErrorKind::UnknownKey),
        (-299, ErrorKind::KeysUnavailable),
        (60, ErrorKind::KeysUnavailable),
    ] {
        let receiver = Receiver::signed(filled().keys_at(after(60)), CLIENT_ID).max_age(None);
        let token = of_unknown_key();
        let error = receiver
            .parse_at(token.as_bytes(), after(received_at))
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{received_at}");
    }
}

#[test]
fn keys_are_refetched_before_they_are_past_a_hard_limit_below_the_maximum_age() {
    let cache = filled().hard_limit(Duration::from_secs(100));
    assert_eq!(cache.until_next_fetch(after(0)), Duration::from_secs(75));
    assert!(!cache.is_due_at(after(100)));
    assert!(cache.is_due_at(after(101)));
    assert_rejected(parse(&cache, after(101)), ErrorKind::KeysUnavailable);
}

#[test]
fn only_one_fetch_can_be_claimed_at_a_time_even_without_a_cooldown() {
    let cache = empty().cooldown(Duration::ZERO);
    let fetch = cache.claim_fetch(after(0)).unwrap();
    assert!(cache.claim_fetch(after(59)).is_none());
    assert!(cache.status_at(after(59)).is_fetching);
    fetch.succeed(&jwks()).unwrap();
    assert!(cache.claim_fetch(after(59)).is_some());
}

/// The thread that claimed it may have ended.
#[test]
fn a_fetch_lapses_after_a_minute_and_does_not_affect_later_ones() {
    let cache = empty();
    let lapsed = cache.claim_fetch(after(0)).unwrap();
    let later = cache.claim_fetch(after(60)).unwrap();
    assert!(cache.status_at(after(60)).is_fetching);
    lapsed.fail("too late");
    assert!(cache.status_at(after(60)).is_fetching);
    later.succeed(&jwks()).unwrap();
    assert!(parse(&cache, after(60)).is_ok());

    let lapsed = cache.claim_fetch(after(100)).unwrap();
    cache
        .claim_fetch(after(160))
        .unwrap()
        .succeed(&jwks())
        .unwrap();
    lapsed.succeed(&jwks_of("older")).unwrap();
    assert!(parse(&cache, after(160)).is_ok());
}

#[test]
fn keys_at_returns_a_snapshot() {
    let cache = empty();
    let before = Receiver::signed(cache.keys_at(after(0)), CLIENT_ID);
    cache
        .claim_fetch(after(0))
        .unwrap()
        .succeed(&jwks())
        .unwrap();
    let result = before.parse_at(token().signed().as_bytes(), at(ISSUED_AT));
    assert_rejected(result, ErrorKind::KeysUnavailable);
}

#[test]
fn no_key_is_usable_past_the_hard_limit() {
    let cache = filled();
    assert_eq!(cache.status_at(after(24 * 60 * 60)).usable, 1);
    assert_eq!(cache.status_at(after(24 * 60 * 60 + 1)).usable, 0);
}

#[test]
fn failed_fetches_are_counted_and_the_last_error_is_reported() {
    let cache = empty().cooldown(Duration::ZERO);
    let claim = |second| cache.claim_fetch(after(second)).unwrap();
    let status = |second| {
        let status = cache.status_at(after(second));
        (
            status.failures,
            status.last_error.map(|error| error.to_string()),
        )
    };
    let failed = |number, why: &str| (number, Some(why.to_owned()));
    assert_eq!(status(0), (0, None));
    claim(0).fail("no route");
    assert_eq!(status(0), failed(1, "no route"));
    drop(claim(0));
    assert_eq!(
        status(0),
        failed(2, "the fetch of the key set was abandoned")
    );
    let error = claim(0).succeed(br#"{"keys":[]}"#).unwrap_err();
    assert_eq!(error.to_string(), "the key set has no usable key");
    assert_eq!(status(0), failed(3, "the key set has no usable key"));
    claim(0).succeed(&jwks()).unwrap();
    assert_eq!(status(0), (3, None));
    // A lapsed fetch also counts as failed, but the newer fetch determines the last error.
    let lapsed = claim(0);
    claim(60).succeed(&jwks()).unwrap();
    lapsed.fail("too late");
    assert_eq!(status(60), (4, None));
}

#[test]
fn the_error_of_a_key_set_without_a_usable_key_has_the_first_reason() {
    let useless = r#"{"keys":[{"kty":"EC","kid":"curve"},{"kty":"RSA","use":"enc"}]}"#;
    let why = "the key set has no usable key; the first is ignored: `kty` is not RSA";
    let cache = empty();
    let error = cache
        .claim_fetch(after(0))
        .unwrap()
        .succeed(useless.as_bytes())
        .unwrap_err();
    assert_eq!(error.to_string(), why);
    let unavailable = format!("keys unavailable: {why}");
    assert_eq!(
        parse(&cache, after(0)).unwrap_err().to_string(),
        unavailable
    );
}

#[test]
fn an_unknown_key_says_why_the_key_with_its_id_is_ignored() {
    let of = |kid: &str| token().header("kid", format!("\"{kid}\"")).signed();
    let error = |jwks: &str, kid: &str| {
        let keys = KeySet::from_jwks(jwks.as_bytes()).unwrap();
        let receiver = Receiver::signed(keys, CLIENT_ID);
        let error = receiver
            .parse_at(of(kid).as_bytes(), at(ISSUED_AT))
            .unwrap_err();
        error.to_string()
    };
    let curves = r#"{"keys":[{"kty":"oct","kid":"a"},{"kty":"RSA","kid":"b","use":"enc"}]}"#;
    assert_eq!(
        error(curves, "b"),
        "unknown key: the key with the token's `kid` is ignored: `use` is not sig"
    );
    assert_eq!(
        error(curves, "c"),
        "unknown key: the key set has no usable key; the first is ignored: `kty` is not RSA"
    );
    let unknown = "unknown key: the key set has no usable key with the token's `kid`";
    assert_eq!(error(r#"{"keys":[]}"#, "c"), unknown);
    assert_eq!(error(&fixture("keys/jwks.json"), "c"), unknown);
}

#[test]
fn a_stored_token_may_be_discarded_if_it_looks_forged() {
    let cache = empty();
    let ignored = r#"[{"kty":"EC","kid":"e"},{"kty":"RSA","kid":"short","n":"sXc","e":"AQAB"},"#;
    let with_ignored = fixture("keys/jwks.json").replacen('[', ignored, 1);
    let fetch = cache.claim_fetch(after(0)).unwrap();
    fetch.succeed(with_ignored.as_bytes()).unwrap();
    let of = |kid: &str| token().header("kid", format!("\"{kid}\""));
    let may_be_discarded = |token: &str| {
        let error = parse_token(&cache, after(0), token).unwrap_err();
        (error.kind(), error.may_be_discarded())
    };
    assert_eq!(
        may_be_discarded(&of_unknown_key()),
        (ErrorKind::UnknownKey, true)
    );
    // An elliptic curve signs no RS256.
    assert_eq!(
        may_be_discarded(&of("e").signed()),
        (ErrorKind::UnknownKey, true)
    );
    // This crate can't use the key, but it may have signed the token.
    assert_eq!(
        may_be_discarded(&of("short").signed()),
        (ErrorKind::UnknownKey, false)
    );
    let another = of("stranger").claim("aud", "\"another-client\"");
    assert_eq!(
        may_be_discarded(&another.signed()),
        (ErrorKind::UnknownKey, false)
    );
    let signed = token().signed();
    let (signed, _) = signed.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", "A".repeat(342));
    assert_eq!(may_be_discarded(&forged), (ErrorKind::Signature, true));
    let id_token = token().claim("nonce", "\"n\"").signed();
    assert_eq!(may_be_discarded(&id_token), (ErrorKind::Claims, true));
    let of_new_form = token().without_claim("jti").signed();
    assert_eq!(may_be_discarded(&of_new_form), (ErrorKind::Claims, false));
    let late = token().claim("iat", ISSUED_AT - 301).signed();
    assert_eq!(may_be_discarded(&late), (ErrorKind::Expired, false));

    let fixed = KeySet::from_jwks(&jwks()).unwrap();
    let parsed =
        Receiver::signed(fixed, CLIENT_ID).parse_at(of_unknown_key().as_bytes(), at(ISSUED_AT));
    let error = parsed.unwrap_err();
    assert_eq!(
        (error.kind(), error.may_be_discarded()),
        (ErrorKind::UnknownKey, false)
    );
}

#[test]
fn the_cached_key_set_tells_its_usable_and_its_ignored_keys() {
    let cache = empty();
    assert!(cache.key_set().is_none());
    fill_with_an_ignored_key(&cache);
    cache.claim_fetch(after(30)).unwrap().fail("no route");
    let keys = cache.key_set().unwrap();
    assert_eq!(keys.key_ids().collect::<Vec<_>>(), [crate::support::KEY_ID]);
    let ignored: Vec<_> = keys
        .ignored()
        .iter()
        .map(|key| (key.key_id(), key.reason()))
        .collect();
    assert_eq!(ignored, [(Some("e"), "`kty` is not RSA")]);
}

#[test]
fn the_cooldown_starts_at_the_claim_whatever_the_result_of_the_fetch() {
    let ways: [fn(&KeyCache); 5] = [
        |cache| {
            cache
                .claim_fetch(after(0))
                .unwrap()
                .succeed(&jwks())
                .unwrap()
        },
        |cache| cache.claim_fetch(after(0)).unwrap().fail("no route"),
        |cache| drop(cache.claim_fetch(after(0)).unwrap()),
        |cache| {
            assert!(
                cache
                    .claim_fetch(after(0))
                    .unwrap()
                    .succeed(br#"{"keys":[]}"#)
                    .is_err()
            )
        },
        |cache| {
            assert!(
                cache
                    .claim_fetch(after(0))
                    .unwrap()
                    .succeed(b"<html>")
                    .is_err()
            )
        },
    ];
    for (way, fetch) in ways.into_iter().enumerate() {
        let cache = empty();
        fetch(&cache);
        assert!(cache.claim_fetch(after(29)).is_none(), "{way}");
        assert!(cache.claim_fetch(after(30)).is_some(), "{way}");
    }
}

#[test]
fn a_failed_fetch_keeps_the_keys_and_their_age() {
    let failures: [fn(&KeyCache); 4] = [
        |cache| cache.claim_fetch(after(60)).unwrap().fail("no route"),
        |cache| drop(cache.claim_fetch(after(60)).unwrap()),
        |cache| {
            assert!(
                cache
                    .claim_fetch(after(60))
                    .unwrap()
                    .succeed(br#"{"keys":[]}"#)
                    .is_err()
            )
        },
        |cache| {
            assert!(
                cache
                    .claim_fetch(after(60))
                    .unwrap()
                    .succeed(br#"{"keys":[{"kty":"EC"}]}"#)
                    .is_err()
            )
        },
    ];
    for fail in failures {
        let cache = filled();
        fail(&cache);
        assert!(parse(&cache, after(61)).is_ok());
        let status = cache.status_at(after(61));
        assert_eq!(
            (status.usable, status.age),
            (1, Some(Duration::from_secs(61)))
        );
        assert!(status.last_error.is_some());
    }
}

#[test]
fn a_removed_key_is_unknown_after_the_next_fetch() {
    let cache = filled();
    cache
        .claim_fetch(after(60))
        .unwrap()
        .succeed(&jwks_of("newer"))
        .unwrap();
    assert_rejected(parse(&cache, after(60)), ErrorKind::UnknownKey);
    let newer = token().header("kid", "\"newer\"").signed();
    assert!(parse_token(&cache, after(60), &newer).is_ok());
}

/// Only a successful last fetch shows that the key does not exist.
#[test]
fn a_key_is_reported_unknown_only_if_the_last_fetch_succeeded() {
    let cache = filled();
    assert_rejected(
        parse_token(&cache, after(1), &of_unknown_key()),
        ErrorKind::UnknownKey,
    );
    let fetch = cache.claim_fetch(after(30)).unwrap();
    assert_rejected(
        parse_token(&cache, after(30), &of_unknown_key()),
        ErrorKind::KeysUnavailable,
    );
    assert!(parse(&cache, after(30)).is_ok());
    fetch.fail("no route");
    assert_rejected(
        parse_token(&cache, after(31), &of_unknown_key()),
        ErrorKind::KeysUnavailable,
    );
    assert!(parse(&cache, after(31)).is_ok());
}

/// Row 51c. A service stores what is `KeysUnavailable`, so no stranger may fill its store with tokens for others.
#[test]
fn a_token_that_no_key_can_make_acceptable_is_an_unknown_key_even_without_keys() {
    let failed = empty();
    failed.claim_fetch(after(0)).unwrap().fail("no route");
    let running = empty();
    let _fetch = running.claim_fetch(after(0)).unwrap();
    let lacks_the_key = filled();
    lacks_the_key
        .claim_fetch(after(30))
        .unwrap()
        .fail("no route");
    let unknown = || token().header("kid", "\"unknown\"");
    let misfits = [
        unknown().claim("iss", "\"https://identity.example\""),
        unknown().claim("iss", "null"),
        unknown().claim("aud", "\"another-client\""),
        unknown().claim("iat", ISSUED_AT - 301),
        unknown().claim("exp", ISSUED_AT - 61),
        unknown().claim("nonce", "1"),
        unknown().claim("events", "{}"),
    ];
    for cache in [empty(), failed, running, lacks_the_key] {
        // One that is not valid yet may be later.
        for fits in [unknown(), unknown().claim("iat", ISSUED_AT + 61)] {
            let fits = parse_token(&cache, after(30), &fits.signed());
            assert_rejected(fits, ErrorKind::KeysUnavailable);
        }
        for token in &misfits {
            let error = parse_token(&cache, after(30), &token.signed()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::UnknownKey, "{error}");
            assert!(error.to_string().contains("whatever its key: "), "{error}");
            assert!(!error.is_signed() && !error.may_be_discarded());
        }
    }
}

#[test]
fn keys_verify_only_tokens_of_their_issuers() {
    let cache = KeyCache::new(["https://identity.example", "https://identity.example/oidc"]);
    cache
        .claim_fetch(after(0))
        .unwrap()
        .succeed(&jwks())
        .unwrap();
    assert_rejected(parse(&cache, after(0)), ErrorKind::Issuer);
    let receiver = Receiver::signed(cache.keys_at(after(0)), CLIENT_ID).issuers([
        "https://identity.example",
        "https://identity.example/oidc",
        ISSUER,
    ]);
    let parse = |iss: &str| {
        let token = token().claim("iss", format!("\"{iss}\"")).signed();
        receiver.parse_at(token.as_bytes(), at(ISSUED_AT))
    };
    assert!(parse("https://identity.example").is_ok());
    assert!(parse("https://identity.example/oidc").is_ok());
    assert_rejected(parse(ISSUER), ErrorKind::Issuer);
}

/// A fetch that was claimed at `after(0)`, a jump of the clock in seconds, the seconds until the next fetch, and whether
/// one may be claimed at once. Threads read the clock one after the other, so a minute back is not a clock set back.
#[test]
fn a_jump_of_the_clock_postpones_no_fetch() {
    const HOUR: i64 = 3600;
    type End = fn(KeyFetch) -> Option<KeyFetch>;
    let succeeded: End = |fetch| {
        fetch.succeed(&jwks()).unwrap();
        None
    };
    let failed: End = |fetch| {
        fetch.fail("no route");
        None
    };
    let dropped: End = |fetch| {
        drop(fetch);
        None
    };
    let running: End = Some;
    for (end, jump, until_next, is_allowed) in [
        (succeeded, 0, 450, false),
        (succeeded, 29, 421, false),
        (succeeded, 30, 420, true),
        (succeeded, 449, 1, true),
        (succeeded, 450, 0, true),
        (succeeded, HOUR, 0, true),
        (succeeded, 25 * HOUR, 0, true),
        (succeeded, -60, 450, false),
        (succeeded, -61, 0, true),
        (succeeded, -HOUR, 0, true),
        (succeeded, -24 * HOUR, 0, true),
        (failed, 0, 30, false),
        (failed, 29, 1, false),
        (failed, 30, 0, true),
        (failed, HOUR, 0, true),
        (failed, -60, 30, false),
        (failed, -61, 0, true),
        (failed, -24 * HOUR, 0, true),
        (dropped, 0, 30, false),
        (dropped, 30, 0, true),
        (dropped, -HOUR, 0, true),
        (running, 0, 60, false),
        (running, 59, 1, false),
        (running, 60, 0, true),
        (running, HOUR, 0, true),
        (running, -60, 60, false),
        (running, -61, 0, true),
        (running, -24 * HOUR, 0, true),
    ] {
        let cache = empty();
        let _running = end(cache.claim_fetch(after(0)).unwrap());
        let now = after(jump);
        let expected = Duration::from_secs(until_next);
        assert_eq!(cache.until_next_fetch(now), expected, "{jump}");
        assert_eq!(cache.claim_fetch(now).is_some(), is_allowed, "{jump}");
    }
}

#[test]
fn a_clock_that_is_set_back_makes_the_key_set_due_and_keeps_it() {
    let cache = filled();
    assert!(!cache.is_due_at(after(-60)));
    assert!(cache.is_due_at(after(-61)));
    assert!(parse(&cache, after(-3600)).is_ok());
    assert!(cache.claim_fetch(after(-60)).is_none());
    assert!(cache.claim_fetch(after(-61)).is_some());
}

#[test]
fn the_hard_limit_counts_by_the_new_time_after_the_clock_was_set_back() {
    let day = 24 * 60 * 60;
    let cache = filled();
    cache.claim_fetch(after(-day)).unwrap().fail("no route");
    assert!(cache.is_due_at(after(-day + 1)));
    assert_eq!(cache.until_next_fetch(after(-day)).as_secs(), 30);
    // At the fetch, the key set counted as 10 minutes old.
    assert!(parse(&cache, after(-600)).is_ok());
    assert_rejected(parse(&cache, after(-599)), ErrorKind::KeysUnavailable);
}

#[test]
fn the_status_reports_the_cached_keys_and_the_last_error() {
    let cache = empty();
    cache
        .claim_fetch(after(0))
        .unwrap()
        .fail("no route to the key set");
    let status = cache.status_at(after(1));
    assert_eq!(
        (status.usable, status.ignored, status.age, status.fetches),
        (0, 0, None, 1)
    );
    assert_eq!(
        status.last_error.unwrap().to_string(),
        "no route to the key set"
    );
    let unavailable = parse(&cache, after(1)).unwrap_err();
    assert_eq!(
        unavailable.to_string(),
        "keys unavailable: no route to the key set"
    );

    let with_another = fixture("keys/jwks.json").replacen('[', r#"[{"kty":"EC","kid":"e"},"#, 1);
    cache
        .claim_fetch(after(30))
        .unwrap()
        .succeed(with_another.as_bytes())
        .unwrap();
    let status = cache.status_at(after(45));
    assert_eq!((status.usable, status.ignored, status.fetches), (1, 1, 2));
    assert_eq!(status.age, Some(Duration::from_secs(15)));
    assert_eq!(status.last_error, None);
    assert!(!status.is_fetching);
}

#[test]
fn clones_share_the_cached_keys() {
    let cache = empty();
    cache
        .clone()
        .claim_fetch(after(0))
        .unwrap()
        .succeed(&jwks())
        .unwrap();
    assert!(parse(&cache, after(0)).is_ok());
}

/// The result of `receive`, which must not wait.
fn receive(receiver: &Receiver, token: &str) -> Result<Webhook, Error> {
    let answer = pin!(receiver.receive_at(token.as_bytes(), at(ISSUED_AT)));
    match answer.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("it waits"),
    }
}

#[test]
fn receive_never_waits_for_a_static_key_set() {
    assert!(receive(&signed_receiver(), &token().signed()).is_ok());
    assert_rejected(
        receive(&signed_receiver(), &of_unknown_key()),
        ErrorKind::UnknownKey,
    );
}

#[test]
fn receive_verifies_with_old_cached_keys_if_nothing_fetches_newer_ones() {
    let cache = filled();
    let receiver = Receiver::signed(cache.keys_at(after(601)), CLIENT_ID);
    assert!(cache.is_due_at(after(601)));
    assert!(receive(&receiver, &token().signed()).is_ok());
    assert_rejected(receive(&receiver, &of_unknown_key()), ErrorKind::UnknownKey);
    let unavailable = Receiver::signed(empty().keys_at(after(0)), CLIENT_ID);
    assert_rejected(
        receive(&unavailable, &token().signed()),
        ErrorKind::KeysUnavailable,
    );
}

#[test]
fn debug_of_a_cache_shows_its_issuers_and_no_key() {
    let debug = format!("{:?}", filled());
    assert_eq!(debug, format!("KeyCache {{ issuers: [{ISSUER:?}], .. }}"));
}
