//! A server whose disk is full: that of its tables, so that statements fail, or that of its log, so that it crashes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use moneyhub_webhooks_inbox::{Inbox, Postgres, Received};

use crate::disk::SmallDisk;
use crate::folder::Folder;
use crate::handlers::Says;
use crate::postgres_server::{self, Server};
use crate::stage::{Place, Stage, post, until};

/// How soon each webhook has its answer, whatever the store does.
const LIMIT: Duration = Duration::from_secs(2);

/// Posts webhooks at once, and asserts that each is stored within the limit.
async fn post_some(stage: &Stage<Postgres>, inbox: &Inbox<Postgres>, bodies: &mut Vec<String>) {
    let some: Vec<String> = (0..50).map(|_| stage.body()).collect();
    let started = Instant::now();
    let outcomes = join_all(some.iter().map(|body| post(inbox, body.clone()))).await;
    assert!(started.elapsed() < LIMIT, "{:?}", started.elapsed());
    assert!(outcomes.iter().all(|outcome| *outcome == Received::Stored));
    bodies.extend(some);
}

/// Fills the disk, frees it, and asserts that nothing is lost, and nothing is stored twice.
async fn webhooks_survive_a_full(disk: &SmallDisk, server: Server) {
    let database = postgres_server::create(Arc::new(server)).await;
    let stage = Stage::postgres_in(Place::Database(database), Folder::new());
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.spill(stage.folder.0.join("spill"));
    let inbox = stage.open(builder.store_timeout(LIMIT / 2)).await;
    let mut bodies = Vec::new();
    post_some(&stage, &inbox, &mut bodies).await;
    assert_eq!(inbox.health().spilled_bytes, 0);

    disk.fill();
    let filling = Instant::now();
    while inbox.health().spilled_bytes == 0 {
        assert!(filling.elapsed() < Duration::from_secs(60), "never full");
        post_some(&stage, &inbox, &mut bodies).await;
    }
    post_some(&stage, &inbox, &mut bodies).await;

    disk.free();
    stage.database().server.start().await;
    until(async || inbox.health().is_store_up && inbox.health().spilled_bytes == 0).await;
    let handler = Says::done();
    let all = bodies.len() as u64;
    assert_eq!(inbox.work_once(&handler).await.unwrap(), all);
    for body in bodies {
        assert_eq!(post(&inbox, body).await, Received::Duplicate);
    }
    let mut ids = handler.ids();
    ids.dedup();
    assert_eq!(ids.len() as u64, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_go_to_the_spill_folder_while_the_disk_of_the_tables_is_full() {
    let (Some(disk), Some(mut server)) = (SmallDisk::mount("128m"), Server::without_data()) else {
        return;
    };
    server.data = disk.path().join("data");
    server.own(disk.path());
    let log = server.folder.0.join("log");
    server.initdb(&["-X", log.to_str().unwrap()]);
    server.restart().await;
    webhooks_survive_a_full(&disk, server).await;
}

/// It can't go on without a log: it crashes, and may not start again before there is room.
#[tokio::test(flavor = "multi_thread")]
async fn webhooks_go_to_the_spill_folder_while_the_disk_of_the_log_is_full() {
    let (Some(disk), Some(server)) = (SmallDisk::mount("128m"), Server::without_data()) else {
        return;
    };
    let log = disk.path().join("log");
    server.own(disk.path());
    server.initdb(&["--wal-segsize=1", "-X", log.to_str().unwrap()]);
    server.restart().await;
    webhooks_survive_a_full(&disk, server).await;
}
