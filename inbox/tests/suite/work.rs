//! Workers: attempts, pauses, dead letters, and a graceful stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks::{EventType, StoredWebhook};
use moneyhub_webhooks_inbox::{Handled, Handler, Received, Store};
use tokio::sync::{Notify, mpsc};

use crate::handlers::{Hangs, Says};
use crate::stage::{Stage, on_both_stores, post, until};

on_both_stores! {
    webhooks_that_moneyhub_has_signed_are_handled_first
    failed_webhooks_are_retried_after_pauses_that_grow
    failed_webhooks_are_dead_after_three_days
    a_handler_chooses_the_pause
    a_handler_that_chooses_no_pause_gets_the_shortest_one
    panics_are_caught_and_count_as_failures
    a_panic_before_there_is_a_future_is_caught_too
    a_panic_when_a_handler_is_dropped_at_its_limit_is_caught_too
    handlers_past_their_limit_are_dropped_and_count_as_failures
    webhooks_of_a_crashed_worker_are_handled_again_after_the_lease
    workers_handle_what_arrives_and_stop_after_what_they_have_begun
    an_idle_worker_is_woken_by_a_receipt
    dropped_workers_stop
    the_longest_time_limits_are_accepted
}

async fn webhooks_that_moneyhub_has_signed_are_handled_first<S: Store>(stage: Stage<S>) {
    let receiver = stage.moneyhub.receiver().and_unsigned_json();
    let inbox = stage.open(stage.builder(receiver)).await;
    let event = samples::of(EventType::DeletedAccount);
    for n in 0..20 {
        let body = if n % 10 < 8 {
            stage.moneyhub.json(&event)
        } else {
            stage.moneyhub.sign(&event)
        };
        assert_eq!(post(&inbox, body).await, Received::Stored);
        stage.clock.advance(TimeDelta::seconds(1));
    }
    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 20);
    let are_signed: Vec<bool> = handler
        .seen()
        .iter()
        .map(|webhook| webhook.authenticity().is_signed())
        .collect();
    assert_eq!(are_signed[..4], [true; 4]);
    assert_eq!(are_signed[4..], [false; 16]);
}

async fn failed_webhooks_are_retried_after_pauses_that_grow<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let failing = Says::new(|| Handled::Retry("no answer".into()));
    assert_eq!(inbox.work_once(&failing).await.unwrap(), 1);
    // The first pause is of a second, and the second one of 1 to 2.
    stage.clock.advance(TimeDelta::milliseconds(999));
    assert_eq!(inbox.work_once(&failing).await.unwrap(), 0);
    stage.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(inbox.work_once(&failing).await.unwrap(), 1);
    stage.clock.advance(TimeDelta::milliseconds(999));
    assert_eq!(inbox.work_once(&failing).await.unwrap(), 0);
    stage.clock.advance(TimeDelta::milliseconds(1001));
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
    assert_eq!(inbox.backlog().await.unwrap().waiting, 0);
}

async fn failed_webhooks_are_dead_after_three_days<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let failing = Says::new(|| Handled::Retry("no answer".into()));
    let mut attempts = 0;
    for _ in 0..(3 * 24 + 2) {
        attempts += inbox.work_once(&failing).await.unwrap();
        stage.clock.advance(TimeDelta::hours(1));
    }
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (0, 1));
    let [letter] = &inbox.dead_letters(10).await.unwrap()[..] else {
        panic!("one dead letter")
    };
    assert_eq!(u64::from(letter.attempts), attempts);
    assert!((72..=73).contains(&attempts), "{attempts}");
    assert_eq!(letter.reason, "no answer");
    assert_eq!(letter.webhook.as_ref().unwrap(), &failing.seen()[0]);
}

async fn a_handler_chooses_the_pause<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let busy = Says::new(|| Handled::RetryAfter(Duration::from_secs(600), "busy".into()));
    assert_eq!(inbox.work_once(&busy).await.unwrap(), 1);
    stage.clock.advance(TimeDelta::seconds(599));
    assert_eq!(inbox.work_once(&busy).await.unwrap(), 0);
    stage.clock.advance(TimeDelta::seconds(1));
    assert_eq!(inbox.work_once(&busy).await.unwrap(), 1);
}

/// As for a service that answers with `Retry-After: 0`.
async fn a_handler_that_chooses_no_pause_gets_the_shortest_one<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let is_busy = AtomicBool::new(true);
    let busy = Says::new(move || match is_busy.swap(false, Ordering::SeqCst) {
        true => Handled::RetryAfter(Duration::ZERO, "busy".into()),
        false => Handled::Done,
    });
    assert_eq!(inbox.work_once(&busy).await.unwrap(), 1);
    stage.clock.advance(TimeDelta::milliseconds(999));
    assert_eq!(inbox.work_once(&busy).await.unwrap(), 0);
    stage.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(inbox.work_once(&busy).await.unwrap(), 1);
}

async fn panics_are_caught_and_count_as_failures<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let panics = Says::new(|| panic!("a bug"));
    assert_eq!(inbox.work_once(&panics).await.unwrap(), 1);
    // The reason shows once it is a dead letter.
    stage.clock.advance(TimeDelta::days(4));
    assert_eq!(inbox.work_once(&panics).await.unwrap(), 1);
    let letters = inbox.dead_letters(10).await.unwrap();
    assert_eq!(letters[0].reason, "the handler panicked: a bug");
}

/// It is no `async fn`.
struct PanicsAtOnce;

impl Handler for PanicsAtOnce {
    fn handle(&self, _: &StoredWebhook) -> impl Future<Output = Handled> + Send {
        assert_eq!(1, 2, "a bug");
        async { Handled::Done }
    }
}

