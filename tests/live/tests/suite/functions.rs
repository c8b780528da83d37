//! Fetch functions of the user's own, whatever they do. Time is paused: a deadline passes at once.

use std::time::Duration;

use moneyhub_webhooks::ErrorKind;
use tokio::time::Instant;

use crate::support::Service;
use crate::support::function::{Behaviour, Function};
use crate::support::tokens::{FIRST, forged};

const BAD: [(Behaviour, &str); 4] = [
    (Behaviour::Error, "no route to the key set"),
    (Behaviour::Panic, "the fetch of the key set was abandoned"),
    (
        Behaviour::PanicLater,
        "the fetch of the key set was abandoned",
    ),
    (Behaviour::Never, "no key set within the deadline"),
];

#[tokio::test(start_paused = true)]
async fn a_function_gives_the_keys() {
    let function = Function::new(Behaviour::Keys);
    let service = Service::new(function.keys());
    assert_eq!(function.calls(), 0);
    assert_eq!(service.judge(&FIRST.token("first")).await, Ok(()));
    assert_eq!(
        service.judge(&forged("stranger")).await,
        Err(ErrorKind::KeysUnavailable)
    );
    assert_eq!(function.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_is_keys_unavailable_and_is_asked_again_after_the_cooldown() {
    for (behaviour, reason) in BAD {
        let function = Function::new(behaviour);
        let service = Service::new(function.keys());
        let token = FIRST.token("first");
        assert_eq!(
            service.judge(&token).await,
            Err(ErrorKind::KeysUnavailable),
            "{behaviour:?}"
        );
        service.settled().await;
        assert_eq!(service.last_error(), reason);
        function.set(Behaviour::Keys);
        service.clock.set(29);
        assert_eq!(
            service.judge_at_once(&token),
            Err(ErrorKind::KeysUnavailable),
            "{behaviour:?}"
        );
        service.clock.set(30);
        assert_eq!(service.judge(&token).await, Ok(()), "{behaviour:?}");
        assert_eq!(service.last_error(), "");
        assert_eq!(function.calls(), 2, "{behaviour:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_fails_leaves_the_keys_that_are_held() {
    for (behaviour, reason) in BAD {
        let function = Function::new(Behaviour::Keys);
        let service = Service::new(function.keys());
        service.keys.warm_up().await.unwrap();
        function.set(behaviour);
        service.clock.set(601);
        assert_eq!(
            service.judge(&FIRST.token("first")).await,
            Ok(()),
            "{behaviour:?}"
        );
        service.settled().await;
        assert_eq!(service.last_error(), reason);
        assert_eq!(function.calls(), 2, "{behaviour:?}");
    }
}

/// A fetch that panics must not leave the others waiting for their deadline.
#[tokio::test(start_paused = true)]
async fn whoever_waits_for_a_function_that_panics_is_answered_at_once() {
    for behaviour in [Behaviour::Panic, Behaviour::PanicLater, Behaviour::Error] {
        let service = Service::new(Function::new(behaviour).keys());
        let begin = Instant::now();
        let callers = [(); 10].map(|()| service.spawn_judge(&FIRST.token("first")));
        for caller in callers {
            assert_eq!(
                caller.await.unwrap(),
                Err(ErrorKind::KeysUnavailable),
                "{behaviour:?}"
            );
        }
        assert_eq!(begin.elapsed(), Duration::ZERO, "{behaviour:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_function_that_never_ends_is_waited_for_two_seconds_or_the_deadline_that_is_set() {
    let deadline = Duration::from_millis(4321);
    let keys = || Function::new(Behaviour::Never).keys();
    for (keys, deadline) in [
        (keys(), Duration::from_secs(2)),
        (keys().deadline(deadline), deadline),
    ] {
        let service = Service::new(keys);
        let begin = Instant::now();
        assert_eq!(
            service.judge(&FIRST.token("first")).await,
            Err(ErrorKind::KeysUnavailable)
        );
        // A timer of tokio rounds up to a millisecond.
        let waited = begin.elapsed();
        assert!(
            waited >= deadline && waited <= deadline + Duration::from_millis(2),
            "{waited:?}"
        );
        service.settled().await;
        assert_eq!(service.last_error(), "no key set within the deadline");
    }
}
