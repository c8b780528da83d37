//! `keep_fresh` and `warm_up`: keys that are there before a webhook needs them. Time is paused, and the clock
//! of the keys follows it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use moneyhub_webhooks::keys::RemoteKeysBuilder;
use moneyhub_webhooks::{ErrorKind, Receiver};
use tokio::time::{Instant, sleep_until};

use crate::support::function::{Behavior, Function};
use crate::support::server::{Answer, KEYS, Server};
use crate::support::tokens::{CLIENT_ID, FIRST, forged};
use crate::support::{Clock, Service, at};

/// A service by tokio's time, which begins now. Its clock can be set apart from that time.
struct Timed {
    service: Service,
    start: Instant,
    offset: Arc<AtomicI64>,
}

impl Timed {
    fn new(keys: RemoteKeysBuilder) -> Self {
        let start = Instant::now();
        let offset = Arc::<AtomicI64>::default();
        let keys = keys
            .clock({
                let offset = Arc::clone(&offset);
                move || at(1_800_000_000 + offset.load(Ordering::SeqCst)) + start.elapsed()
            })
            .build()
            .unwrap();
        let receiver = Receiver::signed(&keys, CLIENT_ID);
        Self {
            service: Service {
                receiver,
                keys,
                clock: Clock::default(),
            },
            start,
            offset,
        }
    }

