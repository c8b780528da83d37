//! Servers to compare with: one that only verifies, and those that store each webhook with a statement of its own.

use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use chrono::Utc;
use moneyhub_webhooks::{Receiver, StoredWebhook};
use sqlx::PgPool;
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

pub(crate) fn sqlite(receiver: Receiver, path: &Path) -> Router {
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
