//! Bodies that could not be judged at their receipt.

use std::sync::atomic::Ordering;

use moneyhub_webhooks::testing::Fault;
use moneyhub_webhooks_receivers::answer::Answer;
use moneyhub_webhooks_receivers::postgres::Caps;
use moneyhub_webhooks_receivers::postgres::worker::Settings;

use super::{NO_DISK, bench, clock, delivery, issuer, nothing_waits, worker_settings};
use crate::cases::receiver_without_keys;

const SIZE: &str = "SELECT bytes FROM moneyhub.unjudged_size";

#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_judged_is_judged_later_and_copies_of_it_are_handled_once() {
    let Some(bench) = bench().await else { return };
    let (receiver, published) = receiver_without_keys();
    let intake = bench.intake(receiver.clone(), NO_DISK).await;
    let forged = delivery("forged").faulty(Fault::Forged);
    let early = delivery("early").token();
    let size = forged.len() + 2 * early.len() + 3 * 256;
    for body in [forged, early.clone().into_bytes(), early.into_bytes()] {
        assert_eq!(intake.answer(None, body.into()).await, Answer::Stored);
    }
    assert_eq!(
        (bench.rows().await, bench.number(SIZE).await),
        ((3, 3, 0), size as i64)
    );
    let worker = bench.worker(receiver, worker_settings());
    let stop = worker.stop_flag();
    let worker = tokio::spawn(worker.run());
    tokio::time::sleep(worker_settings().judge_every * 3).await;
    assert_eq!(bench.rows().await, (3, 3, 0), "without keys they wait");
    published.store(true, Ordering::Relaxed);
    bench.until(nothing_waits).await;
    stop.store(true, Ordering::Relaxed);
    worker.await.unwrap();
    assert_eq!(
        [bench.handled("early").await, bench.handled("forged").await],
        [1, 0]
    );
    assert_eq!(
        (bench.rows().await, bench.number(SIZE).await),
        ((0, 0, 0), 0)
    );
    // The receipt knows it now.
    assert_eq!(
        intake.answer(None, delivery("early").token().into()).await,
        Answer::Duplicate
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_fill_the_cap_then_the_disk_and_nothing_else() {
    let Some(bench) = bench().await else { return };
    let (receiver, _) = receiver_without_keys();
    let size = delivery("0").token().len() as u64;
    // Two in the table, and one on the disk, where each takes a block more.
    let caps = Caps {
        unjudged: 2 * (size + 256),
        accepted_on_disk: 0,
        unjudged_on_disk: size + 4096,
    };
    let intake = bench.intake(receiver, caps).await;
    let mut answers = Vec::new();
    for number in 0..4 {
        answers.push(
            intake
                .answer(None, delivery(&format!("{number}")).token().into())
                .await,
        );
    }
    assert_eq!(
        answers,
        [
            Answer::Stored,
            Answer::Stored,
            Answer::Stored,
            Answer::NoRoom
        ]
    );
    assert_eq!(bench.rows().await, (2, 2, 0));
    assert_eq!(
        std::fs::read_dir(bench.spill().join("unjudged"))
            .unwrap()
            .count(),
        1
    );
    assert_eq!(bench.number(SIZE).await, 2 * (size as i64 + 256));
    // What can be judged has its own room.
    let intake = bench.intake(issuer().receiver(), caps).await;
    assert_eq!(
        intake.answer(None, delivery("judged").token().into()).await,
        Answer::Accepted
    );
    assert_eq!(bench.rows().await, (3, 2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waited_too_long_to_be_judged_is_a_dead_letter_and_makes_room() {
    let Some(bench) = bench().await else { return };
    let (receiver, _) = receiver_without_keys();
    let intake = bench.intake(receiver.clone(), NO_DISK).await;
    assert_eq!(
        intake.answer(None, delivery("old").token().into()).await,
        Answer::Stored
    );
    // The clock of the tests stands still: nothing has waited for longer than no time.
    let settings = Settings {
        patience: chrono::TimeDelta::seconds(-1),
        ..worker_settings()
    };
    bench.work(receiver, settings, nothing_waits).await;
    assert_eq!(
        (bench.rows().await, bench.number(SIZE).await),
        ((0, 0, 1), 0)
    );
    let row = bench
        .client
        .query_one(
            "SELECT body, received_at, reason FROM moneyhub.unjudged",
            &[],
        )
        .await
        .unwrap();
    assert_eq!(row.get::<_, &[u8]>(0), delivery("old").token().as_bytes());
    assert_eq!(row.get::<_, chrono::DateTime<chrono::Utc>>(1), clock());
    assert!(
        row.get::<_, &str>(2).starts_with("keys unavailable"),
        "{}",
        row.get::<_, &str>(2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_so_late_that_a_copy_may_be_forgotten_is_a_dead_letter() {
    let Some(bench) = bench().await else { return };
    let (receiver, _) = receiver_without_keys();
    let intake = bench.intake(receiver, NO_DISK).await;
    assert_eq!(
        intake.answer(None, delivery("late").token().into()).await,
        Answer::Stored
    );
    let settings = Settings {
        remember: chrono::TimeDelta::seconds(-1),
        ..worker_settings()
    };
    bench
        .work(issuer().receiver(), settings, nothing_waits)
        .await;
    assert_eq!(
        (bench.handled("late").await, bench.rows().await),
        (0, (0, 0, 1))
    );
    let reason = bench.text("SELECT reason FROM moneyhub.unjudged").await;
    assert_eq!(reason, "older than what is remembered");
}
