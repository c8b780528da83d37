//! `check`: tries what a start needs, and the target.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::Utc;
use serde_json::value::to_raw_value;

use crate::config::{Config, Keys, Place, Policy, Source};
use crate::delivery::{Document, shown};
use crate::failure::{Failure, other};
use crate::output::line;
use crate::store::{Purpose, try_open};
use crate::target::Target;

/// As large as a webhook of some thousand transactions. Many servers stop at 100 KB.
const BODY: usize = 300_000;

/// The configuration is read already. Fails if anything does not work.
pub(crate) async fn run(config: &Config) -> Result<(), Failure> {
    let names: Vec<&str> = config
        .sources
        .iter()
        .map(|source| source.name.as_str())
        .collect();
    report("sources", "", &Ok(names.join(", ")))?;
    let mut works = true;
    for source in &config.sources {
        let Source { name, target, .. } = source;
        let (keys_shown, keys) = keys(&source.policy).await;
        let checks = [
            ("keys", keys_shown, keys),
            ("store", source.place.to_string(), store(source).await),
            ("target", target.url.to_string(), post(source).await),
        ];
        for (what, value, outcome) in &checks {
            report(&format!("{name}.{what}"), value, outcome)?;
            works &= outcome.is_ok();
        }
    }
    if works {
        Ok(())
    } else {
        Err(other("the check failed"))
    }
}

fn report(what: &str, value: &str, outcome: &Result<String, String>) -> Result<(), Failure> {
    let separator = if value.is_empty() { "" } else { ": " };
    match outcome {
        Ok(text) => line(format_args!("ok    {what}: {value}{separator}{text}")),
        Err(text) => line(format_args!("FAIL  {what}: {value}{separator}{text}")),
    }
}

async fn keys(policy: &Policy) -> (String, Result<String, String>) {
    let Policy::Signed { keys, .. } = policy else {
        return (
            String::new(),
            Ok("none: anyone can send plain JSON".to_owned()),
        );
    };
    let count = |usable: usize| format!("{usable} usable");
    match keys {
        Keys::File(path, keys) => (path.display().to_string(), Ok(count(keys.len()))),
        Keys::Url(url, keys) => {
            let fetched = keys.warm_up().await.map_err(|error| error.to_string());
            (url.clone(), fetched.map(|()| count(keys.status().usable)))
        }
    }
}

async fn store(source: &Source) -> Result<String, String> {
    if let Place::Sqlite(path) = &source.place
        && !path.exists()
    {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        return if folder.unwrap_or(Path::new(".")).is_dir() {
            Ok("the first start creates it".to_owned())
        } else {
            Err("its folder does not exist".to_owned())
        };
    }
    let inbox = try_open(source, Purpose::Operate).await?;
    let backlog = inbox.backlog().await.map_err(|error| error.to_string())?;
    Ok(format!(
        "{} waiting, {} dead",
        backlog.waiting, backlog.dead
    ))
}

/// Posts a document that no webhook has: its event is `gatewayCheck`.
async fn post(source: &Source) -> Result<String, String> {
    let target = Target::new(&source.target).map_err(|failure| failure.message)?;
    let now = Utc::now();
    let id = format!("check-{}", now.timestamp_micros());
    let padding = BTreeMap::from([("padding", "x".repeat(BODY))]);
    let payload = to_raw_value(&padding).map_err(|error| error.to_string())?;
    let document = Document::of_check(&id, &payload, now);
    let body = serde_json::to_vec(&document).map_err(|error| error.to_string())?;
    let answer = target.post(&id, body).await?;
    let said = format!(
        "answered {} to a signed body of 300 KB",
        shown(answer.status)
    );
    if answer.status.is_success() {
        Ok(said)
    } else {
        Err(said)
    }
}
