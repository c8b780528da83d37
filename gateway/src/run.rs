//! The gateway: opens the stores, receives and delivers until it is told to stop.

use axum::Router;
use futures_util::future::try_join_all;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::{Config, Keys, Policy, Source};
use crate::delivery::Delivery;
use crate::failure::{Failure, other};
use crate::health::Watched;
use crate::metrics::Metrics;
use crate::serve::{bind, serve};
use crate::stop::Signals;
use crate::store::{AnyInbox, Purpose, open};
use crate::target::Target;
use crate::{health, log, metrics};

/// The issuer of `moneyhub-webhooks send`.
const TEST_ISSUER: &str = "https://test-issuer.invalid";

pub(crate) async fn run(config: Config) -> Result<(), Failure> {
    log::start(config.log.clone());
    let metrics = Metrics::start()?;
    tokio::spawn(metrics.clone().sum_up());
    let mut signals = Signals::new().map_err(other)?;
    // Before the stores: another gateway may run with the same settings.
    let listener = bind(&config.listen).await?;
    let health_listener = bind(&config.health).await?;

    let mut routes = Router::new();
    let mut watched = Vec::new();
    let mut workers = Vec::new();
    // At once: requests wait until all are open, and one that is down takes its time.
    let inboxes = config
        .sources
        .iter()
        .map(|source| open(source, Purpose::Receive));
    let inboxes = try_join_all(inboxes).await?;
    for (source, inbox) in config.sources.iter().zip(inboxes) {
        let target = Target::new(&source.target)?;
        if !inbox.health().is_store_up {
            let (name, place) = (&source.name, &source.place);
            tracing::warn!(
                "source {name}: {place} does not answer: what arrives goes to the spill folder"
            );
        }
        let keys = match &source.policy {
            Policy::Signed {
                keys: Keys::Url(_, keys),
                ..
            } => Some(keys.clone()),
            _ => None,
        };
        if let Some(keys) = &keys {
            keys.keep_fresh().map_err(other)?;
        }
        routes = routes.merge(inbox.router(&source.path));
        workers.push(deliver(source, &inbox, target));
        let name = source.name.clone();
        watched.push(Watched { name, inbox, keys });
    }

    let address = listener.local_addr().map_err(other)?;
    let health_address = health_listener.local_addr().map_err(other)?;
    tracing::info!("listening on http://{address}, /healthz on http://{health_address}");
    let (stop, stopped) = watch::channel(false);
    let mut servers = JoinSet::new();
    servers.spawn(serve(listener, routes, stopped.clone()));
    servers.spawn(serve(
        health_listener,
        health::router(watched, metrics),
        stopped,
    ));

    signals.received().await;
    tracing::info!("stopping: finishing what is under way");
    _ = stop.send(true);
    let finish = async {
        while servers.join_next().await.is_some() {}
        let mut stopping = JoinSet::new();
        for workers in workers {
            stopping.spawn(workers.stop());
        }
        while stopping.join_next().await.is_some() {}
    };
    tokio::select! {
        () = finish => tracing::info!("stopped"),
        () = signals.received() => tracing::warn!("stopped at once: deliveries under way are made again"),
    }
    Ok(())
}

fn deliver(source: &Source, inbox: &AnyInbox, target: Target) -> moneyhub_webhooks_inbox::Workers {
    let Source {
        name, path, place, ..
    } = source;
    let accepts = if source.is_signed() {
        "signed tokens"
    } else {
        "plain JSON of anyone"
    };
    if matches!(&source.policy, Policy::Signed { issuers, .. } if issuers.iter().any(|name| name == TEST_ISSUER))
    {
        tracing::warn!(
            "source {name}: tokens of the test issuer are accepted, and its private key is public"
        );
    }
    metrics::register(name);
    let url = &source.target.url;
    tracing::info!("source {name}: {accepts} at {path}, stored in {place}, delivered to {url}");
    let delivery = Delivery {
        source: name.clone(),
        is_signed: source.is_signed(),
        target,
    };
    inbox.work(source.concurrency, delivery)
}
