//! What to compare with: a server that only verifies, servers that store each webhook with a statement of its own, and
//! workers that take one webhook after the other.

use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use chrono::Utc;
use moneyhub_webhooks::{Receiver, StoredWebhook};
use sqlx::{Connection as _, PgPool, Row as _};
use tokio::task::spawn_blocking;

/// Verifies a body, and returns the key and the row.
async fn row(receiver: &Receiver, body: &[u8]) -> Option<([u8; 32], String)> {
    let webhook = receiver.receive(body).await.ok()?;
    let key = webhook.replay_key().into();
    let row = serde_json::to_string(&StoredWebhook::new(webhook, Utc::now()));
    Some((key, row.unwrap()))
}

fn status(is_stored: bool) -> StatusCode {
    if is_stored {
        StatusCode::ACCEPTED
    } else {
        StatusCode::BAD_REQUEST
    }
}

pub(crate) fn verify(receiver: Receiver) -> Router {
    let handle = async move |body: Bytes| status(row(&receiver, &body).await.is_some());
    Router::new().route("/webhooks", post(handle))
}

pub(crate) fn sqlite(receiver: Receiver, path: &str) -> Router {
    let connection = rusqlite::Connection::open(path).unwrap();
    let setup = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        CREATE TABLE key (key BLOB PRIMARY KEY, until INTEGER); CREATE TABLE webhook (key BLOB PRIMARY KEY, row TEXT);";
    connection.execute_batch(setup).unwrap();
    let connection = Arc::new(Mutex::new(connection));
    let handle = async move |body: Bytes| {
        let Some((key, row)) = row(&receiver, &body).await else {
            return status(false);
        };
        let connection = Arc::clone(&connection);
        let store = move || {
            let mut connection = connection.lock().unwrap();
            let transaction = connection.transaction().unwrap();
            let mut statement = transaction
                .prepare_cached("INSERT INTO key VALUES (?1, 0)")
                .unwrap();
            statement.execute([key]).unwrap();
            drop(statement);
            let mut statement = transaction
                .prepare_cached("INSERT INTO webhook VALUES (?1, ?2)")
                .unwrap();
            statement.execute(rusqlite::params![key, row]).unwrap();
            drop(statement);
            transaction.commit().unwrap();
        };
        status(spawn_blocking(store).await.is_ok())
    };
    Router::new().route("/webhooks", post(handle))
}

pub(crate) async fn postgres(receiver: Receiver, pool: PgPool) -> Router {
    let setup = "CREATE TABLE key (key bytea PRIMARY KEY, until timestamptz);
        CREATE TABLE webhook (key bytea PRIMARY KEY, row text);";
    sqlx::raw_sql(setup).execute(&pool).await.unwrap();
    let handle = async move |body: Bytes| {
        let Some((key, row)) = row(&receiver, &body).await else {
            return status(false);
        };
        let insert = "
            WITH fresh AS (INSERT INTO key VALUES ($1, now()) ON CONFLICT DO NOTHING RETURNING key)
            INSERT INTO webhook SELECT key, $2 FROM fresh";
        let stored = sqlx::query(insert).bind(key).bind(row).execute(&pool).await;
        status(stored.is_ok())
    };
    Router::new().route("/webhooks", post(handle))
}

/// The statistics of a queue are always wrong: without this a claim sorts all of it.
const BY_INDEX: &str =
    "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off";

/// Handles and removes each webhook in the transaction that takes it.
pub(crate) fn work_in_transactions(pool: &PgPool, workers: usize) {
    let take =
        "SELECT key, webhook FROM moneyhub_inbox.webhook WHERE signed AND due_at <= now() AND dead_at IS NULL
        ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED";
    for _ in 0..workers {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut connection = pool.acquire().await.unwrap();
            sqlx::raw_sql(BY_INDEX)
                .execute(&mut *connection)
                .await
                .unwrap();
            loop {
                let mut transaction = connection.begin().await.unwrap();
                let row = sqlx::query(take)
                    .fetch_one(&mut *transaction)
                    .await
                    .unwrap();
                let webhook: StoredWebhook = serde_json::from_str(row.get("webhook")).unwrap();
                let insert = sqlx::query("INSERT INTO effect (id) VALUES ($1)");
                let insert = insert.bind(webhook.id().as_str());
                insert.execute(&mut *transaction).await.unwrap();
                let remove = sqlx::query("DELETE FROM moneyhub_inbox.webhook WHERE key = $1");
                let remove = remove.bind(row.get::<Vec<u8>, _>("key"));
                remove.execute(&mut *transaction).await.unwrap();
                transaction.commit().await.unwrap();
            }
        });
    }
}

/// Takes each webhook with one statement, and removes it with another one.
pub(crate) fn work_leased(pool: &PgPool, workers: usize) {
    let take = "UPDATE moneyhub_inbox.webhook SET due_at = now() + interval '1 minute', attempts = attempts + 1
        WHERE key = ANY (ARRAY(
            SELECT key FROM moneyhub_inbox.webhook WHERE signed AND due_at <= now() AND dead_at IS NULL
            ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED))
        RETURNING key, webhook";
    for _ in 0..workers {
        let pool = pool.clone();
        tokio::spawn(async move {
            let mut connection = pool.acquire().await.unwrap();
            sqlx::raw_sql(BY_INDEX)
                .execute(&mut *connection)
                .await
                .unwrap();
            loop {
                let row = sqlx::query(take)
                    .fetch_all(&mut *connection)
                    .await
                    .unwrap()
                    .remove(0);
                let _: StoredWebhook = serde_json::from_str(row.get("webhook")).unwrap();
                let remove = sqlx::query("DELETE FROM moneyhub_inbox.webhook WHERE key = $1");
                let remove = remove.bind(row.get::<Vec<u8>, _>("key"));
                remove.execute(&mut *connection).await.unwrap();
            }
        });
    }
}

/// The same in a file.
pub(crate) fn work_sqlite(path: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.busy_timeout(Duration::from_secs(60)).unwrap();
    connection
        .execute_batch("PRAGMA synchronous = FULL")
        .unwrap();
    let take = "UPDATE webhook SET due_at = due_at + 60000000, attempts = attempts + 1
        WHERE rowid = (SELECT rowid FROM webhook WHERE dead_at IS NULL AND signed = 1 ORDER BY due_at LIMIT 1)
        RETURNING rowid, webhook";
    thread::spawn(move || {
        let mut take = connection.prepare(take).unwrap();
        let mut remove = connection
            .prepare("DELETE FROM webhook WHERE rowid = ?1")
            .unwrap();
        loop {
            let mut rows = take.query([]).unwrap();
            let row = rows.next().unwrap().unwrap();
            let id: i64 = row.get(0).unwrap();
            let webhook: String = row.get(1).unwrap();
            // To its end: the commit comes with it.
            assert!(rows.next().unwrap().is_none());
            drop(rows);
            let _: StoredWebhook = serde_json::from_str(&webhook).unwrap();
            remove.execute([id]).unwrap();
        }
    });
}
