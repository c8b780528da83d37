//! Tokens with made-up key ids: they cost one fetch in each cooldown, and known keys verify meanwhile.

use std::time::Instant;

use moneyhub_webhooks::ErrorKind;
use tokio::task::JoinHandle;

use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{FIRST, ISSUED_AT, SECOND, forged, jwks, misfits};
use crate::support::{PATIENCE, Service, at, keys_of, pass};

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
                // The one that causes the fetch is among them.
                let first = service.receive(&forged("unknown-0")).await;
                let is_deferred = first == Err(ErrorKind::KeysUnavailable);
                assert_eq!(is_deferred, most > 0, "{first:?}");
                assert_eq!(server.fetches(), 2);
            }
            // A token that is parsed again counts once.
            for n in (0..most).chain(0..most) {
                assert_eq!(
                    service.receive_at_once(&forged(&format!("unknown-{n}"))),
                    Err(ErrorKind::KeysUnavailable)
                );
            }
            for n in most..most + 3 {
                let token = forged(&format!("unknown-{n}"));
                let received = service
                    .receiver
                    .receive_at(token.as_bytes(), service.clock.now());
                let error = received.await.unwrap_err();
                assert_eq!(
                    error.to_string(),
                    "unknown key: as many tokens as allowed are deferred already: keys unavailable: the key set has no \
                     usable key with the token's `kid`, and may be older than that"
                );
                assert_eq!(
                    (error.kind(), error.is_transient()),
                    (ErrorKind::UnknownKey, true)
                );
            }
            // Tokens of cached keys and bodies that are no token are not affected.
            assert_eq!(service.receive_at_once(&FIRST.token("first")), Ok(()));
            assert_eq!(service.receive_at_once("no token"), Err(ErrorKind::Body));
        }
    }
}

/// Row 51c. Whatever the state of the keys, tokens that no key can make acceptable are neither deferred nor cause a fetch,
/// so the deferrals are left for a token with a new key.
#[tokio::test]
async fn tokens_whose_unverified_claims_do_not_fit_the_receiver_use_up_no_deferral() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("first", &FIRST), ("second", &SECOND)]);
    for second in [1, 29] {
        service.clock.set(second);
        for n in 0..5 {
            for token in misfits(&format!("unknown-{n}")) {
                assert_eq!(service.receive_at_once(&token), Err(ErrorKind::UnknownKey));
                assert_eq!(service.parse(&token), Err(ErrorKind::UnknownKey));
            }
        }
    }
    let new = SECOND.token("second");
    assert_eq!(
        service.receive_at_once(&new),
        Err(ErrorKind::KeysUnavailable)
    );
    assert_eq!(server.fetches(), 1);
    // The cooldown has passed, and is not used up either.
    service.clock.set(30);
    for token in misfits("unknown") {
        assert_eq!(service.receive_at_once(&token), Err(ErrorKind::UnknownKey));
    }
    assert_eq!(server.fetches(), 1);
    assert_eq!(service.receive(&new).await, Ok(()));
    assert_eq!(server.fetches(), 2);
}

/// A clock may be wrong: the token is kept, and may be valid later.
#[tokio::test]
async fn a_token_that_is_not_yet_valid_is_deferred_until_its_key_is_there() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    let token = SECOND.token("second");
    let receive = async |time| {
        let received = service
            .receiver
            .receive_at(token.as_bytes(), at(time))
            .await;
        received.map(drop).map_err(|error| error.kind())
    };
    let early = ISSUED_AT - 61;
    assert_eq!(receive(early).await, Err(ErrorKind::KeysUnavailable));
    server.publish(&[("second", &SECOND)]);
    service.clock.set(30);
    assert_eq!(receive(early).await, Err(ErrorKind::NotYetValid));
    assert_eq!(receive(ISSUED_AT).await, Ok(()));
}

/// So a receiver that is set up for another issuer or client learns that the token was signed.
#[tokio::test]
async fn a_fetch_that_is_due_does_not_depend_on_the_token() {
    let server = Server::http();
    server.publish(&[("first", &FIRST)]);
    let service = Service::of(&server);
    let token = FIRST.token_of("https://identity.example", "first");
    for (second, fetches) in [(0, 1), (600, 1), (601, 2)] {
        service.clock.set(second);
        let parsed = service
            .receiver
            .receive_at(token.as_bytes(), at(ISSUED_AT))
            .await;
        let error = parsed.unwrap_err();
        assert_eq!((error.kind(), error.is_signed()), (ErrorKind::Issuer, true));
        assert_eq!(server.fetches(), fetches, "after {second} s");
    }
}

