//! Databases that do not take what they are given, and connections that die. Each costs no webhook.

use std::net::SocketAddr;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks::{EventType, Receiver, StoredWebhook, Webhook};
use moneyhub_webhooks_inbox::{Inbox, InboxBuilder, Postgres, Received};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, watch};
use tokio::time::sleep;

use crate::handlers::Says;
use crate::postgres_server::Database;
use crate::stage::{Stage, post, until};

/// What the store does not take goes to the spill folder soon.
const SHORT: Duration = Duration::from_millis(200);

/// A webhook goes to the spill folder while the database has a fault, and from there to the database.
async fn a_webhook_survives(fault: &str, cure: &str) {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.spill(stage.folder.0.join("spill"));
    let inbox = stage.open(builder.store_timeout(SHORT)).await;
    // The fault ends with this session, if not before.
    let mut session = PgConnection::connect(&stage.database().url())
        .await
        .unwrap();
    let sql = |text: &str| sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
    sql(fault).execute(&mut session).await.unwrap();
    let body = stage.body();
    assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    assert!(inbox.health().spilled_bytes > 0, "{fault}");
    sql(cure).execute(&mut session).await.unwrap();
    until(async || inbox.health().spilled_bytes == 0).await;
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
    assert_eq!(post(&inbox, body).await, Received::Duplicate);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_that_is_locked_is_waited_for_within_the_limit() {
    a_webhook_survives("BEGIN; LOCK TABLE moneyhub_inbox.remembered", "COMMIT").await;
}

/// The error that PostgreSQL has for a full disk, on the second of the two rows of a webhook.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_whose_disk_is_full_keeps_no_key_without_its_webhook() {
    let full = "
        CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
        $$BEGIN RAISE disk_full USING MESSAGE = 'could not extend file: No space left on device'; END$$;
        CREATE TRIGGER full_disk BEFORE INSERT ON moneyhub_inbox.webhook EXECUTE FUNCTION full_disk()";
    a_webhook_survives(full, "DROP FUNCTION full_disk CASCADE").await;
}

/// Forwards connections to a database. Those that are open when it forgets stay open, and nothing passes any more: as
/// behind a firewall, or after a failover.
async fn forgetful_firewall(database: &Database) -> (String, watch::Sender<()>) {
    forward(database, Duration::ZERO).await
}

/// Forwards connections to a database, each after a while: longer than a start waits if there is a spill folder.
async fn slow_to_start(database: &Database) -> (String, watch::Sender<()>) {
    forward(database, Duration::from_secs(3)).await
}

async fn forward(database: &Database, pause: Duration) -> (String, watch::Sender<()>) {
    let url = database.url();
    let (server, name) = url
        .trim_start_matches("postgres://postgres@")
        .split_once('/')
        .unwrap();
    let server: SocketAddr = server.parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let forget = watch::Sender::new(());
    let forgets = forget.clone();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut far = TcpStream::connect(server).await.unwrap();
            let mut forgotten = forgets.subscribe();
            tokio::spawn(async move {
                sleep(pause).await;
                tokio::select! {
                    _ = copy_bidirectional(&mut near, &mut far) => {}
                    _ = forgotten.changed() => std::future::pending().await,
                }
            });
        }
    });
    (format!("postgres://postgres@{address}/{name}"), forget)
}

/// An inbox with a spill folder and at most so many connections to the database behind this address.
async fn inbox_behind(stage: &Stage<Postgres>, url: &str, connections: u32) -> Inbox<Postgres> {
    // The pool checks a connection before it lends it: this limits how long it waits for one that has died.
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_secs(2));
    let options = options.max_connections(connections);
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.spill(stage.folder.0.join("spill"));
    let inbox = builder.store_timeout(SHORT);
    inbox
        .postgres(options.connect_lazy(url).unwrap())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_have_died_unnoticed_cost_no_webhook() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let (url, forget) = forgetful_firewall(stage.database()).await;
    let inbox = inbox_behind(&stage, &url, 10).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    forget.send_replace(());
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    until(async || inbox.health().is_store_up && inbox.health().spilled_bytes == 0).await;
    let close = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert!(stage.database().count(close).await > 0);
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    until(async || inbox.health().is_store_up && inbox.health().spilled_bytes == 0).await;
    assert_eq!(stage.rows("webhook").await, 3);
}

