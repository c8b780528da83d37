//! `/healthz`: whether the program runs, and what waits. `/metrics`: the same as numbers, and what was counted.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use futures_util::future::join_all;
use moneyhub_webhooks::RemoteKeys;
use moneyhub_webhooks_inbox::metrics as inbox;
use serde_json::{Map, Value, json};
use tokio::time::timeout;

use crate::metrics::Metrics;
use crate::store::AnyInbox;

/// How long the stores may take to count: a probe waits for a second.
const LIMIT: Duration = Duration::from_millis(500);

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
    let backlogs = sources.all.iter().map(async |source| {
        // A store that is down would only take its time.
        if !source.inbox.health().is_store_up {
            return None;
        }
        timeout(LIMIT, source.inbox.backlog()).await.ok()?.ok()
    });
    let backlogs = join_all(backlogs).await;
    let mut is_up = true;
    let mut shown = Map::new();
    for (source, backlog) in sources.all.iter().zip(backlogs) {
        let health = source.inbox.health();
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
    let of_sources = all.iter().map(async |source| {
        let set_gauges = async {
            // An error is in the gauges too.
            _ = source.inbox.backlog().await;
            if let Some(keys) = &source.keys {
                inbox::set_keys(&keys.status());
            }
        };
        metrics.of_source(&source.name, set_gauges).await;
    });
    join_all(of_sources).await;
    let text = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, text)], metrics.render())
}