#[tokio::test]
async fn the_error_of_a_token_that_is_not_fetched_for_says_what_does_not_fit() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    let token = &misfits("unknown")[2];
    let error = service
        .receiver
        .receive_at(token.as_bytes(), at(ISSUED_AT))
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown key: no key with the token's `kid` is cached, and the token is rejected whatever its key: wrong \
         audience: `aud` does not name this receiver's client id"
    );
    assert!(!error.is_signed() && !error.may_be_discarded());
}

/// Row 51c. The key server fails or hangs, with keys in the cache and without.
#[tokio::test]
async fn an_outage_defers_a_documented_number_of_tokens_with_unknown_keys() {
    for (is_warm, hangs) in [(true, false), (true, true), (false, false), (false, true)] {
        let server = Server::http();
        let service = if is_warm {
            Service::warm(&server).await
        } else {
            Service::of(&server)
        };
        server.answer(KEYS, Answer::new(500, ""));
        service.clock.set(30);
        let mut hanging = None;
        if hangs {
            server.hold();
            let fetches = server.fetches() + 1;
            hanging = Some(service.spawn_receive(&forged("hanging")));
            server.fetched(fetches).await;
        } else {
            let first = service.receive(&forged("first-of-all")).await;
            assert_eq!(first, Err(ErrorKind::KeysUnavailable));
        }

        // While a fetch hangs, `receive` would wait for it.
        let parse = |token: &str| match hangs {
            true => service.parse(token),
            false => service.receive_at_once(token),
        };
        let mut deferred = 0;
        for n in 0..10_000 {
            match parse(&forged(&format!("unknown-{n}"))) {
                Err(ErrorKind::KeysUnavailable) => deferred += 1,
                result => assert_eq!(result, Err(ErrorKind::UnknownKey)),
            }
        }
        assert_eq!(deferred, if hangs { 1000 } else { 999 });
        for token in misfits("unknown") {
            assert_eq!(parse(&token), Err(ErrorKind::UnknownKey));
        }
        // A stored token is parsed again and again, and is not rejected for it.
        for _ in 0..3 {
            let again = parse(&forged("unknown-0"));
            assert_eq!(again, Err(ErrorKind::KeysUnavailable));
        }
        if is_warm {
            assert_eq!(parse(&FIRST.token("first")), Ok(()));
        }

        // After the next successful fetch the count starts again.
        server.publish(&[("first", &FIRST)]);
        server.release();
        if let Some(hanging) = hanging {
            assert_eq!(hanging.await.unwrap(), Err(ErrorKind::KeysUnavailable));
        }
        let received_at = service.clock.now();
        service.clock.set(330);
        let unknown = service.receive_at(&forged("unknown-0"), received_at).await;
        assert_eq!(unknown, Err(ErrorKind::UnknownKey));
        server.answer(KEYS, Answer::new(500, ""));
        service.clock.set(360);
        let next_outage = service.receive(&forged("unknown-9999")).await;
        assert_eq!(next_outage, Err(ErrorKind::KeysUnavailable));
    }
}

#[tokio::test]
async fn max_deferred_in_outage_limits_the_deferred_tokens_of_an_outage() {
    let server = Server::http();
    server.answer(KEYS, Answer::new(500, ""));
    let service = Service::new(keys_of(&server).max_deferred_in_outage(2));
    for (n, result) in [
        (0, Err(ErrorKind::KeysUnavailable)),
        (1, Err(ErrorKind::KeysUnavailable)),
        (2, Err(ErrorKind::UnknownKey)),
        (1, Err(ErrorKind::KeysUnavailable)),
    ] {
        let token = forged(&format!("unknown-{n}"));
        assert_eq!(service.receive(&token).await, result, "{n}");
    }
    let error = service
        .receiver
        .parse_at(forged("unknown-3").as_bytes(), at(ISSUED_AT))
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "unknown key: as many tokens as allowed are deferred already: keys unavailable: the answer has the status 500"
    );
    assert!(error.is_transient() && !error.may_be_discarded());
    server.publish(&[("second", &SECOND)]);
    service.clock.set(300);
    let error = service
        .receiver
        .receive_at(forged("unknown-3").as_bytes(), at(ISSUED_AT))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownKey);
    assert!(!error.is_transient());
}

/// Production and staging send to one address, whose handler tries two receivers in turn.
#[tokio::test]
async fn tokens_of_another_provider_use_up_no_deferral() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.publish(&[("second", &SECOND)]);
    for n in 0..50 {
        let staging = FIRST.token_of("https://identity.staging.example", &format!("staging-{n}"));
        assert_eq!(
            service.receive_at_once(&staging),
            Err(ErrorKind::UnknownKey)
        );
    }
    let new = SECOND.token("second");
    assert_eq!(
        service.receive_at_once(&new),
        Err(ErrorKind::KeysUnavailable)
    );
    service.clock.set(30);
    assert_eq!(service.receive(&new).await, Ok(()));
}

