//! Serves `/metrics` for Prometheus and `/healthz`, on a listener of their own. Never serve them on the public
//! listener: they are for your monitoring only.
//!
//! | series | labels | |
//! |---|---|---|
//! | `moneyhub_webhooks_…` | | the metrics of the library: see its guide `metrics` |
//! | `moneyhub_receiver_answers_total` | `answer`, `status` | answers: see [`answer`](crate::answer) |
//! | `moneyhub_receiver_backlog_entries` | `queue` | webhooks that wait (`accepted`), bodies that are not verified yet (`unjudged`), dead letters (`dead`) |
//! | `moneyhub_receiver_backlog_lag_seconds` | | how long the oldest accepted webhook has waited |
//! | `moneyhub_receiver_backlog_disk_bytes` | | bytes on this machine's disk |
//! | `moneyhub_receiver_backlog_readable` | | 1 if the whole backlog could be read just now, else 0 |
//! | `moneyhub_receiver_keys_usable` | | number of keys that can verify |
//! | `moneyhub_receiver_keys_age_seconds` | | how long ago the keys were fetched; NaN if there are none |
//!
//! The gauges are read at each scrape. A gauge that can't be read is NaN. A program has no series for what it
//! does not have.
//!
//! `/healthz` answers 503 if tokens are accepted and no cached key can verify one, and 200 otherwise. A queue that
//! can't be read does not cause a 503: a restart does not fix that.

mod backlog;
mod counts;
mod health;

use std::error::Error;
use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use moneyhub_webhooks::RemoteKeys;
use tokio::net::TcpListener;
use tokio::time::{interval, timeout};

use crate::axum::serve_with;
pub use backlog::{Backlog, Waiting};
pub(crate) use counts::answered;
pub use counts::install;

/// How long a connection may be idle, or take to send the head of a request.
const IDLE: Duration = Duration::from_secs(10);

/// The time limit for reading the backlog.
const READ_LIMIT: Duration = Duration::from_secs(2);

/// How often recorded values are moved into their buckets. Without that they would pile up if nobody scrapes.
const UPKEEP: Duration = Duration::from_secs(5);

/// The state behind both pages.
struct Watched<B> {
    recorder: PrometheusHandle,
    keys: Option<RemoteKeys>,
    backlog: B,
}

/// Serves both pages as long as the program runs, and returns the address that was bound. `keys` is `None` if no tokens
/// are accepted.
pub async fn serve<B: Backlog>(
    address: &str,
    recorder: PrometheusHandle,
    keys: Option<RemoteKeys>,
    backlog: B,
) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| format!("WATCH={address}: {error}"))?;
    let bound = listener.local_addr()?;
    let upkeep = recorder.clone();
    tokio::spawn(async move {
        let mut ticks = interval(UPKEEP);
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    let router = router(Watched {
        recorder,
        keys,
        backlog,
    });
    tokio::spawn(serve_with(
        IDLE,
        listener,
        router,
        pending(),
        Duration::ZERO,
    ));
    Ok(bound)
}

fn router<B: Backlog>(watched: Watched<B>) -> Router {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/healthz", get(health))
        .with_state(Arc::new(watched))
}

type Text = (StatusCode, [(HeaderName, &'static str); 1], String);

async fn metrics<B: Backlog>(State(watched): State<Arc<Watched<B>>>) -> Text {
    counts::backlog(watched.waiting().await);
    if let Some(keys) = &watched.keys {
        counts::keys(&keys.status());
    }
    let text = watched.recorder.render();
    (
        StatusCode::OK,
        [(
            header::CONTENT_TYPE,
            "text/plain; version=0.0.4; charset=utf-8",
        )],
        text,
    )
}

async fn health<B: Backlog>(State(watched): State<Arc<Watched<B>>>) -> Text {
    let status = watched.keys.as_ref().map(RemoteKeys::status);
    let (status, text) = health::check(status.as_ref(), watched.waiting().await);
    (status, [(header::CONTENT_TYPE, "application/json")], text)
}

impl<B: Backlog> Watched<B> {
    async fn waiting(&self) -> Waiting {
        let read = timeout(READ_LIMIT, self.backlog.waiting()).await;
        read.unwrap_or_else(|_| Waiting {
            error: Some("it takes too long".to_owned()),
            ..Waiting::default()
        })
    }
}
