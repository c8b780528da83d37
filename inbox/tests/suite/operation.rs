//! What people who operate an inbox see and do.

use std::time::Duration;

use chrono::TimeDelta;
use moneyhub_webhooks::ReplayKey;
use moneyhub_webhooks_inbox::{Handled, Received, Store};

use crate::handlers::Says;
use crate::stage::{Stage, on_both_stores, post};

on_both_stores! {
    the_backlog_counts_what_waits
    dead_letters_are_handled_again_when_they_are_requeued
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
