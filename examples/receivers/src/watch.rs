//! What a service watches: `/metrics`, the text that Prometheus reads, and `/healthz`, on a listener of their own. They
//! are never on the public one: what is counted there is nobody else's business.
//!
//! | series | labels | |
//! |---|---|---|
//! | `moneyhub_webhooks_…` | | what the library counts: its guide `metrics` |
//! | `moneyhub_receiver_answers_total` | `answer`, `status` | what was answered: see [`answer`](crate::answer) |
//! | `moneyhub_receiver_backlog_entries` | `queue` | webhooks that wait (`accepted`), bodies that are not judged yet (`unjudged`), dead letters (`dead`) |
//! | `moneyhub_receiver_backlog_lag_seconds` | | how long the oldest of those that were accepted has waited |
//! | `moneyhub_receiver_backlog_disk_bytes` | | bytes on this machine's disk |
//! | `moneyhub_receiver_backlog_readable` | | 1 if all of the backlog could be read just now, else 0 |
//!
//! The gauges of the backlog are read for each scrape. One that can't be read is NaN, and what a program does not have
//! has no series.
//!
//! `/healthz` is 503 where tokens are accepted and no key is held that could verify one; otherwise it is 200. A queue
//! that can't be read does not make it 503: a restart does not fix that.

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

/// How long a connection may be silent, or take for the head of a request.
const IDLE: Duration = Duration::from_secs(10);

/// How long the backlog may take to be read.
const READ_LIMIT: Duration = Duration::from_secs(2);

/// What was recorded is put into its buckets so often: else, where nobody reads them, it would pile up.
const UPKEEP: Duration = Duration::from_secs(5);

/// What is watched.
struct Watched<B> {
    recorder: PrometheusHandle,
    keys: Option<RemoteKeys>,
    backlog: B,
}

/// Serves as long as the program runs; the address is the one that was bound. Without keys no token is accepted.
pub async fn serve<B: Backlog>(
    address: &str,
    recorder: PrometheusHandle,
    keys: Option<RemoteKeys>,
    backlog: B,
) -> Result<SocketAddr, Box<dyn Error>> {
    let listener = TcpListener::bind(address).await.map_err(|error| format!("WATCH={address}: {error}"))?;
    let bound = listener.local_addr()?;
    let upkeep = recorder.clone();
    tokio::spawn(async move {
        let mut ticks = interval(UPKEEP);
        loop {
            ticks.tick().await;
            upkeep.run_upkeep();
        }
    });
    let router = router(Watched { recorder, keys, backlog });
    tokio::spawn(serve_with(IDLE, listener, router, pending(), Duration::ZERO));
    Ok(bound)
}

fn router<B: Backlog>(watched: Watched<B>) -> Router {
    Router::new().route("/metrics", get(metrics)).route("/healthz", get(health)).with_state(Arc::new(watched))
}

type Text = (StatusCode, [(HeaderName, &'static str); 1], String);

async fn metrics<B: Backlog>(State(watched): State<Arc<Watched<B>>>) -> Text {
    counts::backlog(watched.waiting().await);
    let text = watched.recorder.render();
    (StatusCode::OK, [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text)
}

async fn health<B: Backlog>(State(watched): State<Arc<Watched<B>>>) -> Text {
    let status = watched.keys.as_ref().map(RemoteKeys::status);
    let (status, text) = health::check(status.as_ref(), watched.waiting().await);
    (status, [(header::CONTENT_TYPE, "application/json")], text)
}

impl<B: Backlog> Watched<B> {
    async fn waiting(&self) -> Waiting {
        let read = timeout(READ_LIMIT, self.backlog.waiting()).await;
        read.unwrap_or_else(|_| Waiting { error: Some("it takes too long".to_owned()), ..Waiting::default() })
    }
}
