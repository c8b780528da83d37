//! `/healthz`: whether the program runs, and what waits.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::store::AnyInbox;

/// How long the store may take to count.
const LIMIT: Duration = Duration::from_secs(2);

type Inboxes = Arc<[(String, AnyInbox)]>;

pub(crate) fn router(inboxes: Inboxes) -> Router {
    Router::new()
        .route("/healthz", get(report))
        .with_state(inboxes)
}

/// The status is always 200: while a store is down its webhooks go to the spill folder, and a balancer that sent them
/// nowhere would lose them.
async fn report(State(inboxes): State<Inboxes>) -> Json<Value> {
    let mut is_up = true;
    let mut sources = Map::new();
    for (name, inbox) in inboxes.iter() {
        let health = inbox.health();
        let backlog = timeout(LIMIT, inbox.backlog())
            .await
            .ok()
            .and_then(Result::ok);
        is_up &= health.is_store_up && backlog.is_some();
        let source = json!({
            "store": if health.is_store_up { "up" } else { "down" },
            "spilledBytes": health.spilled_bytes,
            "backlog": backlog.map(|backlog| json!({
                "waiting": backlog.waiting,
                "lagSeconds": backlog.lag.unwrap_or_default().as_secs(),
                "dead": backlog.dead,
                "unverified": backlog.unverified,
                "rejected": backlog.rejected,
            })),
        });
        sources.insert(name.clone(), source);
    }
    let status = if is_up { "ok" } else { "degraded" };
    Json(json!({ "status": status, "sources": sources }))
}