    /// Sets the clock by this many seconds. Timers do not notice.
    fn set_clock(&self, seconds: i64) {
        self.offset.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Lets the time pass up to so many seconds after the start, and what is due by then happen.
    async fn reach(&self, seconds: u64) {
        // A timer of tokio rounds up to a millisecond.
        sleep_until(self.start + Duration::from_secs(seconds) + Duration::from_millis(100)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn keep_fresh_fetches_at_three_quarters_of_the_maximum_age_and_no_webhook_waits() {
    let function = Function::new(Behavior::Keys);
    let timed = Timed::new(function.keys());
    timed.service.keys.keep_fresh().unwrap();
    let token = FIRST.token("first");
    for second in 0..3600 {
        timed.reach(second).await;
        assert_eq!(timed.service.receive_at_once(&token), Ok(()));
        assert_eq!(function.calls(), 1 + second / 450, "after {second} s");
    }
}

#[tokio::test(start_paused = true)]
async fn keep_fresh_repeats_a_failed_fetch_after_the_cooldown() {
    for behavior in [
        Behavior::Error,
        Behavior::Never,
        Behavior::Panic,
        Behavior::PanicLater,
    ] {
        let function = Function::new(Behavior::Keys);
        let timed = Timed::new(function.keys());
        timed.service.keys.keep_fresh().unwrap();
        timed.reach(0).await;
        function.set(behavior);
        for (second, calls) in [
            (449, 1),
            (450, 2),
            (479, 2),
            (480, 3),
            (509, 3),
            (510, 4),
            (539, 4),
        ] {
            timed.reach(second).await;
            assert_eq!(function.calls(), calls, "{behavior:?}, after {second} s");
            assert_eq!(
                timed.service.receive_at_once(&FIRST.token("first")),
                Ok(()),
                "{behavior:?}"
            );
        }
        function.set(Behavior::Keys);
        for (second, calls) in [(540, 5), (989, 5), (991, 6)] {
            timed.reach(second).await;
            assert_eq!(function.calls(), calls, "{behavior:?}, after {second} s");
            assert_eq!(timed.service.last_error(), "", "{behavior:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn keep_fresh_repeats_a_failed_first_fetch_after_the_cooldown() {
    let function = Function::new(Behavior::Error);
    let timed = Timed::new(function.keys());
    timed.service.keys.keep_fresh().unwrap();
    timed.reach(0).await;
    let token = FIRST.token("first");
    assert_eq!(
        timed.service.receive_at_once(&token),
        Err(ErrorKind::KeysUnavailable)
    );
    function.set(Behavior::Keys);
    timed.reach(29).await;
    assert_eq!(
        timed.service.receive_at_once(&token),
        Err(ErrorKind::KeysUnavailable)
    );
    timed.reach(30).await;
    assert_eq!(timed.service.receive_at_once(&token), Ok(()));
    assert_eq!(function.calls(), 2);
}

/// Keys fetched for a unknown need no fetch three quarters after the set before them.
#[tokio::test(start_paused = true)]
async fn a_fetch_by_a_webhook_postpones_the_next_fetch_of_keep_fresh() {
    let function = Function::new(Behavior::Keys);
    let timed = Timed::new(function.keys());
    timed.service.keys.keep_fresh().unwrap();
    timed.reach(400).await;
    assert_eq!(
        timed.service.receive(&forged("unknown")).await,
        Err(ErrorKind::UnknownKey)
    );
    for (second, calls) in [(400, 2), (449, 2), (451, 2), (849, 2), (851, 3)] {
        timed.reach(second).await;
        assert_eq!(function.calls(), calls, "after {second} s");
    }
}

/// A suspended machine, whose clock goes on and whose timers don't, and clocks that are set.
///
/// <https://github.com/BloopAI/bloop/pull/1027>, <https://github.com/ltratt/pizauth/pull/48>,
/// <https://github.com/caozhiyuan/copilot-api/pull/170>
#[tokio::test(start_paused = true)]
async fn keep_fresh_fetches_within_30_seconds_of_a_jump_of_the_clock_and_at_its_usual_rate_after() {
    const HOUR: i64 = 3600;
    for jump in [HOUR, 25 * HOUR, -HOUR, -24 * HOUR] {
        let function = Function::new(Behavior::Keys);
        let timed = Timed::new(function.keys());
        timed.service.keys.keep_fresh().unwrap();
        timed.reach(100).await;
        assert_eq!(function.calls(), 1);
        timed.set_clock(jump);
        timed.reach(130).await;
        assert_eq!(function.calls(), 2, "{jump}");
        timed.reach(130 + 7200).await;
        assert_eq!(function.calls(), 2 + 7200 / 450, "{jump}");
    }
}

#[tokio::test(start_paused = true)]
async fn keep_fresh_drops_a_removed_key_after_the_clock_was_set_back() {
    let function = Function::new(Behavior::Keys);
    let timed = Timed::new(function.keys());
    timed.service.keys.keep_fresh().unwrap();
    timed.reach(100).await;
    function.set(Behavior::OtherKeys);
    timed.set_clock(-24 * 3600);
    timed.reach(130).await;
    let removed = timed.service.parse(&FIRST.token("first"));
    assert_eq!(removed, Err(ErrorKind::UnknownKey));
}

#[tokio::test(start_paused = true)]
async fn two_keep_fresh_tasks_share_one_fetch() {
    let function = Function::new(Behavior::Keys);
    let timed = Timed::new(function.keys());
    timed.service.keys.keep_fresh().unwrap();
    timed.service.keys.clone().keep_fresh().unwrap();
    for (second, calls) in [(0, 1), (449, 1), (451, 2)] {
        timed.reach(second).await;
        assert_eq!(function.calls(), calls, "after {second} s");
    }
}

#[tokio::test]
async fn warm_up_fetches_only_keys_that_are_due() {
    let server = Server::http();
    let service = Service::warm(&server).await;
    assert_eq!(server.fetches(), 1);
    assert_eq!(service.receive_at_once(&FIRST.token("first")), Ok(()));
    service.clock.set(600);
    service.keys.warm_up().await.unwrap();
    assert_eq!(server.fetches(), 1);
    service.clock.set(601);
    service.keys.warm_up().await.unwrap();
    assert_eq!(server.fetches(), 2);
}

#[tokio::test]
async fn warm_up_returns_why_the_fetch_failed() {
    let server = Server::http();
    server.answer(KEYS, Answer::new(503, ""));
    let service = Service::of(&server);
    for _ in 0..2 {
        let error = service.keys.warm_up().await.unwrap_err();
        assert_eq!(error.to_string(), "the answer has the status 503");
        assert_eq!(server.fetches(), 1);
    }
    server.publish(&[("first", &FIRST)]);
    service.clock.set(30);
    service.keys.warm_up().await.unwrap();
    server.answer(KEYS, Answer::new(503, ""));
    // Cached keys are enough.
    service.clock.set(700);
    service.keys.warm_up().await.unwrap();
    assert_eq!(server.fetches(), 3);
}

#[tokio::test(start_paused = true)]
async fn warm_up_returns_at_the_timeout() {
    let service = Service::new(Function::new(Behavior::Never).keys());
    let begin = Instant::now();
    let error = service.keys.warm_up().await.unwrap_err();
    assert!(error.to_string().ends_with("within the timeout"), "{error}");
    assert_eq!(begin.elapsed().as_secs(), 2);
}
