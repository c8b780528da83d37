//! `/metrics` and `/healthz`, on a listener of their own.
//!
//! ```console
//! $ MONEYHUB_CLIENT_ID=… cargo run -p moneyhub-webhooks-inbox --features axum,metrics --example watched
//! ```

use std::env;
use std::error::Error;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use moneyhub_webhooks::{Receiver, RemoteKeys};
use moneyhub_webhooks_inbox::{Inbox, Store, metrics};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let recorder = builder()?.install_recorder()?;
    metrics::register();
    let keys = RemoteKeys::moneyhub().build()?;
    keys.keep_fresh()?;
    let client_id = env::var("MONEYHUB_CLIENT_ID").map_err(|_| "set MONEYHUB_CLIENT_ID")?;
    let receiver = Receiver::signed(keys.clone(), client_id);
    let inbox = Inbox::sqlite("inbox.db", receiver).await?;
    // Start workers here, as the other examples do: without them nothing is handled.
    // Only Prometheus and the orchestrator may reach these two pages.
    let private = TcpListener::bind("127.0.0.1:9464").await?;
    tokio::spawn(axum::serve(private, pages(&inbox, keys, recorder)).into_future());
    let public = TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(public, inbox.router("/webhooks")).await?;
    Ok(())
}

/// A recorder with the buckets that the dashboard expects.
pub(crate) fn builder() -> Result<PrometheusBuilder, BuildError> {
    let mut buckets = metrics::BUCKETS.iter();
    buckets.try_fold(PrometheusBuilder::new(), |builder, (name, bounds)| {
        builder.set_buckets_for_metric(Matcher::Full(name.to_string()), bounds)
    })
}

pub(crate) fn pages<S>(inbox: &Inbox<S>, keys: RemoteKeys, recorder: PrometheusHandle) -> Router
where
    S: Store,
{
    let inbox = inbox.clone();
    let health = async move || {
        let health = inbox.health();
        let (store, bytes) = (health.is_store_up, health.spilled_bytes);
        let json = format!(r#"{{"isStoreUp":{store},"spilledBytes":{bytes}}}"#);
        ([(CONTENT_TYPE, "application/json")], json)
    };
    let metrics = async move || {
        metrics::set_keys(&keys.status());
        recorder.render()
    };
    let router = Router::new().route("/healthz", get(health));
    router.route("/metrics", get(metrics))
}