/// A token with an unknown key, whose fetch hangs.
async fn hanging() -> (Server, Service, JoinHandle<Result<(), ErrorKind>>) {
    let server = Server::http();
    let service = Service::warm(&server).await;
    server.hold();
    service.clock.set(30);
    let unknown = service.spawn_receive(&forged("unknown"));
    server.fetched(2).await;
    (server, service, unknown)
}

/// Row 46.
#[tokio::test]
async fn known_keys_verify_at_once_while_a_fetch_for_an_unknown_key_hangs() {
    let (server, service, unknown) = hanging().await;

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
    assert_eq!(unknown.await.unwrap(), Err(ErrorKind::KeysUnavailable));
    assert_eq!(server.fetches(), 2);
}

/// Caches before it may hold one for minutes.
#[tokio::test]
async fn a_key_server_that_answers_with_an_older_copy_loses_no_token() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    let new = SECOND.token("second");
    service.clock.set(30);
    let received_at = service.clock.now();
    assert_eq!(service.receive(&new).await, Err(ErrorKind::KeysUnavailable));
    assert_eq!(server.fetches(), 2);
    server.publish(&[("second", &SECOND)]);
    service.clock.set(60);
    assert_eq!(service.receive_at(&new, received_at).await, Ok(()));
    assert_eq!(server.fetches(), 3);
}

/// They were stored, and must not be rejected because others come.
#[tokio::test]
async fn tokens_that_are_verified_again_use_up_no_deferral() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    let stored: Vec<String> = (0..10).map(|n| forged(&format!("stored-{n}"))).collect();
    service.clock.set(1);
    let received_at = service.clock.now();
    for token in &stored {
        let deferred = service.receive_at_once(token);
        assert_eq!(deferred, Err(ErrorKind::KeysUnavailable));
    }
    // A forged token causes the next fetch, and others use the deferrals up.
    for (second, allowed) in [(30, 30), (59, 30), (60, 60)] {
        service.clock.set(second);
        for n in 0..20 {
            let token = forged(&format!("new-{allowed}-{n}"));
            let is_deferred = service.receive(&token).await == Err(ErrorKind::KeysUnavailable);
            assert_eq!(is_deferred, n < 10, "{n}");
        }
        for token in stored.iter().filter(|_| second > 30) {
            let again = service.receive_at(token, received_at).await;
            assert_eq!(again, Err(ErrorKind::KeysUnavailable));
        }
    }
    // In an outage, too.
    server.answer(KEYS, Answer::new(500, ""));
    service.clock.set(90);
    for n in 0..1001 {
        let token = forged(&format!("outage-{n}"));
        let is_deferred = service.receive(&token).await == Err(ErrorKind::KeysUnavailable);
        assert_eq!(is_deferred, n < 1000, "{n}");
    }
    for token in &stored {
        let again = service.receive_at(token, received_at).await;
        assert_eq!(again, Err(ErrorKind::KeysUnavailable));
    }
}

#[tokio::test]
async fn a_key_is_unknown_once_a_key_set_fetched_five_minutes_after_the_token_came_lacks_it() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    let [first, second] = [1, 2].map(|second| {
        service.clock.set(second);
        let deferred = [0, 1, 2].map(|n| {
            let token = forged(&format!("unknown-{second}-{n}"));
            let received = service.receive_at_once(&token);
            assert_eq!(received, Err(ErrorKind::KeysUnavailable));
            token
        });
        (deferred, service.clock.now())
    });
    // One fetch is enough for all of them.
    service.clock.set(301);
    for (n, token) in first.0.iter().enumerate() {
        let received = service.receiver.receive_at(token.as_bytes(), first.1).await;
        let error = received.unwrap_err();
        assert_eq!(
            (error.kind(), error.is_transient(), error.may_be_discarded()),
            (ErrorKind::UnknownKey, false, true),
            "{n}"
        );
    }
    for token in &second.0 {
        assert_eq!(
            service.receive_at(token, second.1).await,
            Err(ErrorKind::KeysUnavailable)
        );
    }
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn a_token_that_joins_an_earlier_fetch_is_deferred_if_that_lacks_its_key() {
    let (server, service, unknown) = hanging().await;
    // The server has composed its answer by now: what is published from here on is not in it.
    let new = SECOND.token("second");
    let joins = service.spawn_receive(&new);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    server.release();
    assert_eq!(unknown.await.unwrap(), Err(ErrorKind::KeysUnavailable));
    assert_eq!(joins.await.unwrap(), Err(ErrorKind::KeysUnavailable));
    server.publish(&[("second", &SECOND)]);
    service.clock.set(60);
    assert_eq!(service.receive(&new).await, Ok(()));
}

/// Row 46. Past the maximum age the webhook that waits for the fetch still has the old keys afterwards.
#[tokio::test]
async fn a_token_with_an_old_key_waits_for_a_hanging_fetch_only_until_its_timeout() {
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
