//! What only the store in PostgreSQL has: handlers in a transaction, several machines, a server that fails.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use futures_util::future::join_all;
use moneyhub_webhooks::StoredWebhook;
use moneyhub_webhooks_inbox::{
    Handled, Inbox, InboxBuilder, Postgres, Received, TransactionHandler,
};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection, PgPool, PgTransaction};
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

use crate::folder::Folder;
use crate::handlers::Says;
use crate::postgres_server;
use crate::stage::{Place, Stage, post, until};

/// Writes a row for each webhook, and then does what it was told to.
struct Writes(Then);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    Done,
    Retry,
    Dead,
    Panic,
    /// Its last statement takes longer than the limit.
    Hang,
    /// A statement of it fails, and it ignores that.
    IgnoreError,
    /// It ends its own session.
    EndSession,
    /// A deferred constraint makes the commit fail, for the webhook with this number.
    BreakCommit,
}

impl TransactionHandler for Writes {
    async fn handle(
        &self,
        webhook: &StoredWebhook,
        transaction: &mut PgTransaction<'_>,
    ) -> Handled {
        let id = webhook.id().as_str();
        let is_first = id.ends_with("000000000001");
        let written = sqlx::query("INSERT INTO effect (id, parent) VALUES ($1, $2)")
            .bind(id)
            .bind((is_first && self.0 == Then::BreakCommit).then_some("no such"))
            .execute(&mut **transaction)
            .await;
        if !is_first {
            return written.map(drop).into();
        }
        match self.0 {
            Then::Done | Then::BreakCommit => written.map(drop).into(),
            Then::Retry => Handled::Retry("not yet".into()),
            Then::Dead => Handled::Dead("never".into()),
            Then::Panic => panic!("a bug"),
            Then::Hang => {
                // Against the limit that the inbox has set.
                let sleep = "SET LOCAL statement_timeout = 0; SELECT pg_sleep(3600)";
                let _ = sqlx::raw_sql(sleep).execute(&mut **transaction).await;
                Handled::Done
            }
            Then::EndSession => {
                let end = sqlx::query("SELECT pg_terminate_backend(pg_backend_pid())");
                end.execute(&mut **transaction).await.map(drop).into()
            }
            Then::IgnoreError => {
                let fails = sqlx::query("SELECT 1 / 0");
                let _ = fails.execute(&mut **transaction).await;
                Handled::Done
            }
        }
    }
}

/// For a store that does not answer: what it does not take goes to the spill folder soon.
const SHORT: Duration = Duration::from_millis(200);

const EFFECT: &str = "
    CREATE TABLE effect (id text PRIMARY KEY, parent text REFERENCES effect (id) DEFERRABLE INITIALLY DEFERRED)";

/// Handles five webhooks, of which the first one is special. Returns the stage, and the reason of its dead letter.
async fn five(then: Then) -> Option<(Stage<Postgres>, Inbox<Postgres>, Option<String>)> {
    let stage = Stage::postgres().await?;
    stage.database().execute(EFFECT).await;
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.handler_timeout(Duration::from_millis(300));
    let inbox = stage.open(builder).await;
    for _ in 0..5 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    let handler = Writes(then);
    assert_eq!(inbox.work_in_transaction_once(&handler).await.unwrap(), 5);
    let waits = u64::from(!matches!(then, Then::Done | Then::Dead));
    assert_eq!(inbox.backlog().await.unwrap().waiting, waits);
    stage.clock.advance(TimeDelta::days(4));
    let attempts = inbox.work_in_transaction_once(&handler).await.unwrap();
    assert_eq!(attempts, waits);
    let letters = inbox.dead_letters(10).await.unwrap();
    let reason = letters.first().map(|letter| letter.reason.clone());
    Some((stage, inbox, reason))
}