/// As after a lambda was frozen. Without a spill folder it would be lost.
#[tokio::test(flavor = "multi_thread")]
async fn connections_that_have_died_during_a_pause_are_replaced_in_time() {
    for connections in [1, 10] {
        let Some(stage) = Stage::postgres().await else {
            return;
        };
        let (url, forget) = forgetful_firewall(stage.database()).await;
        let pool = PgPoolOptions::new().max_connections(connections);
        let pool = pool.connect_lazy(&url).unwrap();
        // Several that are idle.
        drop(join_all((0..connections.min(3)).map(|_| pool.acquire())).await);
        let builder = stage.builder(stage.moneyhub.receiver());
        // Less than the pool would wait for each of them.
        let builder = builder
            .without_spill()
            .store_timeout(Duration::from_secs(20));
        let inbox = builder.postgres(pool.clone()).await.unwrap();
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        // All of them: none is on its way back.
        until(async || pool.num_idle() + usize::from(1 < connections) == pool.size() as usize)
            .await;
        forget.send_replace(());
        stage.clock.advance(TimeDelta::minutes(1));
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        assert_eq!(stage.rows("webhook").await, 2);
    }
}

/// Of a lambda that was frozen: what runs beside the receipts comes first, and waits for a connection that has died.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_two_connections_has_one_for_receipts_whatever_becomes_of_the_other() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let (url, forget) = forgetful_firewall(stage.database()).await;
    let pool = PgPoolOptions::new().max_connections(2);
    let pool = pool.connect_lazy(&url).unwrap();
    let builder = stage.builder(stage.moneyhub.receiver());
    // Less than the other one is waited for.
    let builder = builder
        .without_spill()
        .store_timeout(Duration::from_secs(4));
    let inbox = builder.postgres(pool.clone()).await.unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    inbox.backlog().await.unwrap();
    until(async || pool.size() == 2 && pool.num_idle() == 1).await;
    forget.send_replace(());
    stage.clock.advance(TimeDelta::minutes(1));
    let beside = inbox.clone();
    let beside = tokio::spawn(async move { beside.backlog().await });
    until(async || pool.num_idle() == 0).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert!(beside.await.unwrap().is_err());
}

/// Otherwise it is waited for as long as the pool waits.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_spill_folder_the_start_waits_for_a_database_that_is_slow_to_start() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let slow = async |builder: InboxBuilder| {
        let (url, _) = slow_to_start(stage.database()).await;
        let pool = PgPoolOptions::new().connect_lazy(&url).unwrap();
        let inbox = builder.postgres(pool).await.unwrap();
        inbox.health().is_store_up
    };
    let builder = stage.builder(stage.moneyhub.receiver());
    assert!(slow(builder.clone().without_spill()).await);
    assert!(!slow(builder.spill(stage.folder.0.join("spill"))).await);
}

/// One machine at a time counts what is used of the quotas.
#[tokio::test(flavor = "multi_thread")]
async fn what_anyone_can_send_waits_for_other_machines_without_what_moneyhub_has_signed() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let receiver = stage.moneyhub.receiver().and_unsigned_json();
    let builder = stage.builder(receiver).store_timeout(SHORT);
    let builder = builder.spill(stage.folder.0.join("spill"));
    let inbox = stage.open(builder).await;
    let mut other = PgConnection::connect(&stage.database().url())
        .await
        .unwrap();
    let lock = sqlx::raw_sql(include_str!("../../sql/postgres/lock_quotas.sql"));
    sqlx::raw_sql("BEGIN").execute(&mut other).await.unwrap();
    lock.execute(&mut other).await.unwrap();
    let event = samples::of(EventType::DeletedAccount);
    let plain = stage.moneyhub.json(&event);
    assert_eq!(post(&inbox, plain).await, Received::Stored);
    let spilled = inbox.health().spilled_bytes;
    assert!(spilled > 0 && inbox.health().is_store_up);
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert_eq!(inbox.health().spilled_bytes, spilled);
    assert_eq!(stage.rows("webhook").await, 1);
    other.close().await.unwrap();
    until(async || inbox.health().spilled_bytes == 0).await;
    assert_eq!(stage.rows("webhook").await, 2);
}

/// Locks a table, and returns the session that has locked it.
async fn locked(database: &Database, table: &str) -> PgConnection {
    let mut session = PgConnection::connect(&database.url()).await.unwrap();
    let lock = format!("BEGIN; LOCK TABLE moneyhub_inbox.{table}");
    let lock = sqlx::raw_sql(AssertSqlSafe(lock));
    lock.execute(&mut session).await.unwrap();
    session
}

