//! `/healthz`: whether the program runs, and what waits.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use tokio::time::timeout;

use crate::store::AnyInbox;

/// How long the store may take to count.
const LIMIT: Duration = Duration::from_secs(2);

/// The answer. Its status is always 200: while a store is down its webhooks go to the spill folder, and a balancer that
/// sent them nowhere would lose them.
#[derive(Serialize)]
struct Report {
    status: &'static str,
    sources: BTreeMap<String, SourceReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SourceReport {
    store: &'static str,
    spilled_bytes: u64,
    /// `None`: the store does not answer.
    backlog: Option<BacklogReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BacklogReport {
    waiting: u64,
    lag_seconds: u64,
    dead: u64,
    unverified: u64,
    rejected: u64,
}

type Inboxes = Arc<[(String, AnyInbox)]>;

pub(crate) fn router(inboxes: Inboxes) -> Router {
    Router::new()
        .route("/healthz", get(report))
        .with_state(inboxes)
}

async fn report(State(inboxes): State<Inboxes>) -> Json<Report> {
    let mut sources = BTreeMap::new();
    for (name, inbox) in inboxes.iter() {
        sources.insert(name.clone(), source(inbox).await);
    }
    let is_up = sources
        .values()
        .all(|source| source.store == "up" && source.backlog.is_some());
    Json(Report {
        status: if is_up { "ok" } else { "degraded" },
        sources,
    })
}

async fn source(inbox: &AnyInbox) -> SourceReport {
    let health = inbox.health();
    let backlog = timeout(LIMIT, inbox.backlog()).await;
    SourceReport {
        store: if health.is_store_up { "up" } else { "down" },
        spilled_bytes: health.spilled_bytes,
        backlog: backlog
            .ok()
            .and_then(Result::ok)
            .map(|backlog| BacklogReport {
                waiting: backlog.waiting,
                lag_seconds: backlog.lag.unwrap_or_default().as_secs(),
                dead: backlog.dead,
                unverified: backlog.unverified,
                rejected: backlog.rejected,
            }),
    }
}
