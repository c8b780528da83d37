//! Bodies that are cut off, odd, over a quota, or stored in a form that can't be read.

use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use chrono::TimeDelta;
use futures_util::stream;
use http::Request;
use http_body::Frame;
use http_body_util::StreamBody;
use moneyhub_webhooks::testing::{Fault, samples};
use moneyhub_webhooks::{EventType, KeySet};
use moneyhub_webhooks_inbox::{Quota, Quotas, Received, Sqlite, Store};

use crate::handlers::Says;
use crate::receipts::with_keys_on;
use crate::stage::{Place, Stage, on_both_stores, post};

on_both_stores! {
    bodies_that_end_early_are_rejected_and_are_accepted_when_they_come_whole
    ids_and_names_with_nul_characters_are_stored_and_handled
    a_body_without_keys_that_comes_again_with_them_is_handled_once
    forgeries_that_were_kept_without_keys_are_dropped_when_there_are_keys
    bodies_whose_keys_do_not_come_within_three_days_are_kept_for_people
    a_body_for_which_there_is_no_room_among_the_rejected_ones_stays_unverified
    a_signed_body_whose_key_is_gone_stays_rejected
    unverified_and_rejected_bodies_have_quotas_and_signed_webhooks_have_none
    a_row_that_can_not_be_read_is_a_dead_letter_in_the_end_and_the_others_are_handled
}

async fn bodies_that_end_early_are_rejected_and_are_accepted_when_they_come_whole<S: Store>(
    stage: Stage<S>,
) {
    let inbox = stage.inbox().await;
    let body = stage.body();
    let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
    let frames = [Ok(Frame::data(half)), Err(io::ErrorKind::UnexpectedEof)];
    let cut_off = Request::new(StreamBody::new(stream::iter(frames)));
    let outcome = inbox.receive_request(cut_off).await;
    assert_eq!(
        (outcome.status().as_u16(), outcome),
        (400, Received::CutOff)
    );
    assert_eq!(post(&inbox, body).await, Received::Stored);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
}

async fn ids_and_names_with_nul_characters_are_stored_and_handled<S: Store>(stage: Stage<S>) {
    let receiver = stage.moneyhub.receiver().and_unsigned_json();
    let inbox = stage.open(stage.builder(receiver)).await;
    let body = r#"{"id":"a\u0000b","eventType":"c\u0000d","userId":"e\u0000f","payload":"\u0000"}"#;
    assert_eq!(post(&inbox, body).await, Received::Stored);
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 1);
    assert_eq!(handler.seen()[0].text(), body);
    assert_eq!(handler.seen()[0].id(), "a\0b");
}

async fn a_body_without_keys_that_comes_again_with_them_is_handled_once<S: Store>(stage: Stage<S>) {
    let (receiver, keys) = with_keys_on(&stage);
    let inbox = stage.open(stage.builder(receiver)).await;
    let body = stage.body();
    assert_eq!(post(&inbox, body.clone()).await, Received::Unverified);
    keys.store(true, Ordering::SeqCst);
    assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.unverified, backlog.waiting), (0, 0));
}

async fn forgeries_that_were_kept_without_keys_are_dropped_when_there_are_keys<S: Store>(
    stage: Stage<S>,
) {
    let (receiver, keys) = with_keys_on(&stage);
    let inbox = stage.open(stage.builder(receiver)).await;
    let event = samples::of(EventType::DeletedAccount);
    let forged = stage.moneyhub.delivery(&event).faulty(Fault::Forged);
    assert_eq!(post(&inbox, forged).await, Received::Unverified);
    keys.store(true, Ordering::SeqCst);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 0);
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.unverified, backlog.rejected), (0, 0));
}

async fn bodies_whose_keys_do_not_come_within_three_days_are_kept_for_people<S: Store>(
    stage: Stage<S>,
) {
    let (receiver, keys) = with_keys_on(&stage);
    let inbox = stage.open(stage.builder(receiver)).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Unverified);
    // One more than the keys defer.
    assert_eq!(post(&inbox, stage.body()).await, Received::Unverified);
    let handler = Says::done();
    for (days, unverified, rejected) in [(3, 2, 0), (1, 0, 2)] {
        stage.clock.advance(TimeDelta::days(days));
        assert_eq!(inbox.work_once(&handler).await.unwrap(), 0);
        let backlog = inbox.backlog().await.unwrap();
        assert_eq!(
            (backlog.unverified, backlog.rejected),
            (unverified, rejected)
        );
    }
    keys.store(true, Ordering::SeqCst);
    assert_eq!(inbox.reverify().await.unwrap(), 2);
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 2);
    let received_at = stage.clock.now() - TimeDelta::days(4);
    assert_eq!(handler.seen()[0].received_at(), received_at);
}

