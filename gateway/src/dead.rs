//! `dead`: lists, shows and requeues what was given up.

use chrono::{DateTime, SecondsFormat, Utc};
use clap::{Args, Subcommand};
use moneyhub_webhooks::ReplayKey;
use moneyhub_webhooks_inbox::DeadLetter;
use serde::Serialize;

use crate::config::Config;
use crate::delivery::Document;
use crate::failure::{Failure, other};
use crate::output::{line, visible_json};
use crate::store::{AnyInbox, Purpose, open};

#[derive(Subcommand)]
pub(crate) enum DeadCommand {
    /// List dead letters, the oldest first
    List {
        /// How many at most, for each source
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        limit: u32,
    },
    /// Show a dead letter as it would be delivered
    Show {
        /// The key that `dead list` shows
        key: ReplayKey,
    },
    /// Deliver dead letters again, for three more days
    Requeue(Which),
}

#[derive(Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Which {
    /// The keys that `dead list` shows
    // Another id than that of the setting `keys`.
    #[arg(id = "key", value_name = "KEY")]
    keys: Vec<ReplayKey>,

    /// All of them
    #[arg(long)]
    all: bool,

    /// Verify again what was rejected and kept, after `client_id` or `issuer` was corrected
    #[arg(long)]
    rejected: bool,
}

pub(crate) async fn run(config: &Config, command: DeadCommand) -> Result<(), Failure> {
    let mut total = 0_u64;
    let mut missing = match &command {
        DeadCommand::Requeue(which) => which.keys.clone(),
        _ => Vec::new(),
    };
    // Otherwise one that is given twice would be missing the second time.
    missing.sort_unstable();
    missing.dedup();
    for source in &config.sources {
        let inbox = open(source, Purpose::Operate).await?;
        let found = match &command {
            DeadCommand::List { limit } => list(&source.name, &inbox, *limit).await?,
            DeadCommand::Show { key } => show(&source.name, &inbox, *key).await?,
            DeadCommand::Requeue(which) => requeue(&inbox, which, &mut missing).await?,
        };
        total = total.saturating_add(found);
    }
    match command {
        DeadCommand::List { .. } => Ok(()),
        DeadCommand::Show { .. } if total > 0 => Ok(()),
        DeadCommand::Show { key } => Err(no_such(&[key])),
        DeadCommand::Requeue(_) => {
            line(format_args!("requeued {total}"))?;
            if missing.is_empty() {
                Ok(())
            } else {
                Err(no_such(&missing))
            }
        }
    }
}

async fn list(source: &str, inbox: &AnyInbox, limit: u32) -> Result<u64, Failure> {
    let letters = inbox.dead_letters(limit).await.map_err(other)?;
    let backlog = inbox.backlog().await.map_err(other)?;
    line(format_args!(
        "{source}: {} dead, {} rejected and kept",
        backlog.dead, backlog.rejected
    ))?;
    for letter in &letters {
        let DeadLetter {
            key,
            attempts,
            reason,
            ..
        } = letter;
        let event = letter
            .webhook
            .as_ref()
            .map_or("unreadable", |webhook| webhook.event().name());
        let dead_at = rfc3339(letter.dead_at);
        let plural = if *attempts == 1 { "" } else { "s" };
        line(format_args!(
            "{key}  {dead_at}  {attempts} attempt{plural}  {event:?}  {reason}"
        ))?;
    }
    Ok(letters.len() as u64)
}

async fn show(source: &str, inbox: &AnyInbox, key: ReplayKey) -> Result<u64, Failure> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Shown<'a> {
        source: &'a str,
        key: String,
        attempts: u32,
        reason: &'a str,
        dead_at: String,
        webhook: Option<Document<'a>>,
    }
    let Some(letter) = inbox.dead_letter(key).await.map_err(other)? else {
        return Ok(0);
    };
    let webhook = letter.webhook.as_ref().map(Document::of);
    let shown = Shown {
        source,
        key: key.to_string(),
        attempts: letter.attempts,
        reason: &letter.reason,
        dead_at: rfc3339(letter.dead_at),
        webhook: webhook.transpose().map_err(other)?,
    };
    let json = serde_json::to_string_pretty(&shown).map_err(other)?;
    line(visible_json(&json))?;
    Ok(1)
}

/// Takes those that it has requeued out of the missing ones.
async fn requeue(
    inbox: &AnyInbox,
    which: &Which,
    missing: &mut Vec<ReplayKey>,
) -> Result<u64, Failure> {
    if which.all {
        return inbox.requeue_all().await.map_err(other);
    }
    if which.rejected {
        return inbox.reverify().await.map_err(other);
    }
    let mut requeued = 0_u64;
    for key in std::mem::take(missing) {
        match inbox.requeue(key).await.map_err(other)? {
            0 => missing.push(key),
            count => requeued = requeued.saturating_add(count),
        }
    }
    Ok(requeued)
}

fn no_such(keys: &[ReplayKey]) -> Failure {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    other(format!("there is no such dead letter: {}", keys.join(", ")))
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
