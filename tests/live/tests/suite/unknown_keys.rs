//! Tokens with made-up key ids: they cost one fetch in each cooldown, and known keys verify meanwhile.

use std::time::Instant;

use moneyhub_webhooks::ErrorKind;

use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, SECOND, forged, jwks};
use crate::support::{PATIENCE, Service, keys_of, pass};

/// Row 46.
#[tokio::test]
async fn ten_thousand_made_up_key_ids_cost_one_fetch_per_cooldown() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    let good = FIRST.token("first");
    let mut deferred = 0;
    for second in 0..100 {
        service.clock.set(second);
        for n in 0..100 {
            match service
                .receive(&forged(&format!("unknown-{second}-{n}")))
                .await
            {
                Err(ErrorKind::UnknownKey) => {}
                Err(ErrorKind::KeysUnavailable) => deferred += 1,
                result => panic!("{result:?}"),
            }
        }
        assert_eq!(service.receive_at_once(&good), Ok(()));
        assert_eq!(server.fetches(), 1 + u64::try_from(second).unwrap() / 30);
    }
    assert_eq!(server.fetches(), 4);
    assert_eq!(deferred, 4 * 10, "ten after each fetch");
    assert_eq!(service.keys.status().usable, 1);
}

/// Row 46.
#[tokio::test]
async fn max_deferred_limits_the_deferred_tokens_with_unknown_keys() {
    for most in [0, 1, 3] {
        let server = Server::http();
        server.publish(&[("first", &FIRST)]);
        let service = Service::new(keys_of(&server).max_deferred(most));
        service.keys.warm_up().await.unwrap();
        for second in [1, 31] {
            service.clock.set(second);
            if second == 31 {
                // The fetch that it causes says that there is no such key.
                assert_eq!(
                    service.receive(&forged("unknown")).await,
                    Err(ErrorKind::UnknownKey)
                );
            }
            for _ in 0..most {
                assert_eq!(
                    service.receive_at_once(&forged("unknown")),
                    Err(ErrorKind::KeysUnavailable)
                );
            }
            for _ in 0..3 {
                assert_eq!(
                    service.receive_at_once(&forged("unknown")),
                    Err(ErrorKind::UnknownKey)
                );
            }
            // Tokens of cached keys and bodies that are no token are not affected.
            assert_eq!(service.receive_at_once(&FIRST.token("first")), Ok(()));
            assert_eq!(service.receive_at_once("no token"), Err(ErrorKind::Body));
        }
    }
}

/// Row 46.
#[tokio::test]
async fn known_keys_verify_at_once_while_a_fetch_for_an_unknown_key_hangs() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.hold();
    service.clock.set(30);
    let unknown = service.spawn_receive(&forged("unknown"));
    server.fetched(2).await;

    let good = FIRST.token("first");
    let begin = Instant::now();
    for _ in 0..100 {
        assert_eq!(service.receive_at_once(&good), Ok(()));
    }
    println!(
        "100 tokens of a known key beside a hanging fetch: {:?}",
        begin.elapsed()
    );
    assert!(!unknown.is_finished());
    assert!(service.keys.status().is_fetching);

    server.release();
    assert_eq!(unknown.await.unwrap(), Err(ErrorKind::UnknownKey));
    assert_eq!(server.fetches(), 2);
}

/// Row 46. Past the maximum age the webhook that waits for the fetch still has the old keys afterwards.
#[tokio::test]
async fn a_token_with_an_old_key_waits_for_a_hanging_fetch_only_until_its_deadline() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.hold();
    service.clock.set(601);
    let begin = tokio::time::Instant::now();
    let caller = service.spawn_receive(&FIRST.token("first"));
    server.fetched(2).await;
    assert!(!caller.is_finished());
    pass(PATIENCE).await;
    assert_eq!(caller.await.unwrap(), Ok(()));
    let waited = begin.elapsed();
    assert!(waited >= PATIENCE && waited < PATIENCE * 2, "{waited:?}");
    service.fetch_ended().await;
    assert_eq!(service.receive_at_once(&FIRST.token("first")), Ok(()));
    assert_eq!(server.fetches(), 2);
}

/// Row 47.
#[tokio::test]
async fn a_useless_key_set_is_not_fetched_again_within_the_cooldown() {
    for (answer, reason) in useless() {
        let server = Server::http();
        server.answer(KEYS, answer);
        let service = Service::of(&server);
        let token = FIRST.token("first");
        for second in [0, 0, 1, 29] {
            service.clock.set(second);
            assert_eq!(
                service.receive(&token).await,
                Err(ErrorKind::KeysUnavailable),
                "{reason}"
            );
            assert_eq!(service.last_error(), reason);
            assert_eq!(server.fetches(), 1, "{reason}");
        }
        service.clock.set(30);
        assert_eq!(
            service.receive(&token).await,
            Err(ErrorKind::KeysUnavailable),
            "{reason}"
        );
        assert_eq!(
            service.receive(&token).await,
            Err(ErrorKind::KeysUnavailable),
            "{reason}"
        );
        assert_eq!(server.fetches(), 2, "{reason}");
    }
}

/// Row 47.
#[tokio::test]
async fn a_useless_key_set_keeps_the_cached_keys_and_the_cooldown() {
    for (answer, reason) in useless() {
        let server = Server::http();
        server.publish(&[("first", &FIRST)]);
        let service = Service::new(keys_of(&server).max_deferred(0));
        service.keys.warm_up().await.unwrap();
        server.answer(KEYS, answer);
        for (second, fetches) in [(29, 1), (30, 2), (30, 2), (59, 2), (60, 3), (60, 3)] {
            service.clock.set(second);
            let unknown = service.receive(&forged("unknown")).await;
            // The last fetch says whether there is such a key, if it says anything.
            let kind = if fetches == 1 {
                ErrorKind::UnknownKey
            } else {
                ErrorKind::KeysUnavailable
            };
            assert_eq!(unknown, Err(kind), "{reason}, after {second} s");
            assert_eq!(
                service.receive_at_once(&FIRST.token("first")),
                Ok(()),
                "{reason}"
            );
            assert_eq!(server.fetches(), fetches, "{reason}, after {second} s");
        }
        assert_eq!(service.last_error(), reason);
        assert_eq!(service.keys.status().usable, 1);

        server.publish(&[("second", &SECOND)]);
        service.clock.set(90);
        assert_eq!(
            service.receive(&SECOND.token("second")).await,
            Ok(()),
            "{reason}"
        );
        assert_eq!(
            service.receive(&FIRST.token("first")).await,
            Err(ErrorKind::UnknownKey),
            "{reason}"
        );
        assert_eq!(server.fetches(), 4);
    }
}

/// Answers without a usable key, and what is said of them.
fn useless() -> Vec<(Answer, &'static str)> {
    let set = |json: &str| Answer::ok(json);
    let encryption = String::from_utf8(jwks(&[("first", &FIRST)]))
        .unwrap()
        .replace("{\"e\"", "{\"use\":\"enc\",\"e\"");
    vec![
        (set(r#"{"keys":[]}"#), "the key set has no usable key"),
        (
            set(r#"{"keys":[{"kty":"EC","kid":"first"},{"kty":"oct","kid":"first"}]}"#),
            "the key set has no usable key; the first is ignored: `kty` is not RSA",
        ),
        (
            set(&encryption),
            "the key set has no usable key; the first is ignored: `use` is not sig",
        ),
        (Answer::new(503, ""), "the answer has the status 503"),
    ]
}
