//! The settings that the programs read from the environment.

use std::env;
use std::error::Error;
use std::path::PathBuf;
use std::time::Duration;

use moneyhub_webhooks::{Receiver, RemoteKeys};
use tokio::signal::unix::{SignalKind, signal};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The time limit for reading the body of a request. `receive` waits for keys for 2 seconds at most. Together with
/// that, and with a Redis that does not answer, it fits into the sender's 5 seconds.
pub const READ_LIMIT: Duration = Duration::from_millis(1500);

/// How long a program that is told to stop waits for open requests.
pub const GRACE: Duration = Duration::from_secs(10);

pub const HELP: &str = "\
Environment variables, each with its default in parentheses:
  MONEYHUB_CLIENT_ID  id of your API client, which must be in the audience of a token; required for tokens
  MONEYHUB_JWKS_URL   URL of the key set (https://identity.moneyhub.co.uk/oidc/certs); needs MONEYHUB_ISSUER
  MONEYHUB_ISSUER     issuer whose keys are at MONEYHUB_JWKS_URL
  MONEYHUB_ACCEPT     what to accept: tokens, plain-json, which proves nothing, or both (tokens)
  LISTEN              address and port of the receiver (127.0.0.1:8080)
  WATCH               address and port of /metrics and /healthz (127.0.0.1:9464; workers: 127.0.0.1:9465)
  REDIS_URL           Redis of the queue (redis://127.0.0.1/)
  REDIS_TAG           prefix of the keys in Redis (moneyhub)
  DATABASE_URL        PostgreSQL (postgres://postgres@127.0.0.1/postgres)
  SPILL               folder for bodies that Redis or PostgreSQL does not accept (./spill)
  TAKE_OVER_AFTER_MS  work: milliseconds after which another worker takes over an entry (60000)
  BACKOFF_MS          work-postgres: milliseconds from the first attempt to the second (1000)
  DELIVERIES          work, work-postgres: how often a webhook is tried (10; work-postgres: 15)";

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

/// Returns a variable as a whole number, or `None` if it is not set.
pub fn number(name: &str) -> Result<Option<u64>> {
    let number = env::var(name).ok().map(|text| text.parse()).transpose();
    number.map_err(|error| format!("{name}: {error}").into())
}

/// Returns the receiver that the environment describes, and its keys if it accepts tokens.
pub async fn receiver() -> Result<(Receiver, Option<RemoteKeys>)> {
    match &*text("MONEYHUB_ACCEPT", Some("tokens"))? {
        "tokens" => signed()
            .await
            .map(|(receiver, keys)| (receiver, Some(keys))),
        "plain-json" => Ok((Receiver::unsigned_json(), None)),
        "both" => signed()
            .await
            .map(|(receiver, keys)| (receiver.and_unsigned_json(), Some(keys))),
        other => {
            Err(format!("MONEYHUB_ACCEPT: {other:?} is none of tokens, plain-json and both").into())
        }
    }
}

/// Returns a receiver of signed tokens. Its keys are fetched now, before the first webhook, and refreshed in the
/// background.
async fn signed() -> Result<(Receiver, RemoteKeys)> {
    let client_id = text("MONEYHUB_CLIENT_ID", None)?;
    if client_id.is_empty() || client_id.trim() != client_id {
        return Err(format!(
            "MONEYHUB_CLIENT_ID: {client_id:?} is empty or has white space at an end: it would match no token"
        )
        .into());
    }
    let issuer = env::var("MONEYHUB_ISSUER").ok();
    let keys = match (env::var("MONEYHUB_JWKS_URL"), &issuer) {
        (Ok(url), Some(issuer)) => RemoteKeys::from_url(url, [issuer]),
        (Err(_), None) => RemoteKeys::moneyhub(),
        _ => return Err("MONEYHUB_JWKS_URL and MONEYHUB_ISSUER go together".into()),
    };
    let keys = keys.build()?;
    if let Err(error) = keys.warm_up().await {
        // Start anyway: until there are keys, bodies are stored.
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

/// Returns the address of the monitoring listener, which is not the public one: see [`watch`](crate::watch).
pub fn watch() -> Result<String> {
    text("WATCH", Some("127.0.0.1:9464"))
}

/// Returns the same for a worker. Its default port differs, because a worker is often on the machine of a receiver.
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
    text(
        "DATABASE_URL",
        Some("postgres://postgres@127.0.0.1/postgres"),
    )
}

pub fn spill() -> Result<PathBuf> {
    text("SPILL", Some("spill")).map(PathBuf::from)
}

/// Completes when the program is told to stop: by an orchestrator, or from the keyboard.
pub async fn stop() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
