//! What becomes of what is stored.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use moneyhub_webhooks::KeySet;
use moneyhub_webhooks::testing::Fault;
use moneyhub_webhooks_receivers::postgres::worker::{Settings, Worker};
use tokio::sync::Barrier;

use super::{
    Acts, bench, clock, database, delivery, issuer, nothing_waits, until, worker_settings,
};

const REASON: &str = "SELECT reason FROM moneyhub.webhook";

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_handle_different_webhooks_at_the_same_time() {
    let Some(bench) = bench().await else { return };
    bench.store(&["1", "2", "3"]).await;
    // None of the three gets on before the others are there.
    let acts = Acts {
        together: Some(Arc::new(Barrier::new(3))),
        ..Acts::default()
    };
    let calls = Arc::clone(&acts.calls);
    let worker = Worker::new(
        &bench.url,
        3,
        issuer().receiver(),
        clock,
        worker_settings(),
        acts,
    )
    .unwrap();
    let stop = worker.stop_flag();
    let workers: tokio::task::JoinSet<()> = (0..3).map(|_| worker.clone().run()).collect();
    bench.until(nothing_waits).await;
    stop.store(true, Ordering::Relaxed);
    workers.join_all().await;
    let handled = [
        bench.handled("1").await,
        bench.handled("2").await,
        bench.handled("3").await,
    ];
    assert_eq!((handled, calls.load(Ordering::Relaxed)), ([1, 1, 1], 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_worker_has_in_hand_is_left_to_it() {
    let Some(bench) = bench().await else { return };
    bench.store(&["taken", "free"]).await;
    let mut other = crate::harness::postgres_server::connect(&bench.url)
        .await
        .unwrap();
    let transaction = other.transaction().await.unwrap();
    let webhook = issuer()
        .receiver()
        .parse_at(delivery("taken").token().as_bytes(), clock())
        .unwrap();
    let lock = format!(
        "SELECT FROM moneyhub.webhook WHERE replay_key = decode('{}', 'hex') FOR UPDATE",
        webhook.replay_key()
    );
    transaction.execute(&lock, &[]).await.unwrap();
    bench
        .work(issuer().receiver(), worker_settings(), |lag| {
            lag.waiting == 1
        })
        .await;
    assert_eq!(
        [bench.handled("taken").await, bench.handled("free").await],
        [0, 1]
    );
    transaction.commit().await.unwrap();
    bench
        .work(issuer().receiver(), worker_settings(), nothing_waits)
        .await;
    assert_eq!(
        [bench.handled("taken").await, bench.handled("free").await],
        [1, 1]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_pause_is_twice_the_one_before_up_to_the_longest() {
    let Some(bench) = bench().await else { return };
    bench.store(&["fails"]).await;
    let [backoff, longest_backoff] = [100, 350].map(Duration::from_secs);
    let settings = Settings {
        attempts: 9,
        backoff,
        longest_backoff,
        ..worker_settings()
    };
    for (attempt, longest) in [(1, 100), (2, 200), (3, 350), (4, 350)] {
        let began = Instant::now();
        let worker = bench.worker(issuer().receiver(), settings);
        let stop = worker.stop_flag();
        let worker = tokio::spawn(worker.run());
        let failed = format!(
            "SELECT count(*) FROM moneyhub.webhook WHERE attempts = {attempt} AND reason IS NOT NULL"
        );
        assert!(
            until(async || bench.number(&failed).await == 1).await,
            "it is not attempted"
        );
        stop.store(true, Ordering::Relaxed);
        worker.await.unwrap();
        let pause =
            "SELECT extract(epoch FROM next_attempt_at - now())::bigint FROM moneyhub.webhook";
        let pause = bench.number(pause).await;
        // Rounded, and as much of it as is left.
        let shortest = longest - 1 - began.elapsed().as_secs() as i64;
        assert!(
            (shortest..=longest).contains(&pause),
            "{pause} s after attempt {attempt}"
        );
        bench
            .execute("UPDATE moneyhub.webhook SET next_attempt_at = now(), reason = NULL")
            .await;
    }
    assert_eq!(
        bench.handled("fails").await,
        0,
        "nothing of the effect stays"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_for_good_is_a_dead_letter_with_its_reason_and_can_be_revived() {
    let Some(bench) = bench().await else { return };
    let reasons = [
        ("fails", "given to handlers 2 times: as it was told"),
        (
            "divides",
            "given to handlers 2 times: 22012: division by zero",
        ),
        // That it was hidden by the handler does not commit half of an effect.
        (
            "hides",
            "25P02: current transaction is aborted, commands ignored until end of transaction block",
        ),
        ("panics", "panicked with message \"as it was told\""),
    ];
    bench
        .store(&["fails", "divides", "hides", "panics", "good"])
        .await;
    bench
        .work(issuer().receiver(), worker_settings(), nothing_waits)
        .await;
    assert_eq!(
        (bench.handled("good").await, bench.rows().await),
        (1, (0, 0, 4))
    );
    for (id, reason) in reasons {
        let webhook = issuer()
            .receiver()
            .parse_at(delivery(id).token().as_bytes(), clock())
            .unwrap();
        let noted = format!(
            "{REASON} WHERE replay_key = decode('{}', 'hex')",
            webhook.replay_key()
        );
        let noted = bench.text(&noted).await;
        assert!(noted.ends_with(reason), "{id}: {noted}");
        assert_eq!(
            bench.handled(id).await,
            0,
            "{id}: nothing of the effect stays"
        );
    }
    bench
        .execute("DELETE FROM moneyhub.webhook WHERE reason NOT LIKE '%as it was told'")
        .await;
    bench.execute(include_str!("../../../sql/revive.sql")).await;
    assert_eq!(bench.rows().await, (1, 0, 0));
    bench
        .work(issuer().receiver(), worker_settings(), nothing_waits)
        .await;
    assert_eq!(bench.rows().await, (0, 0, 1), "it was tried again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_handler_that_hangs_is_ended_also_in_the_database_and_the_rest_goes_on() {
    let Some(bench) = bench().await else { return };
    bench.store(&["hangs", "sleeps", "next"]).await;
    // Long enough for the one that does not hang.
    let settings = Settings {
        attempts: 1,
        handler_limit: Duration::from_secs(3),
        ..worker_settings()
    };
    bench
        .work(issuer().receiver(), settings, nothing_waits)
        .await;
    assert_eq!(
        (bench.handled("next").await, bench.rows().await),
        (1, (0, 0, 2))
    );
    let asleep = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%' AND datname = current_database()
        AND state = 'active'";
    assert!(
        until(async || bench.number(asleep).await == 0).await,
        "it sleeps on"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_crashes_workers_is_a_dead_letter_after_as_many_attempts() {
    let Some(bench) = bench().await else { return };
    bench.store(&["crashes"]).await;
    let claim = include_str!("../../../sql/claim.sql");
    for _ in 0..2 {
        // Taken, and never heard of again.
        assert_eq!(
            bench
                .client
                .query(claim, &[&0.0, &0.0])
                .await
                .unwrap()
                .len(),
            1
        );
    }
    bench
        .work(issuer().receiver(), worker_settings(), nothing_waits)
        .await;
    assert_eq!(
        (bench.handled("crashes").await, bench.rows().await),
        (0, (0, 0, 1))
    );
    assert_eq!(
        bench.text(REASON).await,
        "given to handlers 2 times: the worker did not come back from it"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_waits_for_a_worker_that_has_its_key() {
    let Some(bench) = bench().await else { return };
    bench.store(&["rotated"]).await;
    let without_the_key = issuer()
        .receiver()
        .with_keys(KeySet::from_jwks(br#"{"keys":[]}"#).unwrap());
    let worker = bench.worker(without_the_key.clone(), worker_settings());
    let stop = worker.stop_flag();
    let worker = tokio::spawn(worker.run());
    // More often than a handler may fail: each look at it sets the time of the next, when it begins and when it ends.
    let next = "SELECT next_attempt_at::text FROM moneyhub.webhook";
    let mut times = BTreeSet::new();
    let often = async || {
        times.insert(bench.text(next).await);
        times.len() > 8
    };
    assert!(until(often).await, "it is not looked at");
    stop.store(true, Ordering::Relaxed);
    worker.await.unwrap();
    assert_eq!(bench.rows().await, (1, 0, 0));
    assert_eq!(
        bench.text(REASON).await,
        "unknown key: the key set has no usable key with the token's `kid`"
    );
    assert_eq!(
        bench
            .number("SELECT attempts::bigint FROM moneyhub.webhook")
            .await,
        0
    );
    bench
        .work(issuer().receiver(), worker_settings(), nothing_waits)
        .await;
    assert_eq!(
        (bench.handled("rotated").await, bench.rows().await),
        (1, (0, 0, 0))
    );

    bench.store(&["old"]).await;
    // The clock of the tests stands still: nothing has waited for longer than no time.
    let settings = Settings {
        patience: chrono::TimeDelta::seconds(-1),
        ..worker_settings()
    };
    bench.work(without_the_key, settings, nothing_waits).await;
    assert_eq!(
        (bench.handled("old").await, bench.rows().await),
        (0, (0, 0, 1))
    );
    let body = bench
        .client
        .query_one("SELECT body FROM moneyhub.webhook", &[])
        .await
        .unwrap();
    assert_eq!(body.get::<_, &[u8]>(0), delivery("old").token().as_bytes());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_moneyhub_did_not_sign_is_no_event() {
    let Some(bench) = bench().await else { return };
    let forged = delivery("forged").faulty(Fault::Forged);
    let insert = "INSERT INTO moneyhub.webhook (replay_key, event, body, received_at) VALUES ('\\x00', '', $1, $2)";
    bench
        .client
        .execute(insert, &[&forged, &clock()])
        .await
        .unwrap();
    bench.store(&["genuine"]).await;
    bench
        .work(issuer().receiver(), worker_settings(), nothing_waits)
        .await;
    assert_eq!(
        [
            bench.handled("forged").await,
            bench.handled("genuine").await
        ],
        [0, 1]
    );
    assert_eq!(bench.rows().await, (0, 0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lag_says_what_waits_since_when_and_what_was_given_up() {
    let Some(bench) = bench().await else { return };
    bench.store(&["1", "2", "3"]).await;
    let began = Instant::now();
    bench
        .execute("UPDATE moneyhub.webhook SET received_at = now() - interval '90 s'")
        .await;
    let lag = database(&bench.url).lag().await.unwrap();
    assert_eq!((lag.waiting, lag.unjudged, lag.dead), (3, 0, 0));
    let longest = 90.0 + began.elapsed().as_secs_f64();
    assert!((90.0..=longest).contains(&lag.oldest), "{lag:?}");
    bench
        .execute("UPDATE moneyhub.webhook SET dead_at = now()")
        .await;
    let lag = database(&bench.url).lag().await.unwrap();
    assert_eq!(
        (lag.waiting, lag.unjudged, lag.dead, lag.oldest),
        (0, 0, 3, 0.0)
    );
}
