//! `/healthz`: whether the program runs, and what waits. `/metrics`: the same as numbers, and what was counted.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use moneyhub_webhooks::RemoteKeys;
use moneyhub_webhooks_inbox::metrics as inbox;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::metrics::Metrics;
use crate::store::AnyInbox;

/// How long the store may take to count.
const LIMIT: Duration = Duration::from_secs(2);

/// A source, as far as it is watched.
pub(crate) struct Watched {
    pub(crate) name: String,
    pub(crate) inbox: AnyInbox,
    /// The keys that it fetches.
    pub(crate) keys: Option<RemoteKeys>,
}

#[derive(Clone)]
struct Sources {
    all: Arc<[Watched]>,
    metrics: Metrics,
}

pub(crate) fn router(sources: Vec<Watched>, metrics: Metrics) -> Router {
    let all = sources.into();
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(numbers))
        .with_state(Sources { all, metrics })
}

/// The status is always 200: while a store is down its webhooks go to the spill folder, and a balancer that sent them
/// nowhere would lose them.
async fn healthz(State(sources): State<Sources>) -> Json<Value> {
    let mut is_up = true;
    let mut shown = Map::new();
    for source in sources.all.iter() {
        let backlog = timeout(LIMIT, source.inbox.backlog()).await;
        let (health, backlog) = (source.inbox.health(), backlog.ok().and_then(Result::ok));
        is_up &= health.is_store_up && backlog.is_some();
        let json = json!({
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
        shown.insert(source.name.clone(), json);
    }
    let status = if is_up { "ok" } else { "degraded" };
    Json(json!({ "status": status, "sources": shown }))
}

async fn numbers(State(Sources { all, metrics }): State<Sources>) -> impl IntoResponse {
    for source in all.iter() {
        let set_gauges = async {
            // An error is in the gauges too.
            _ = source.inbox.backlog().await;
            if let Some(keys) = &source.keys {
                inbox::keys(&keys.status());
            }
        };
        metrics.of_source(&source.name, set_gauges).await;
    }
    let text = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, text)], metrics.render())
}
