//! What only the store in a file has.

use std::fs;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::join_all;
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks_inbox::{Handled, Inbox, InboxBuilder, Quotas, Received, Sqlite};
use rusqlite::Connection;
use tokio::time::{advance, pause, resume, sleep};

use crate::disk::SmallDisk;
use crate::handlers::Says;
use crate::receipts::with_keys_on;
use crate::stage::{Place, Stage, post, until};

fn path(stage: &Stage<Sqlite>) -> std::path::PathBuf {
    match &stage.place {
        Place::File(path) => path.clone(),
        Place::Database(_) => unreachable!(),
    }
}

/// For a file that is locked: what it does not take goes to the spill folder soon.
const SHORT: Duration = Duration::from_millis(200);

async fn impatient(stage: &Stage<Sqlite>) -> Inbox<Sqlite> {
    let builder = stage.builder(stage.moneyhub.receiver());
    stage.open(builder.store_timeout(SHORT)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_outlive_the_inbox() {
    let stage = Stage::sqlite();
    let body = stage.body();
    {
        let inbox = stage.inbox().await;
        assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    }
    let inbox = reopened(&stage).await;
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_copied_to_the_file_while_the_inbox_is_open() {
    let stage = Stage::sqlite();
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    // A page of 4 KiB for each table and each index.
    let pages = || fs::metadata(path(&stage)).unwrap().len() / 4096;
    until(async || pages() > 10).await;
    assert_eq!(inbox.backlog().await.unwrap().waiting, 1);
}

/// The upkeep of the inbox before it may still be about to drop its lock on the spill folder.
async fn reopened(stage: &Stage<Sqlite>) -> Inbox<Sqlite> {
    let started = Instant::now();
    loop {
        let builder = stage.builder(stage.moneyhub.receiver());
        match builder.sqlite(path(stage)).await {
            Ok(inbox) => return inbox,
            Err(error) => assert!(started.elapsed() < Duration::from_secs(60), "{error}"),
        }
        sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_go_to_the_spill_folder_while_the_file_is_locked_and_from_there_to_it() {
    let stage = Stage::sqlite();
    let inbox = impatient(&stage).await;
    let other = Connection::open(path(&stage)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let body = stage.body();
    assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    assert!(inbox.health().spilled_bytes > 0);
    let spilled = fs::read_dir(stage.folder.0.join("inbox.db-spill/signed")).unwrap();
    assert_eq!(spilled.count(), 2, "a file, and the lock");
    other.execute_batch("ROLLBACK").unwrap();
    until(async || inbox.health().spilled_bytes == 0).await;
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_spilled_is_stored_after_a_restart() {
    let stage = Stage::sqlite();
    let body = stage.body();
    let other = {
        let inbox = impatient(&stage).await;
        let other = Connection::open(path(&stage)).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
        other
    };
    other.execute_batch("ROLLBACK").unwrap();
    let inbox = reopened(&stage).await;
    let handler = Says::done();
    until(async || inbox.work_once(&handler).await.unwrap() == 1).await;
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_spilled_for_longer_than_keys_are_remembered_is_a_dead_letter() {
    let stage = Stage::sqlite();
    let inbox = impatient(&stage).await;
    let other = Connection::open(path(&stage)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    stage.clock.advance(TimeDelta::days(30));
    other.execute_batch("ROLLBACK").unwrap();
    until(async || inbox.health().spilled_bytes == 0).await;
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 0);
    let letters = inbox.dead_letters(10).await.unwrap();
    let reason = "it was stored after its replay key may have been forgotten";
    assert_eq!(letters[0].reason, reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_go_to_the_spill_folder_while_the_disk_is_full_and_from_there_to_it() {
    let Some(disk) = SmallDisk::mount("512k") else {
        return;
    };
    let stage = Stage::sqlite();
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.spill(stage.folder.0.join("spill"));
    let inbox = builder.sqlite(disk.path().join("inbox.db")).await.unwrap();
    let bodies: Vec<String> = (0..400).map(|_| stage.body()).collect();
    for body in &bodies {
        assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    }
    assert!(inbox.health().spilled_bytes > 0, "the disk is not full");
    disk.grow();
    until(async || inbox.health().spilled_bytes == 0).await;
    for body in bodies {
        assert_eq!(post(&inbox, body).await, Received::Duplicate);
    }
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_503_if_the_spill_folder_is_full_too() {
    let stage = Stage::sqlite();
    let builder = stage.builder(stage.moneyhub.receiver()).max_spill(6000);
    let builder = builder.store_timeout(SHORT);
    let inbox = stage.open(builder.clone()).await;
    let other = Connection::open(path(&stage)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert_eq!(post(&inbox, stage.body()).await, Received::Unavailable);

    let size = inbox.health().spilled_bytes;
    for (name, max, outcome) in [
        ("fits", size, Received::Stored),
        ("does-not", size - 1, Received::Unavailable),
    ] {
        let builder = builder.clone().spill(stage.folder.0.join(name));
        let inbox = stage.open(builder.max_spill(max)).await;
        assert_eq!(post(&inbox, stage.body()).await, outcome);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_not_an_inbox_is_left_alone() {
    let stage = Stage::sqlite();
    let other = Connection::open(path(&stage)).unwrap();
    other
        .execute_batch("CREATE TABLE mine (id INTEGER)")
        .unwrap();
    let builder = stage.builder(stage.moneyhub.receiver());
    let error = builder.sqlite(path(&stage)).await.unwrap_err();
    assert!(
        error.to_string().contains("not the file of an inbox"),
        "{error}"
    );
    let tables = other.query_row("SELECT group_concat(name) FROM sqlite_schema", [], |row| {
        row.get::<_, String>(0)
    });
    assert_eq!(tables.unwrap(), "mine");
    let mode = other.query_row("PRAGMA journal_mode", [], |row| row.get::<_, String>(0));
    assert_eq!(mode.unwrap(), "delete");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spill_folder_has_one_inbox() {
    let stage = Stage::sqlite();
    let _inbox = stage.inbox().await;
    let builder = stage.builder(stage.moneyhub.receiver());
    let error = builder.sqlite(path(&stage)).await.unwrap_err();
    let folder = stage.folder.0.join("inbox.db-spill/signed");
    let message = format!(
        "the spill folder: another process, or another inbox of this one, uses {}",
        folder.display()
    );
    assert_eq!(error.to_string(), message);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_in_memory_needs_no_file() {
    let stage = Stage::sqlite();
    let builder: InboxBuilder = stage.builder(stage.moneyhub.receiver());
    let inbox = builder.in_memory().await.unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
    assert_eq!(fs::read_dir(&stage.folder.0).unwrap().count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_spill_folder_an_inbox_opens_beside_the_one_that_receives() {
    let stage = Stage::sqlite();
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    inbox
        .work_once(&Says::new(|| Handled::Dead("no".into())))
        .await
        .unwrap();

    let builder = stage.builder(stage.moneyhub.receiver());
    let error = builder.clone().sqlite(path(&stage)).await.unwrap_err();
    assert!(
        error.to_string().starts_with("the spill folder: "),
        "{error}"
    );
    let beside = builder.without_spill().sqlite(path(&stage)).await.unwrap();
    assert_eq!(beside.requeue_all().await.unwrap(), 1);
    assert_eq!(inbox.backlog().await.unwrap().waiting, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_exceeds_its_quota_stays_in_the_spill_folder_and_holds_up_no_other() {
    let stage = Stage::sqlite();
    let (receiver, _) = with_keys_on(&stage);
    let mut quotas = Quotas::default();
    quotas.unsigned.rows = 0;
    let builder = stage.builder(receiver.and_unsigned_json()).quotas(quotas);
    let inbox = stage.open(builder.store_timeout(SHORT)).await;
    let other = Connection::open(path(&stage)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let plain = |id| format!(r#"{{"id":"{id}","eventType":"x","payload":{{}}}}"#);
    let both = async {
        // While the batch before them is under way, so that they share a file.
        sleep(SHORT / 2).await;
        tokio::join!(post(&inbox, plain(2)), post(&inbox, stage.body()))
    };
    let (alone, both) = tokio::join!(post(&inbox, plain(1)), both);
    assert_eq!(alone, Received::Stored);
    assert_eq!(both, (Received::Stored, Received::Unverified));
    stage.clock.advance(TimeDelta::seconds(1));
    assert_eq!(post(&inbox, stage.body()).await, Received::Unverified);
    other.execute_batch("ROLLBACK").unwrap();
    until(async || {
        inbox
            .backlog()
            .await
            .is_ok_and(|backlog| backlog.unverified == 2)
    })
    .await;
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!(backlog.waiting, 0);
    assert!(backlog.spilled_bytes > 0);
}

/// An inbox without a spill folder, and its file, which is locked.
async fn locked(stage: &Stage<Sqlite>, store_timeout: Duration) -> (Inbox<Sqlite>, Connection) {
    let builder = stage.builder(stage.moneyhub.receiver()).without_spill();
    let inbox = stage.open(builder.store_timeout(store_timeout)).await;
    let other = Connection::open(path(stage)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    (inbox, other)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_store_has_half_of_its_time_for_a_webhook_that_has_waited_for_the_batch_before_it() {
    // Less than the three tries of half a second each that a batch of one has.
    const TIME: Duration = Duration::from_millis(1400);
    let stage = Stage::sqlite();
    let (inbox, other) = locked(&stage, TIME).await;
    let later = async |after, body| {
        sleep(after).await;
        post(&inbox, body).await
    };
    let (first, second, ()) = tokio::join!(
        post(&inbox, stage.body()),
        later(TIME / 8, stage.body()),
        async {
            sleep(TIME + TIME / 4).await;
            other.execute_batch("ROLLBACK").unwrap();
        }
    );
    assert_eq!((first, second), (Received::Unavailable, Received::Stored));
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_of_a_webhook_that_is_not_stored_are_not_answered_as_duplicates() {
    const TIME: Duration = Duration::from_secs(1);
    let stage = Stage::sqlite();
    let (inbox, other) = locked(&stage, TIME).await;
    let body = stage.body();
    let copies = async {
        // While the batch before them is under way.
        sleep(TIME / 4).await;
        join_all((0..3).map(|_| post(&inbox, body.clone()))).await
    };
    let (_, copies) = tokio::join!(post(&inbox, stage.body()), copies);
    assert_eq!(copies, [const { Received::Unavailable }; 3]);
    assert!(!inbox.health().is_store_up);
    other.execute_batch("ROLLBACK").unwrap();
    until(async || inbox.health().is_store_up).await;
}

#[tokio::test]
async fn the_memory_is_confirmed_once_a_minute() {
    let stage = Stage::sqlite();
    let _inbox = stage.inbox().await;
    let file = Connection::open(path(&stage)).unwrap();
    let is_confirmed_at = |time: DateTime<Utc>| {
        let alive_at = file.query_row("SELECT alive_at FROM memory", [], |row| row.get(0));
        alive_at == Ok(time.timestamp_micros())
    };
    let opened = stage.clock.now();
    stage.clock.advance(TimeDelta::minutes(1));
    // It looks for spilled files twice a second meanwhile.
    sleep(Duration::from_millis(1100)).await;
    assert!(is_confirmed_at(opened));
    pause();
    advance(Duration::from_secs(60)).await;
    resume();
    until(async || is_confirmed_at(stage.clock.now())).await;
}

/// Lets a file reject what mentions a payment.
const NO_PAYMENTS: &str =
    "CREATE TRIGGER rejects BEFORE INSERT ON webhook WHEN NEW.webhook LIKE '%payment-error%'
        BEGIN SELECT RAISE(ABORT, 'no payments'); END";

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_that_the_store_rejects_holds_up_no_other() {
    let stage = Stage::sqlite();
    let (inbox, other) = locked(&stage, Duration::from_secs(60)).await;
    other.execute_batch(NO_PAYMENTS).unwrap();
    let rejected = stage.moneyhub.sign(&samples::of(EventType::PaymentError));
    let gather = async {
        // While the batch before them is under way.
        sleep(Duration::from_millis(200)).await;
        let others = join_all((0..40).map(|_| post(&inbox, stage.body())));
        tokio::join!(others, post(&inbox, rejected))
    };
    let release = async {
        sleep(Duration::from_millis(400)).await;
        other.execute_batch("COMMIT").unwrap();
    };
    let (first, (others, rejected), ()) = tokio::join!(post(&inbox, stage.body()), gather, release);
    assert_eq!((first, rejected), (Received::Stored, Received::Unavailable));
    let stored = others
        .iter()
        .filter(|outcome| **outcome == Received::Stored);
    assert_eq!(stored.count(), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_whose_webhook_the_store_rejects_holds_up_no_other() {
    let stage = Stage::sqlite();
    let (receiver, keys) = with_keys_on(&stage);
    let inbox = stage.open(stage.builder(receiver)).await;
    for event_type in [EventType::PaymentError, EventType::DeletedAccount] {
        let body = stage.moneyhub.sign(&samples::of(event_type));
        assert_eq!(post(&inbox, body).await, Received::Unverified);
        stage.clock.advance(TimeDelta::seconds(1));
    }
    let file = Connection::open(path(&stage)).unwrap();
    file.execute_batch(NO_PAYMENTS).unwrap();
    keys.store(true, Ordering::SeqCst);
    let handler = Says::done();
    let error = inbox.work_once(&handler).await.unwrap_err();
    assert!(error.to_string().contains("no payments"), "{error}");
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 1);
    assert_eq!(inbox.backlog().await.unwrap().unverified, 1);
}
