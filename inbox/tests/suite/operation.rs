//! What people who operate an inbox see and do.

use std::time::Duration;

use chrono::TimeDelta;
use moneyhub_webhooks::ReplayKey;
use moneyhub_webhooks_inbox::{Handled, Received, Store};

use crate::handlers::Says;
use crate::stage::{Place, Stage, on_both_stores, post};

on_both_stores! {
    the_backlog_counts_what_waits
    dead_letters_are_handled_again_when_they_are_requeued
    any_number_of_dead_letters_can_be_requeued
}

async fn the_backlog_counts_what_waits<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.lag), (0, None));
    for _ in 0..3 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    stage.clock.advance(TimeDelta::seconds(90));
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!(backlog.waiting, 3);
    assert_eq!(backlog.lag, Some(Duration::from_secs(90)));
    assert_eq!((backlog.dead, backlog.spilled_bytes), (0, 0));
    assert!(inbox.health().is_store_up);
}

async fn dead_letters_are_handled_again_when_they_are_requeued<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    for _ in 0..3 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    let dead = Says::new(|| Handled::Dead("no such account".into()));
    assert_eq!(inbox.work_once(&dead).await.unwrap(), 3);
    assert_eq!(inbox.work_once(&dead).await.unwrap(), 0);
    let letters = inbox.dead_letters(2).await.unwrap();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0].reason, "no such account");
    let other = letters[1].key;
    assert_eq!(inbox.dead_letter(other).await.unwrap().unwrap(), letters[1]);
    let none = ReplayKey::from([7; 32]);
    assert_eq!(inbox.dead_letter(none).await.unwrap(), None);

    let handler = Says::done();
    stage.clock.advance(TimeDelta::days(10));
    assert_eq!(inbox.requeue([letters[0].key]).await.unwrap(), 1);
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 1);
    assert_eq!(handler.seen()[0].replay_key(), letters[0].key);
    assert_eq!(inbox.requeue_all().await.unwrap(), 2);
    assert_eq!(inbox.requeue_all().await.unwrap(), 0);
    // It has three days again.
    let failing = Says::new(|| Handled::Retry("still".into()));
    assert_eq!(inbox.work_once(&failing).await.unwrap(), 2);
    assert_eq!(inbox.backlog().await.unwrap().dead, 0);
}

async fn any_number_of_dead_letters_can_be_requeued<S: Store>(stage: Stage<S>) {
    let inbox = stage.inbox().await;
    let columns = "(key, received_at, signed, webhook, size, due_at, give_up_at, dead_at)";
    let many = match &stage.place {
        Place::File(_) => format!(
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12000)
            INSERT INTO webhook {columns} SELECT CAST(n AS BLOB), 0, 1, '', 0, 0, 0, 0 FROM n"
        ),
        Place::Database(_) => format!(
            "INSERT INTO webhook {columns}
            SELECT sha256(n::text::bytea), t, true, '', 0, t, t, t
            FROM generate_series(1, 12000) AS n, to_timestamp(0) AS t"
        ),
    };
    stage.execute(&many).await;
    assert_eq!(inbox.requeue_all().await.unwrap(), 12_000);
    let backlog = inbox.backlog().await.unwrap();
    assert_eq!((backlog.waiting, backlog.dead), (12_000, 0));
}