/// Only the special one has failed, with this reason, and without an effect.
async fn only_the_first_one_fails(then: Then, reason: &str) {
    let Some((stage, _inbox, found)) = five(then).await else {
        return;
    };
    assert_eq!(found.as_deref(), Some(reason));
    let database = stage.database();
    assert_eq!(database.count("SELECT count(*) FROM effect").await, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_are_committed_with_the_removal_of_the_webhook() {
    let Some((stage, inbox, reason)) = five(Then::Done).await else {
        return;
    };
    assert_eq!(reason, None);
    assert_eq!(inbox.backlog().await.unwrap().dead, 0);
    let database = stage.database();
    assert_eq!(database.count("SELECT count(*) FROM effect").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_of_a_retry_are_rolled_back() {
    only_the_first_one_fails(Then::Retry, "not yet").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_of_a_dead_letter_are_rolled_back() {
    only_the_first_one_fails(Then::Dead, "never").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn effects_of_a_panic_are_rolled_back() {
    only_the_first_one_fails(Then::Panic, "the handler panicked: a bug").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_that_the_handler_ignores_is_a_failure() {
    let reason = "a statement of the handler has failed: \
        25P02: current transaction is aborted, commands ignored until end of transaction block";
    only_the_first_one_fails(Then::IgnoreError, reason).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_fails_is_a_failure_of_its_webhook_alone() {
    let reason = "23503: insert or update on table \"effect\" \
        violates foreign key constraint \"effect_parent_fkey\"";
    only_the_first_one_fails(Then::BreakCommit, reason).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_is_a_failure_of_its_webhook_alone() {
    let Some((stage, _inbox, reason)) = five(Then::EndSession).await else {
        return;
    };
    let reason = reason.unwrap();
    let expected = "the session of the handler has ended: ";
    assert!(reason.starts_with(expected), "{reason}");
    assert_eq!(
        stage.database().count("SELECT count(*) FROM effect").await,
        4
    );
}

/// Says that it has begun, and ends when it may.
struct Begins(mpsc::UnboundedSender<()>, Arc<Notify>);

impl TransactionHandler for Begins {
    async fn handle(&self, _: &StoredWebhook, _: &mut PgTransaction<'_>) -> Handled {
        self.0.send(()).unwrap();
        self.1.notified().await;
        Handled::Done
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_stopped_begins_none_of_the_others_that_it_has_claimed() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let inbox = stage.inbox().await;
    for _ in 0..5 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    let (began, mut begun) = mpsc::unbounded_channel();
    let may_end = Arc::new(Notify::new());
    let workers = inbox.work_in_transaction(1, Begins(began, Arc::clone(&may_end)));
    begun.recv().await.unwrap();
    // It is told to stop first.
    tokio::join!(workers.stop(), async { may_end.notify_one() });
    assert_eq!(stage.rows("webhook").await, 4);
    assert!(begun.recv().await.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_outlives_its_handler_is_ended_with_its_locks() {
    let Some((stage, _inbox, reason)) = five(Then::Hang).await else {
        return;
    };
    let reason = reason.unwrap();
    assert_eq!(reason, "the handler exceeded its time limit of 300ms");
    let database = stage.database();
    assert_eq!(database.count("SELECT count(*) FROM effect").await, 4);
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(3600)'";
    assert_eq!(database.count(running).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_leave_nothing_of_what_they_have_claimed() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    stage.database().execute(EFFECT).await;
    let inbox = stage.inbox().await;
    let outcomes = join_all((0..600).map(|_| post(&inbox, stage.body()))).await;
    assert!(outcomes.iter().all(|outcome| *outcome == Received::Stored));
    // The clock stands still: what a worker has claimed and not handled would never be due again.
    let workers = inbox.work_in_transaction(4, Writes(Then::Done));
    until(async || inbox.backlog().await.unwrap().waiting == 0).await;
    workers.stop().await;
    let database = stage.database();
    assert_eq!(database.count("SELECT count(*) FROM effect").await, 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_go_on_after_others_that_claim_with_them_are_dropped() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let database = stage.database();
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let mut other = PgConnection::connect(&database.url()).await.unwrap();
    let mut transaction = other.begin().await.unwrap();
    let lock = sqlx::query("LOCK TABLE moneyhub_inbox.webhook");
    lock.execute(&mut *transaction).await.unwrap();
    // One of them asks for all, and hangs. The others wait for their answer.
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let dropped = inbox.work(4, Says::done());
    until(async || database.count(waiting).await > 0).await;
    drop(dropped);
    let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    database.execute(end).await;
    until(async || database.count(waiting).await == 0).await;
    let handler = Says::done();
    let workers = inbox.work(4, handler.clone());
    until(async || database.count(waiting).await > 0).await;
    transaction.rollback().await.unwrap();
    until(async || handler.ids().len() == 1).await;
    until(async || inbox.backlog().await.unwrap().waiting == 0).await;
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_one_or_two_connections_is_enough() {
    for connections in [1, 2] {
        let Some(stage) = Stage::postgres().await else {
            return;
        };
        stage.database().execute(EFFECT).await;
        let pool = PgPoolOptions::new().max_connections(connections);
        let pool = pool.connect_lazy(&stage.database().url()).unwrap();
        let builder = stage.builder(stage.moneyhub.receiver());
        let inbox = builder.postgres(pool).await.unwrap();
        let leased = inbox.work(2, Says::done());
        for _ in 0..5 {
            assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        }
        until(async || inbox.backlog().await.unwrap().waiting == 0).await;
        leased.stop().await;
        let in_transaction = inbox.work_in_transaction(2, Writes(Then::Done));
        for _ in 0..5 {
            assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        }
        until(async || inbox.backlog().await.unwrap().waiting == 0).await;
        in_transaction.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn workers_are_woken_when_another_process_stores_a_webhook() {
    const WEBHOOKS: u32 = 10;
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let (receives, works) = (stage.inbox().await, stage.inbox().await);
    let handler = Says::done();
    let workers = works.work(1, handler.clone());
    let listens = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN %'";
    until(async || stage.database().count(listens).await == 1).await;
    // A worker that nobody wakes looks for itself after half a second. Each webhook arrives just after it has looked.
    let most = WEBHOOKS * Duration::from_millis(250);
    let one_by_one = async {
        for handled in 1..=WEBHOOKS {
            assert_eq!(post(&receives, stage.body()).await, Received::Stored);
            until(async || handler.ids().len() == handled as usize).await;
        }
    };
    timeout(most, one_by_one).await.unwrap();
    workers.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_machines_store_each_webhook_once_and_do_not_deadlock() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let (one, two) = (stage.inbox().await, stage.inbox().await);
    let bodies: Vec<String> = (0..100).map(|_| stage.body()).collect();
    let to_one = bodies.iter().map(|body| post(&one, body.clone()));
    let to_two = bodies.iter().rev().map(|body| post(&two, body.clone()));
    let (at_one, at_two) = tokio::join!(join_all(to_one), join_all(to_two));
    let outcomes = || at_one.iter().chain(&at_two);
    let stored = outcomes().filter(|outcome| **outcome == Received::Stored);
    assert_eq!(stored.count(), 100);
    let copies = outcomes().filter(|outcome| **outcome == Received::Duplicate);
    assert_eq!(copies.count(), 100);

    let handler = Says::done();
    let (by_one, by_two) = tokio::join!(one.work_once(&handler), two.work_once(&handler));
    assert_eq!(by_one.unwrap() + by_two.unwrap(), 100);
    let mut ids = handler.ids();
    ids.dedup();
    assert_eq!(ids.len(), 100);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_go_to_the_spill_folder_while_the_database_is_down_and_from_there_to_it() {
    let Some((stage, builder)) = own_stage().await else {
        return;
    };
    let inbox = stage.open(builder).await;
    let bodies: Vec<String> = (0..20).map(|_| stage.body()).collect();
    stage.database().server.stop();
    for body in &bodies {
        assert_eq!(post(&inbox, body.clone()).await, Received::Stored);
    }
    assert!(inbox.health().spilled_bytes > 0);
    assert!(!inbox.health().is_store_up);
    stage.database().server.restart().await;
    until_moved(&inbox).await;
    let handler = Says::done();
    assert_eq!(inbox.work_once(&handler).await.unwrap(), 20);
    for body in bodies {
        assert_eq!(post(&inbox, body).await, Received::Duplicate);
    }
    assert!(inbox.health().is_store_up);
}

#[tokio::test(flavor = "multi_thread")]
async fn webhooks_go_to_the_spill_folder_while_the_database_hangs() {
    let Some((stage, builder)) = own_stage().await else {
        return;
    };
    let inbox = stage.open(builder).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    stage.database().server.hang();
    let posts = (0..20).map(|_| post(&inbox, stage.body()));
    let outcomes = join_all(posts).await;
    stage.database().server.wake();
    assert!(outcomes.iter().all(|outcome| *outcome == Received::Stored));
    until_moved(&inbox).await;
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 21);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_is_503_while_the_database_is_down_and_there_is_no_spill_folder() {
    let Some(database) = postgres_server::own_database().await else {
        return;
    };
    let stage = Stage::in_database(database);
    let builder = stage.builder(stage.moneyhub.receiver());
    let inbox = stage.open(builder.store_timeout(SHORT)).await;
    stage.database().server.stop();
    let outcome = post(&inbox, stage.body()).await;
    assert_eq!(outcome, Received::Unavailable);
    assert_eq!(outcome.status().as_u16(), 503);
    stage.database().server.restart().await;
    until(async || post(&inbox, stage.body()).await == Received::Stored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inbox_with_a_spill_folder_opens_while_the_database_is_down() {
    let Some((stage, builder)) = own_stage().await else {
        return;
    };
    stage.database().server.stop();
    let inbox = stage.open(builder).await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    stage.database().server.restart().await;
    until_moved(&inbox).await;
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_migrations_leave_those_of_the_user_alone_and_need_no_right_once_applied() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let database = stage.database();
    let roles = "CREATE ROLE service LOGIN; CREATE TABLE _sqlx_migrations (mine integer);";
    database.execute(roles).await;
    let as_service = || {
        let pool = PgPool::connect_lazy(&database.url_as("service")).unwrap();
        stage.builder(stage.moneyhub.receiver()).postgres(pool)
    };
    let error = as_service().await.unwrap_err();
    assert!(error.to_string().contains("permission denied"), "{error}");

    Inbox::migrator().run(&database.pool()).await.unwrap();
    let rights = "
        GRANT USAGE ON SCHEMA moneyhub_inbox TO service;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA moneyhub_inbox TO service;";
    database.execute(rights).await;
    let inbox = as_service().await.unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);

    // A hosted server may not say which one it is.
    let hosted = "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC";
    database.execute(hosted).await;
    let inbox = as_service().await.unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);

    // A newer version was here: a rolling upgrade.
    let newer = "INSERT INTO moneyhub_inbox.migration SELECT 99, '', now(), true, '', 0";
    database.execute(newer).await;
    assert_eq!(
        post(&as_service().await.unwrap(), stage.body()).await,
        Received::Stored
    );
    Inbox::migrator().run(&database.pool()).await.unwrap();
}

/// It may not know when its session began.
#[tokio::test(flavor = "multi_thread")]
async fn handlers_in_a_transaction_work_under_a_role_that_is_not_that_of_the_login() {
    let Some((stage, _, _)) = five(Then::Done).await else {
        return;
    };
    let database = stage.database();
    let roles = "
        CREATE ROLE app_owner; CREATE ROLE app_login LOGIN;
        GRANT app_owner TO app_login; ALTER ROLE app_login SET ROLE app_owner;
        GRANT INSERT ON effect TO app_owner;
        GRANT USAGE ON SCHEMA moneyhub_inbox TO app_owner;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA moneyhub_inbox TO app_owner;";
    database.execute(roles).await;
    let pool = PgPool::connect_lazy(&database.url_as("app_login")).unwrap();
    let builder = stage.builder(stage.moneyhub.receiver());
    let inbox = builder.postgres(pool).await.unwrap();
    assert_eq!(post(&inbox, stage.body_of_now()).await, Received::Stored);
    let handled = inbox.work_in_transaction_once(&Writes(Then::Done)).await;
    assert_eq!(handled.unwrap(), 1);
    assert_eq!(stage.rows("webhook").await, 0);
}

/// The pool waits for all of its connections.
#[tokio::test(flavor = "multi_thread")]
async fn the_pool_can_be_closed_while_there_is_an_inbox() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let pool = stage.database().pool();
    let builder = stage.builder(stage.moneyhub.receiver());
    let inbox = builder.postgres(pool.clone()).await.unwrap();
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let workers = inbox.work(1, Says::done());
    until(async || inbox.backlog().await.unwrap().waiting == 0).await;
    workers.stop().await;
    timeout(Duration::from_secs(30), pool.close())
        .await
        .unwrap();
    assert_eq!(pool.size(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_server_is_a_gap() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    drop(stage.inbox().await);
    stage.clock.advance(TimeDelta::minutes(2));
    let body = stage.body_of_now();
    stage.clock.advance(TimeDelta::minutes(2));
    // As after a restore from a copy, or a promotion.
    let other = "UPDATE moneyhub_inbox.memory SET server = 'another'";
    stage.database().execute(other).await;
    let inbox = stage.inbox().await;
    stage.clock.advance(TimeDelta::minutes(4));
    assert_eq!(post(&inbox, body).await.status(), 401);
}

/// It was promoted a moment ago, and nobody has confirmed its memory yet.
#[tokio::test(flavor = "multi_thread")]
async fn another_server_is_a_gap_before_its_memory_is_confirmed() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let inbox = stage.inbox().await;
    stage.clock.advance(TimeDelta::minutes(2));
    let late = [stage.body_of_now(), stage.body_of_now()];
    stage.clock.advance(TimeDelta::minutes(10));
    stage.confirm_memory().await;
    for (body, dead) in late.into_iter().zip([0, 1]) {
        if dead == 1 {
            let other = "UPDATE moneyhub_inbox.memory SET server = 'another'";
            stage.database().execute(other).await;
        }
        assert_eq!(post(&inbox, body).await, Received::Stored);
        let backlog = inbox.backlog().await.unwrap();
        assert_eq!((backlog.waiting, backlog.dead), (1, dead));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_does_not_wait_for_its_disk_does_so_for_webhooks() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let database = stage.database();
    let name = database.url().rsplit('/').next().unwrap().to_owned();
    let lax = format!("ALTER DATABASE {name} SET synchronous_commit = off");
    database.execute(&lax).await;
    let inbox = stage.inbox().await;
    // What the transaction of a receipt sees when it commits.
    let spy = "
        CREATE TABLE spy (setting text);
        CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN INSERT INTO spy SELECT current_setting('synchronous_commit'); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER spy AFTER INSERT ON moneyhub_inbox.webhook
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION spy();";
    database.execute(spy).await;
    // The first batch of a connection is in a transaction, and the others are a statement each.
    for _ in 0..2 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    }
    let seen = database.strings("SELECT setting FROM spy").await;
    assert_eq!(seen, ["on", "on"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_webhook_whose_commit_fails_is_not_stored() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let inbox = stage.inbox().await;
    assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
    let fail = "
        CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
        CREATE CONSTRAINT TRIGGER fail AFTER INSERT ON moneyhub_inbox.webhook
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail();";
    stage.database().execute(fail).await;
    let outcome = post(&inbox, stage.body()).await;
    assert_eq!(outcome, Received::Unavailable);
    assert_eq!(stage.rows("webhook").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn receipts_that_wait_for_locks_leave_at_most_one_session_behind() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let database = stage.database();
    let builder = stage.builder(stage.moneyhub.receiver());
    let inbox = stage.open(builder.store_timeout(SHORT)).await;
    until(async || post(&inbox, stage.body()).await == Received::Stored).await;
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'";

    // The row of the key: another transaction is about to write it.
    let body = stage.body();
    let receiver = stage.moneyhub.receiver();
    let webhook = receiver.parse_at(body.as_bytes(), stage.clock.now());
    let key = webhook.unwrap().replay_key();
    let mut other = PgConnection::connect(&database.url()).await.unwrap();
    let mut transaction = other.begin().await.unwrap();
    let insert = sqlx::query("INSERT INTO moneyhub_inbox.remembered VALUES ($1, now(), true)");
    let insert = insert.bind(key.as_bytes().as_slice());
    insert.execute(&mut *transaction).await.unwrap();
    assert_eq!(post(&inbox, body).await, Received::Unavailable);
    until(async || database.count(waiting).await == 0).await;
    transaction.rollback().await.unwrap();

    // The table, which a statement locks before it has made its settings.
    until(async || post(&inbox, stage.body()).await == Received::Stored).await;
    let mut transaction = other.begin().await.unwrap();
    let lock = sqlx::query("LOCK TABLE moneyhub_inbox.remembered");
    lock.execute(&mut *transaction).await.unwrap();
    for _ in 0..4 {
        assert_eq!(post(&inbox, stage.body()).await, Received::Unavailable);
    }
    until(async || database.count(waiting).await <= 1).await;
    transaction.rollback().await.unwrap();
    until(async || post(&inbox, stage.body()).await == Received::Stored).await;
}

/// A server of its own, and an inbox with a spill folder. The folder is removed with the stage.
async fn own_stage() -> Option<(Stage<Postgres>, InboxBuilder)> {
    let stage = Stage::in_database(postgres_server::own_database().await?);
    let builder = stage.builder(stage.moneyhub.receiver());
    let builder = builder.spill(stage.folder.0.join("spill"));
    Some((stage, builder.store_timeout(SHORT)))
}

async fn until_moved(inbox: &Inbox<Postgres>) {
    until(async || inbox.health().spilled_bytes == 0).await;
}

impl Stage<Postgres> {
    fn in_database(database: postgres_server::Database) -> Self {
        Self::postgres_in(Place::Database(database), Folder::new())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whether_there_is_a_spill_folder_has_to_be_said() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let builder = InboxBuilder::new(stage.moneyhub.receiver());
    let error = builder.postgres(stage.database().pool()).await.unwrap_err();
    let message = "no spill folder: choose one with `spill`, or none with `without_spill`";
    assert_eq!(error.to_string(), message);
    assert!(!error.is_transient());
}
