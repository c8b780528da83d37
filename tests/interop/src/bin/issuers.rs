//! The service of the part `issuers`. A command is one line of JSON on standard input, and its answer one line on
//! standard output. Commands run concurrently, so that tokens can arrive while keys are fetched.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use moneyhub_webhooks::keys::KeysError;
use moneyhub_webhooks::{KeySet, Receiver, RemoteKeys};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Stdout, stdin, stdout};
use tokio::sync::Mutex as AsyncMutex;

#[derive(Deserialize)]
struct Command {
    id: u64,
    ask: Ask,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Ask {
    /// Creates keys and a receiver under a name.
    Open(Settings),
    /// Verifies a token at a time (Unix, seconds).
    Verify {
        name: String,
        token: String,
        at: i64,
    },
    /// Sets the clock of the keys, in seconds since their creation.
    Clock { name: String, seconds: i64 },
    /// Returns the status of the keys.
    Status { name: String },
    /// Returns the usable keys of a key set, and why the others are ignored.
    KeySet { jwks: String },
}

#[derive(Deserialize)]
struct Settings {
    name: String,
    /// The URL of the key set.
    key_set: String,
    /// The issuers whose tokens the receiver accepts.
    issuers: Vec<String>,
    client_id: String,
    /// The root certificate to trust, in PEM.
    root: Option<String>,
    deadline_ms: Option<u64>,
    /// When it starts (Unix, seconds).
    at: i64,
}

/// Longer than the clocks of all rows go on.
const MAX_AGE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

struct Service {
    keys: RemoteKeys,
    receiver: Receiver,
    seconds: Arc<AtomicI64>,
}

type Services = Arc<Mutex<HashMap<String, Arc<Service>>>>;

fn open(settings: &Settings) -> Result<Service, KeysError> {
    let builder = RemoteKeys::from_url(&settings.key_set, &settings.issuers);
    let builder = match &settings.root {
        Some(root) => builder.root_certificate(root.as_str()),
        None => builder,
    };
    let builder = match settings.deadline_ms {
        Some(deadline) => builder.timeout(Duration::from_millis(deadline)),
        None => builder,
    };
    let seconds = Arc::new(AtomicI64::new(0));
    let shown = Arc::clone(&seconds);
    let started = settings.at;
    let keys = builder
        .clock(move || at(started.saturating_add(shown.load(Ordering::SeqCst))))
        .build()?;
    let receiver = Receiver::signed(&keys, settings.client_id.as_str())
        .issuers(&settings.issuers)
        .max_age(MAX_AGE);
    Ok(Service {
        keys,
        receiver,
        seconds,
    })
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap_or(DateTime::UNIX_EPOCH)
}

async fn answer(ask: Ask, services: &Services) -> Value {
    let service = |name: &str| {
        let services = services.lock().unwrap_or_else(PoisonError::into_inner);
        services
            .get(name)
            .cloned()
            .ok_or_else(|| json!({ "error": format!("no service {name}") }))
    };
    match ask {
        Ask::Open(settings) => match open(&settings) {
            Ok(opened) => {
                let mut services = services.lock().unwrap_or_else(PoisonError::into_inner);
                services.insert(settings.name, Arc::new(opened));
                json!("opened")
            }
            Err(error) => json!(error.to_string()),
        },
        Ask::Verify {
            name,
            token,
            at: time,
        } => match service(&name) {
            Ok(service) => match service
                .receiver
                .receive_at(token.as_bytes(), at(time))
                .await
            {
                Ok(webhook) => json!(format!("accepted {}", webhook.event().name())),
                Err(error) => json!(format!("{:?}", error.kind())),
            },
            Err(error) => error,
        },
        Ask::Clock { name, seconds } => match service(&name) {
            Ok(service) => {
                service.seconds.store(seconds, Ordering::SeqCst);
                json!(seconds)
            }
            Err(error) => error,
        },
        Ask::Status { name } => match service(&name) {
            Ok(service) => {
                let status = service.keys.status();
                json!({
                    "usable": status.usable,
                    "ignored": status.ignored,
                    "fetches": status.fetches,
                    "is_fetching": status.is_fetching,
                    "last_error": status.last_error.map(|error| error.to_string()),
                })
            }
            Err(error) => error,
        },
        Ask::KeySet { jwks } => match KeySet::from_jwks(jwks.as_bytes()) {
            Ok(keys) => json!({
                "usable": keys.key_ids().collect::<Vec<_>>(),
                "ignored": keys.ignored().iter().map(|key| json!([key.key_id(), key.reason()])).collect::<Vec<_>>(),
            }),
            Err(error) => json!(error.to_string()),
        },
    }
}

async fn write(output: &AsyncMutex<Stdout>, id: u64, got: Value) -> io::Result<()> {
    let mut output = output.lock().await;
    output
        .write_all(format!("{}\n", json!({ "id": id, "got": got })).as_bytes())
        .await?;
    output.flush().await
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let services = Services::default();
    let output = Arc::new(AsyncMutex::new(stdout()));
    let mut lines = BufReader::new(stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let Command { id, ask } = serde_json::from_str(&line)?;
        let (services, output) = (Arc::clone(&services), Arc::clone(&output));
        tokio::spawn(async move {
            let got = answer(ask, &services).await;
            write(&output, id, got).await
        });
    }
    Ok(())
}