/// Waits until this statement waits for a lock.
async fn waits(database: &Database, statement: &str) {
    let waiting = format!(
        "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%{statement}%'"
    );
    // Over one connection, because it waits for two seconds only.
    let session = PgConnection::connect(&database.url()).await.unwrap();
    let session = Mutex::new(session);
    until(async || {
        let count = sqlx::query_scalar(AssertSqlSafe(waiting.clone()));
        let count: i64 = count.fetch_one(&mut *session.lock().await).await.unwrap();
        count == 1
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_dies_during_a_statement_is_given_up() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let database = stage.database();
    Inbox::migrator().run(&database.pool()).await.unwrap();
    let session = locked(database, "remembered").await;
    let (url, forget) = forgetful_firewall(database).await;
    let inbox = inbox_behind(&stage, &url, 10).await;
    // Of the task beside the receipts.
    waits(database, "DELETE FROM moneyhub_inbox.remembered").await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert!(inbox.health().spilled_bytes > 0);
    forget.send_replace(());
    session.close().await.unwrap();
    until(async || inbox.health().is_store_up && inbox.health().spilled_bytes == 0).await;
    assert_eq!(stage.rows("webhook").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_that_waits_for_a_lock_leaves_no_session_behind() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let inbox = stage.inbox().await;
    let database = stage.database();
    let session = locked(database, "webhook").await;
    let error = inbox.backlog().await.unwrap_err().to_string();
    assert!(error.starts_with("55P03: "), "{error}");
    // The task beside the receipts waits for it, too.
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    until(async || database.count(waiting).await == 0).await;
    session.close().await.unwrap();
    assert_eq!(inbox.backlog().await.unwrap().waiting, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_with_a_spill_folder_opens_while_its_tables_are_locked() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let database = stage.database();
    Inbox::migrator().run(&database.pool()).await.unwrap();
    let session = locked(database, "memory").await;
    let builder = stage.builder(stage.moneyhub.receiver());
    let inbox = stage
        .open(builder.spill(stage.folder.0.join("spill")))
        .await;
    assert!(!inbox.health().is_store_up);
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    session.close().await.unwrap();
    until(async || inbox.health().is_store_up && inbox.health().spilled_bytes == 0).await;
}

/// Its server has claimed the webhook, and waits for the commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_claim_whose_connection_has_died_does_not_keep_the_webhook() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let database = stage.database();
    let inbox = stage.inbox().await;
    let (url, forget) = forgetful_firewall(database).await;
    let behind = inbox_behind(&stage, &url, 1).await;
    // From now on the server knows the statement: it need not wait for its parameters.
    behind.work_once(&Says::done()).await.unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let session = locked(database, "webhook").await;
    let claim = tokio::spawn(async move { behind.work_once(&Says::done()).await });
    waits(database, "UPDATE moneyhub_inbox.webhook").await;
    forget.send_replace(());
    session.close().await.unwrap();
    until(async || inbox.work_once(&Says::done()).await.unwrap() == 1).await;
    claim.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn inboxes_that_open_at_once_create_the_tables_once() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let inboxes: Vec<Inbox<Postgres>> = join_all((0..8).map(|_| stage.inbox())).await;
    let applied = stage.rows("migration").await;
    let known = Inbox::migrator().iter().count();
    assert_eq!(applied, i64::try_from(known).unwrap());
    for inbox in inboxes {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    assert_eq!(stage.rows("webhook").await, 8);
}

/// A payload that a database might change: the order of members, numbers, escapes, white space, duplicates.
const ODD: &str = r#"{ "z":1.10, "a" : 1e3, "big":123456789012345678901234567890, "text":"\u0000\u0041\/ 😀 \ud800", "x":1, "x":2 }"#;

/// For services with tables of their own.
#[tokio::test(flavor = "multi_thread")]
async fn a_stored_webhook_survives_columns_of_text_json_and_jsonb() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let now = stage.clock.now();
    let (signed, unsigned) = (stage.moneyhub.receiver(), Receiver::unsigned_json());
    let mut webhooks: Vec<Webhook> = vec![signed.parse_at(stage.body().as_bytes(), now).unwrap()];
    for name in ["deletedAccount", "paymentError", "somethingNew"] {
        let body = format!(r#" {{"eventType":"{name}","payload": {ODD} ,"id":"w\u0000"}} "#);
        webhooks.push(unsigned.parse_at(body.as_bytes(), now).unwrap());
    }
    let url = stage.database().url();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for webhook in webhooks {
        let stored = StoredWebhook::new(webhook.clone(), now);
        let text = serde_json::to_string(&stored).unwrap();
        for column in ["text", "json", "jsonb"] {
            let select = format!("SELECT ($1::text::{column})::text");
            let read: String = sqlx::query_scalar(AssertSqlSafe(select))
                .bind(&text)
                .fetch_one(&mut connection)
                .await
                .unwrap();
            let read: StoredWebhook = serde_json::from_str(&read).unwrap();
            assert_eq!(read, stored, "{column}");
            assert_eq!(read.payload(), webhook.payload());
        }
    }
}
