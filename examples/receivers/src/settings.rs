//! What the programs here read from the environment.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use moneyhub_webhooks::{Receiver, RemoteKeys};
use tokio::signal::unix::{SignalKind, signal};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// For the body of a request. With `parse_live`, which waits for keys for 2 seconds at most, and with a Redis that
/// does not answer it fits into the 5 seconds of the sender.
pub const READ_LIMIT: Duration = Duration::from_millis(1500);

/// How long a program that is told to stop waits for requests that are under way.
pub const GRACE: Duration = Duration::from_secs(10);

pub const HELP: &str = "\
Environment:
  MONEYHUB_CLIENT_ID  the id of your API client, which a token's audience must name
  MONEYHUB_JWKS_URL   another key set than https://identity.moneyhub.co.uk/oidc/certs, with
  MONEYHUB_ISSUER     the issuer whose keys it has
  MONEYHUB_ACCEPT     tokens (if it is not set), plain-json, which proves nothing, or both
  LISTEN              address and port (127.0.0.1:8080)
  WATCH               address and port of /metrics and /healthz (127.0.0.1:9464, and 9465 of workers)
  REDIS_URL           for the queue (redis://127.0.0.1/)
  REDIS_TAG           what the keys in Redis begin with (moneyhub)
  DATABASE_URL        PostgreSQL (postgres://postgres@127.0.0.1/postgres)
  SPILL               a folder for what Redis or PostgreSQL does not take (./spill)
  TAKE_OVER_AFTER_MS  of workers: the time for an entry in milliseconds (60000)
  BACKOFF_MS          of work-postgres: from the first attempt to the second in milliseconds (1000)
  DELIVERIES          of workers: how often an entry is tried (10; work-postgres: 15)";

fn text(name: &str, otherwise: Option<&str>) -> Result<String> {
    match (env::var(name), otherwise) {
        (Ok(value), _) => Ok(value),
        (Err(_), Some(value)) => Ok(value.to_owned()),
        (Err(error), None) => {
            eprintln!("{HELP}");
            Err(format!("{name}: {error}").into())
        }
    }
}

/// A whole number, where one is set.
pub fn number(name: &str) -> Result<Option<u64>> {
    let number = env::var(name).ok().map(|text| text.parse()).transpose();
    number.map_err(|error| format!("{name}: {error}").into())
}

/// The receiver that the environment asks for, and its keys if it accepts tokens.
pub async fn receiver() -> Result<(Receiver, Option<RemoteKeys>)> {
    match &*text("MONEYHUB_ACCEPT", Some("tokens"))? {
        "tokens" => signed().await.map(|(receiver, keys)| (receiver, Some(keys))),
        "plain-json" => Ok((Receiver::unsigned_json(), None)),
        "both" => signed().await.map(|(receiver, keys)| (receiver.and_unsigned_json(), Some(keys))),
        other => Err(format!("MONEYHUB_ACCEPT: {other:?} is none of tokens, plain-json and both").into()),
    }
}

/// A receiver of signed tokens whose keys are fetched now, before the first webhook, and kept fresh.
async fn signed() -> Result<(Receiver, RemoteKeys)> {
    let client_id = text("MONEYHUB_CLIENT_ID", None)?;
    let issuer = env::var("MONEYHUB_ISSUER").ok();
    let keys = match (env::var("MONEYHUB_JWKS_URL"), &issuer) {
        (Ok(url), Some(issuer)) => RemoteKeys::from_url(url, [issuer]),
        (Err(_), None) => RemoteKeys::moneyhub(),
        _ => return Err("MONEYHUB_JWKS_URL and MONEYHUB_ISSUER go together".into()),
    };
    let keys = keys.build()?;
    if let Err(error) = keys.warm_up().await {
        // No reason not to start: what comes meanwhile is kept.
        eprintln!("no keys yet: {error}");
    }
    keys.keep_fresh()?;
    let receiver = Receiver::signed(&keys, client_id);
    let receiver = match issuer {
        Some(issuer) => receiver.issuers([issuer]),
        None => receiver,
    };
    Ok((receiver, keys))
}

pub fn listen() -> Result<String> {
    text("LISTEN", Some("127.0.0.1:8080"))
}

/// Not the public address: see [`watch`](crate::watch).
pub fn watch() -> Result<String> {
    text("WATCH", Some("127.0.0.1:9464"))
}

/// A worker is often on the machine of a receiver.
pub fn watch_worker() -> Result<String> {
    text("WATCH", Some("127.0.0.1:9465"))
}

pub fn redis_url() -> Result<String> {
    text("REDIS_URL", Some("redis://127.0.0.1/"))
}

pub fn redis_tag() -> Result<String> {
    text("REDIS_TAG", Some("moneyhub"))
}

pub fn database_url() -> Result<String> {
    text("DATABASE_URL", Some("postgres://postgres@127.0.0.1/postgres"))
}

pub fn spill() -> Result<PathBuf> {
    text("SPILL", Some("spill")).map(PathBuf::from)
}

/// Done when the program is told to stop: by an orchestrator, or from the keyboard.
pub async fn stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
