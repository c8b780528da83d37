//! What the receiver stores.

use moneyhub_webhooks::Receiver;
use moneyhub_webhooks::testing::Fault;
use moneyhub_webhooks_receivers::answer::Answer;

use super::{
    NO_DISK, PATIENCE, bench, clock, database, delivery, issuer, nothing_waits, until,
    worker_settings,
};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_never_reaches_the_tables_and_what_is_done_leaves_its_key() {
    let Some(bench) = bench().await else { return };
    let intake = bench.intake(issuer().receiver(), NO_DISK).await;
    for &fault in Fault::ALL {
        let answer = intake
            .answer(None, delivery("faulty").faulty(fault).into())
            .await;
        assert!(matches!(answer, Answer::Refused(_)), "{fault}: {answer:?}");
    }
    assert_eq!(
        (
            bench.rows().await,
            bench.number("SELECT count(*) FROM moneyhub.receipt").await
        ),
        ((0, 0, 0), 0)
    );
    let answer = async || intake.answer(None, delivery("once").token().into()).await;
    assert_eq!(
        [answer().await, answer().await],
        [Answer::Accepted, Answer::Duplicate]
    );
    assert_eq!(bench.rows().await, (1, 0, 0));
    bench
        .work(issuer().receiver(), worker_settings(), nothing_waits)
        .await;
    assert_eq!(
        (bench.handled("once").await, bench.rows().await),
        (1, (0, 0, 0))
    );
    assert_eq!(answer().await, Answer::Duplicate);
    assert_eq!(
        (
            bench.rows().await,
            bench.number("SELECT count(*) FROM moneyhub.receipt").await
        ),
        ((0, 0, 0), 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_copies_that_come_at_once_one_is_stored() {
    let Some(bench) = bench().await else { return };
    let intake = bench.intake(issuer().receiver(), NO_DISK).await;
    let posts = (0..16).map(|_| {
        let intake = intake.clone();
        tokio::spawn(async move { intake.answer(None, delivery("copy").token().into()).await })
    });
    let mut accepted = 0;
    for post in posts.collect::<Vec<_>>() {
        match post.await.unwrap() {
            Answer::Accepted => accepted += 1,
            answer => assert_eq!(answer, Answer::Duplicate),
        }
    }
    assert_eq!((accepted, bench.rows().await), (1, (1, 0, 0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_has_the_body_as_it_came_the_time_and_what_people_look_for() {
    let Some(bench) = bench().await else { return };
    let body = delivery("signed").token() + "\r\n";
    let intake = bench.intake(issuer().receiver(), NO_DISK).await;
    assert_eq!(
        intake.answer(None, body.clone().into()).await,
        Answer::Accepted
    );
    let row = bench
        .client
        .query_one("SELECT * FROM moneyhub.webhook", &[])
        .await
        .unwrap();
    let webhook = issuer()
        .receiver()
        .parse_at(body.as_bytes(), clock())
        .unwrap();
    let hex = bench
        .text("SELECT encode(replay_key, 'hex') FROM moneyhub.webhook")
        .await;
    assert_eq!(hex, webhook.replay_key().to_string());
    assert_eq!(row.get::<_, &[u8]>("body"), body.as_bytes());
    assert_eq!(
        row.get::<_, chrono::DateTime<chrono::Utc>>("received_at"),
        clock()
    );
    let text = |column| row.get::<_, Option<&str>>(column);
    assert_eq!(text("event"), Some("paymentCompleted"));
    assert_eq!(text("user_id"), Some(webhook.user_id().unwrap().as_str()));
    assert_eq!(text("issuer"), Some(issuer().issuer()));
    assert_eq!(text("key_id"), Some("test-key-known-to-everyone"));
    assert_eq!((row.get::<_, i32>("attempts"), text("reason")), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn text_that_the_database_can_not_hold_refuses_no_webhook() {
    let Some(bench) = bench().await else { return };
    let intake = bench.intake(Receiver::unsigned_json(), NO_DISK).await;
    let body = r#"{"id":"nul","eventType":"a\u0000b","userId":"c\u0000d","payload":{}}"#;
    assert_eq!(intake.answer(None, body.into()).await, Answer::Accepted);
    let labels = "SELECT concat(event, ' ', user_id, ' ', issuer) FROM moneyhub.webhook";
    assert_eq!(bench.text(labels).await, "a\u{fffd}b c\u{fffd}d ");
    bench
        .work(Receiver::unsigned_json(), worker_settings(), nothing_waits)
        .await;
    assert_eq!(
        (bench.handled("nul").await, bench.rows().await),
        (1, (0, 0, 0))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_that_start_at_once_make_the_tables_once_and_need_no_right_to_make_them_again() {
    let Some(bench) = bench().await else { return };
    bench.execute("DROP SCHEMA moneyhub CASCADE").await;
    let programs: Vec<_> = (0..8)
        .map(|_| {
            let database = database(&bench.url);
            tokio::spawn(async move { database.migrate().await })
        })
        .collect();
    for program in programs {
        program.await.unwrap().unwrap();
    }
    assert_eq!(
        bench
            .number("SELECT count(*) FROM moneyhub.migration")
            .await,
        2
    );
    let grants = format!(
        r#"CREATE ROLE "{0}" LOGIN; GRANT USAGE ON SCHEMA moneyhub TO "{0}";
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA moneyhub TO "{0}""#,
        bench.name
    );
    bench.execute(&grants).await;
    let url = bench.url.replace("postgres@", &format!("{}@", bench.name));
    database(&url).migrate().await.unwrap();
    let intake = bench
        .intake_within(PATIENCE, &url, issuer().receiver(), NO_DISK)
        .await;
    assert_eq!(
        intake.answer(None, delivery("1").token().into()).await,
        Answer::Accepted
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn old_keys_are_pruned_unless_their_webhook_waits_still() {
    let Some(bench) = bench().await else { return };
    bench.store(&["waits"]).await;
    let keys = "INSERT INTO moneyhub.receipt SELECT sha256(number::text::bytea), $1::timestamptz - number * interval '1 day'
        FROM generate_series(1, 60) AS number";
    bench.client.execute(keys, &[&clock()]).await.unwrap();
    bench.execute("UPDATE moneyhub.receipt SET received_at = '2020-01-01' WHERE replay_key IN (SELECT replay_key FROM moneyhub.webhook)").await;
    bench
        .execute("UPDATE moneyhub.webhook SET next_attempt_at = 'infinity'")
        .await;
    let worker = bench.worker(issuer().receiver(), worker_settings());
    let stop = worker.stop_flag();
    let worker = tokio::spawn(worker.run());
    let count = "SELECT count(*) FROM moneyhub.receipt";
    assert!(
        until(async || bench.number(count).await < 61).await,
        "nothing is pruned"
    );
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    worker.await.unwrap();
    // 30 days, and the one that waits.
    assert_eq!(bench.number(count).await, 31);
}