async fn a_panic_before_there_is_a_future_is_caught_too<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let workers = inbox.work(1, PanicsAtOnce);
    until(async || {
        stage.clock.advance(TimeDelta::days(1));
        inbox.backlog().await.unwrap().dead == 1
    })
    .await;
    workers.stop().await;
    let letters = inbox.dead_letters(10).await.unwrap();
    assert!(letters[0].reason.starts_with("the handler panicked: "));
}

/// Holds something that can't be dropped in the middle. Counts the attempts.
struct PanicsWhenDropped(AtomicU32);

impl Handler for PanicsWhenDropped {
    async fn handle(&self, _: &StoredWebhook) -> Handled {
        struct Bomb;

        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("a bug");
            }
        }

        let _bomb = Bomb;
        self.0.fetch_add(1, Ordering::SeqCst);
        std::future::pending().await
    }
}

async fn a_panic_when_a_handler_is_dropped_at_its_limit_is_caught_too<S: Store>(stage: Stage<S>) {
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.handler_timeout(Duration::from_millis(20));
    let inbox = stage.open(builder).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let handler = Arc::new(PanicsWhenDropped(AtomicU32::new(0)));
    let workers = inbox.work(1, Arc::clone(&handler));
    // The only worker makes all attempts.
    until(async || {
        stage.clock.advance(TimeDelta::seconds(10));
        handler.0.load(Ordering::SeqCst) >= 3
    })
    .await;
    workers.stop().await;
}

async fn handlers_past_their_limit_are_dropped_and_count_as_failures<S: Store>(stage: Stage<S>) {
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.handler_timeout(Duration::from_millis(20));
    let inbox = stage.open(builder).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let (hangs, _begun) = Hangs::new();
    assert_eq!(inbox.work_once(&hangs).await.unwrap(), 1);
    stage.clock.advance(TimeDelta::days(4));
    assert_eq!(inbox.work_once(&hangs).await.unwrap(), 1);
    let letters = inbox.dead_letters(10).await.unwrap();
    assert_eq!(
        letters[0].reason,
        "the handler exceeded its time limit of 20ms"
    );
}

async fn webhooks_of_a_crashed_worker_are_handled_again_after_the_lease<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let (hangs, mut begun) = Hangs::new();
    tokio::select! {
        _ = inbox.work_once(&hangs) => panic!("it does not end"),
        _ = begun.recv() => {}
    }
    let dead = Says::new(|| Handled::Dead("to see the attempts".into()));
    // The limit of the handler, 5 seconds, and the first pause.
    stage.clock.advance(TimeDelta::milliseconds(35_999));
    assert_eq!(inbox.work_once(&dead).await.unwrap(), 0);
    stage.clock.advance(TimeDelta::milliseconds(1));
    assert_eq!(inbox.work_once(&dead).await.unwrap(), 1);
    // The attempt that crashed was counted.
    assert_eq!(inbox.dead_letters(10).await.unwrap()[0].attempts, 2);
}

/// Says when it has begun, and ends when it is told to.
struct Steps {
    began: mpsc::UnboundedSender<String>,
    end: Arc<Notify>,
    has_ended: Arc<AtomicBool>,
}

impl Handler for Steps {
    async fn handle(&self, webhook: &StoredWebhook) -> Handled {
        self.began.send(webhook.id().as_str().to_owned()).unwrap();
        self.end.notified().await;
        self.has_ended.store(true, Ordering::SeqCst);
        Handled::Done
    }
}

async fn workers_handle_what_arrives_and_stop_after_what_they_have_begun<S: Store>(
    stage: Stage<S>,
) {
    let inbox = stage.inbox().await;
    let (began, mut begun) = mpsc::unbounded_channel();
    let (end, has_ended) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let steps = Steps {
        began,
        end: Arc::clone(&end),
        has_ended: Arc::clone(&has_ended),
    };
    let workers = inbox.work(1, steps);
    for _ in 0..2 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    begun.recv().await.unwrap();
    let stop = tokio::spawn(workers.stop());
    // It is told to stop before the first handler ends.
    tokio::task::yield_now().await;
    assert!(!has_ended.load(Ordering::SeqCst));
    while !has_ended.load(Ordering::SeqCst) {
        end.notify_one();
        tokio::task::yield_now().await;
    }
    stop.await.unwrap();
    assert!(begun.recv().await.is_none_or(|_| false));
    assert_eq!(inbox.backlog().await.unwrap().waiting, 1);
}

async fn an_idle_worker_is_woken_by_a_receipt<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    let handler = Arc::new(Says::done());
    let workers = inbox.work(1, Arc::clone(&handler));
    // A worker that nobody wakes looks for itself after half a second. Each webhook arrives just after it has looked.
    let mut times = Vec::new();
    for handled in 1..=10 {
        let arrives = Instant::now();
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        until(async || handler.ids().len() == handled).await;
        times.push(arrives.elapsed());
    }
    times.sort_unstable();
    assert!(times[2] < Duration::from_millis(250), "{times:?}");
    workers.stop().await;
}

async fn dropped_workers_stop<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    let (began, mut begun) = mpsc::unbounded_channel();
    let steps = Steps {
        began,
        end: Arc::new(Notify::new()),
        has_ended: Arc::default(),
    };
    drop(inbox.work(2, steps));
    // The handler, which holds the sender, is dropped with the last of them.
    assert_eq!(begun.recv().await, None);
}

async fn the_longest_time_limits_are_accepted<S: Store>(stage: Stage<S>) {
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.store_timeout(Duration::MAX);
    let inbox = stage.open(builder.handler_timeout(Duration::MAX)).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
}