async fn a_body_for_which_there_is_no_room_among_the_rejected_ones_stays_unverified<S: Store>(
    stage: Stage<S>,
) {
    let (receiver, _) = with_keys_on(&stage);
    let mut quotas = Quotas::default();
    quotas.rejected.rows = 0;
    let inbox = stage.open(stage.builder(receiver).quotas(quotas)).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Unverified);
    stage.clock.advance(TimeDelta::days(4));
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 0);
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.unverified, backlog.rejected), (1, 0));
}

async fn a_signed_body_whose_key_is_gone_stays_rejected<S: Store>(stage: Stage<S>) {
    let event = samples::of(EventType::DeletedAccount);
    let theirs = stage.moneyhub.delivery(&event).audience("another").token();
    assert_eq!(post(&stage.inbox().await, theirs).await.status(), 401);
    let receiver = stage.moneyhub.receiver().with_keys(KeySet::default());
    let folder = stage.folder.0.join("other-spill");
    let inbox = stage.open(stage.builder(receiver).spill(folder)).await;
    stage.clock.advance(TimeDelta::hours(1));
    assert_eq!(inbox.reverify().await.unwrap(), 1);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 0);
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.unverified, backlog.rejected), (0, 1));
}

async fn unverified_and_rejected_bodies_have_quotas_and_signed_webhooks_have_none<S: Store>(
    stage: Stage<S>,
) {
    let one = Quota {
        rows: 1,
        bytes: 10_000,
    };
    let mut quotas = Quotas::default();
    (quotas.unverified, quotas.rejected) = (one, one);
    let (without_keys, _) = with_keys_on(&stage);
    {
        let inbox = stage.open(stage.builder(without_keys).quotas(quotas)).await;
        assert_eq!(post(&inbox, stage.body()).await, Received::Unverified);
        let outcome = post(&inbox, stage.body()).await;
        assert_eq!(
            (outcome.status().as_u16(), outcome),
            (503, Received::Unavailable)
        );
        assert_eq!(inbox.backlog().await.unwrap().unverified, 1);
    }
    let builder = stage.builder(stage.moneyhub.receiver()).quotas(quotas);
    let inbox = stage
        .open(builder.spill(stage.folder.0.join("other-spill")))
        .await;
    let event = samples::of(EventType::DeletedAccount);
    for _ in 0..2 {
        let theirs = stage.moneyhub.delivery(&event).audience("another").token();
        assert_eq!(post(&inbox, theirs).await.status(), 401);
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.rejected, backlog.waiting), (1, 2));
}

async fn a_row_that_can_not_be_read_is_a_dead_letter_in_the_end_and_the_others_are_handled<
    S: Store,
>(
    stage: Stage<S>,
) {
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let unreadable = "webhook SET webhook = '{\"of\":\"a newer version\"}'";
    match &stage.place {
        Place::File(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let update = format!("UPDATE {unreadable}");
            assert_eq!(connection.execute(&update, []).unwrap(), 1);
        }
        Place::Database(database) => {
            let update = format!("UPDATE moneyhub_inbox.{unreadable}");
            database.execute(&update).await;
        }
    }
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 2);
    assert_eq!(handler.seen().len(), 1);

    stage.clock.advance(TimeDelta::days(4));
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 1);
    let [letter] = &inbox.dead_letters(10).await.unwrap()[..] else {
        panic!("one dead letter")
    };
    assert_eq!(letter.webhook, None);
    let reason = "the stored webhook can't be read";
    assert!(letter.reason.starts_with(reason), "{}", letter.reason);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_their_user_may_read_the_file_and_the_folders_of_what_is_spilled() {
    let stage = Stage::<Sqlite>::sqlite();
    let _inbox = stage.inbox().await;
    for file in ["inbox.db", "inbox.db-wal", "inbox.db-shm"] {
        let mode = stage.folder.0.join(file).metadata().unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{file}");
    }
    let spill = stage.folder.0.join("inbox.db-spill");
    for folder in [spill.join("signed"), spill.join("others"), spill] {
        let mode = folder.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
    }
}
