//! Fetch functions of the user's own, whatever they do. Time is paused: a deadline passes at once.

use std::time::Duration;

use moneyhub_webhooks::ErrorKind;
use tokio::time::Instant;

use crate::support::Service;
use crate::support::function::{Behavior, Function};
use crate::support::tokens::{FIRST, forged};

const BAD: [(Behavior, &str); 4] = [
    (Behavior::Error, "no route to the key set"),
    (Behavior::Panic, "the fetch of the key set was abandoned"),
    (
        Behavior::PanicLater,
        "the fetch of the key set was abandoned",
    ),
    (Behavior::Never, "no key set within the timeout"),
];

#[tokio::test(start_paused = true)]
async fn a_fetch_function_provides_the_keys() {
    let function = Function::new(Behavior::Keys);
    let service = Service::new(function.keys());
    assert_eq!(function.calls(), 0);
    assert_eq!(service.receive(&FIRST.token("first")).await, Ok(()));
    assert_eq!(
        service.receive(&forged("unknown")).await,
        Err(ErrorKind::KeysUnavailable)
    );
    assert_eq!(function.calls(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_function_that_fails_is_called_again_after_the_cooldown() {
    for (behavior, reason) in BAD {
        let function = Function::new(behavior);
        let service = Service::new(function.keys());
        let token = FIRST.token("first");
        assert_eq!(
            service.receive(&token).await,
            Err(ErrorKind::KeysUnavailable),
            "{behavior:?}"
        );
        service.fetch_ended().await;
        assert_eq!(service.last_error(), reason);
        function.set(Behavior::Keys);
        service.clock.set(29);
        assert_eq!(
            service.receive_at_once(&token),
            Err(ErrorKind::KeysUnavailable),
            "{behavior:?}"
        );
        service.clock.set(30);
        assert_eq!(service.receive(&token).await, Ok(()), "{behavior:?}");
        assert_eq!(service.last_error(), "");
        assert_eq!(function.calls(), 2, "{behavior:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_function_that_fails_keeps_the_cached_keys() {
    for (behavior, reason) in BAD {
        let function = Function::new(Behavior::Keys);
        let service = Service::new(function.keys());
        service.keys.warm_up().await.unwrap();
        function.set(behavior);
        service.clock.set(601);
        assert_eq!(
            service.receive(&FIRST.token("first")).await,
            Ok(()),
            "{behavior:?}"
        );
        service.fetch_ended().await;
        assert_eq!(service.last_error(), reason);
        assert_eq!(function.calls(), 2, "{behavior:?}");
    }
}

/// A fetch that panics must not leave the others waiting for their deadline.
#[tokio::test(start_paused = true)]
async fn callers_of_a_fetch_function_that_panics_are_answered_at_once() {
    for behavior in [Behavior::Panic, Behavior::PanicLater, Behavior::Error] {
        let service = Service::new(Function::new(behavior).keys());
        let begin = Instant::now();
        let callers = [(); 10].map(|()| service.spawn_receive(&FIRST.token("first")));
        for caller in callers {
            assert_eq!(
                caller.await.unwrap(),
                Err(ErrorKind::KeysUnavailable),
                "{behavior:?}"
            );
        }
        assert_eq!(begin.elapsed(), Duration::ZERO, "{behavior:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_fetch_function_that_hangs_is_awaited_up_to_the_timeout() {
    let deadline = Duration::from_millis(4321);
    let keys = || Function::new(Behavior::Never).keys();
    for (keys, deadline) in [
        (keys(), Duration::from_secs(2)),
        (keys().timeout(deadline), deadline),
    ] {
        let service = Service::new(keys);
        let begin = Instant::now();
        assert_eq!(
            service.receive(&FIRST.token("first")).await,
            Err(ErrorKind::KeysUnavailable)
        );
        // A timer of tokio rounds up to a millisecond.
        let waited = begin.elapsed();
        assert!(
            waited >= deadline && waited <= deadline + Duration::from_millis(2),
            "{waited:?}"
        );
        service.fetch_ended().await;
        assert_eq!(service.last_error(), "no key set within the timeout");
    }
}
