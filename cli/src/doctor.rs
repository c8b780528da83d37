//! `doctor`: whether the settings of a receiver can accept what Moneyhub sends, before the first webhook arrives.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use moneyhub_webhooks::keys::{MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL};
use moneyhub_webhooks::{KeySet, Receiver};
use reqwest::Url;
use serde::Serialize;
use uuid::Uuid;

use crate::document::line;
use crate::failure::{Failure, with_causes};
use crate::output::{BAD, GOOD, Output, OutputArgs, WARNING, print};
use crate::policy::mistake;
use crate::source;
use crate::text::visible;

const EXAMPLES: &str = "\
Examples:
  moneyhub-webhooks doctor --client-id d9dc9d5e-d190-438c-b658-a4be3779100d
      can a receiver with Moneyhub's keys accept tokens for this client?
  moneyhub-webhooks doctor --client-id ID --keys jwks.json --issuer https://a.example

Exit status: 0 no check failed, 1 a check failed, 2 wrong usage.";

#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DoctorArgs {
    /// The id of your API client, as the receiver has it
    #[arg(long, value_name = "ID")]
    client_id: String,

    /// The key set (JWKS) of the receiver
    #[arg(long, value_name = "FILE|URL", default_value = MONEYHUB_KEY_SET_URL)]
    keys: String,

    /// An issuer that the receiver accepts, instead of Moneyhub's; can be repeated
    #[arg(long = "issuer", value_name = "ISSUER")]
    issuers: Vec<String>,

    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Serialize)]
struct Checks {
    checks: Vec<Check>,
}

#[derive(Serialize)]
struct Check {
    name: &'static str,
    status: Status,
    reason: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Passed,
    /// It may be right, but usually is not.
    Doubtful,
    Failed,
    NotReached,
}

use Status::{Doubtful, Failed, NotReached, Passed};

/// The longest wait for the clock of a key server.
const TIME_LIMIT: Duration = Duration::from_secs(10);

pub(crate) async fn run(args: DoctorArgs) -> Result<ExitCode, Failure> {
    let key_set = source::key_set(&args.keys).await;
    let checks = [
        ("client_id", client_id(&args.client_id)),
        ("keys", usable(&args.keys, &key_set)),
        ("issuer", issuer(&args.keys, &args.issuers)),
        ("clock", clock(&args.keys).await),
    ];
    let checks = checks.map(|(name, (status, reason))| Check {
        name,
        status,
        reason,
    });
    let is_healthy = checks.iter().all(|check| check.status != Failed);
    print(&match args.output.output {
        Output::Text => text(&checks),
        Output::Json => line(&Checks {
            checks: checks.into(),
        }),
    })?;
    Ok(if is_healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn client_id(id: &str) -> (Status, String) {
    match mistake(id) {
        Some(mistake) => (Failed, mistake.to_owned()),
        None if Uuid::try_parse(id).is_err() => (
            Doubtful,
            format!("{id} is not a UUID; Moneyhub's client ids are"),
        ),
        None => (Passed, id.to_owned()),
    }
}

fn usable(place: &str, keys: &Result<KeySet, Failure>) -> (Status, String) {
    let keys = match keys {
        Ok(keys) => keys,
        Err(error) => return (Failed, error.to_string()),
    };
    let ignored = keys
        .ignored()
        .iter()
        .map(|key| format!("{} ({})", key.key_id().unwrap_or("no key id"), key.reason()))
        .collect::<Vec<_>>()
        .join(", ");
    match (keys.len(), ignored.is_empty()) {
        (0, true) => (Failed, format!("{place} is an empty key set")),
        (0, false) => (Failed, format!("no key of {place} is usable: {ignored}")),
        (usable, true) => (Passed, format!("{usable} usable")),
        (usable, false) => (Passed, format!("{usable} usable; ignored: {ignored}")),
    }
}

/// Whether the issuers are those of the keys, as far as their addresses tell.
fn issuer(place: &str, issuers: &[String]) -> (Status, String) {
    if let Some(mistake) = issuers.iter().find_map(|issuer| mistake(issuer)) {
        return (Failed, mistake.to_owned());
    }
    let is_default = issuers.is_empty()
        || issuers
            .iter()
            .all(|issuer| MONEYHUB_ISSUERS.contains(&issuer.as_str()));
    match (is_default, place == MONEYHUB_KEY_SET_URL) {
        (true, true) => (Passed, "Moneyhub's, as are the keys".to_owned()),
        (true, false) if source::is_url(place) => (
            Doubtful,
            "the issuers are Moneyhub's, and the keys are not at Moneyhub's address: correct only if that has \
             Moneyhub's keys"
                .to_owned(),
        ),
        (true, false) => (Passed, "Moneyhub's".to_owned()),
        (false, true) => (
            Failed,
            "the keys are Moneyhub's, and the issuer is not: its tokens have other keys".to_owned(),
        ),
        (false, false) => (Passed, issuers.join(", ")),
    }
}

/// Compares this machine's clock with that of the key server: the age of a token is measured with it.
async fn clock(place: &str) -> (Status, String) {
    let Some(url) = source::is_url(place)
        .then(|| Url::parse(place).ok())
        .flatten()
    else {
        return (NotReached, "a file has no clock".to_owned());
    };
    let client = match source::client(&url, TIME_LIMIT) {
        Ok(client) => client,
        Err(error) => return (NotReached, error.to_string()),
    };
    let response = match client.get(url).send().await {
        Ok(response) => response,
        Err(error) => return (NotReached, with_causes(&error)),
    };
    let now = Utc::now();
    let date = response.headers().get(reqwest::header::DATE);
    let date = date.and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
    date.map_or_else(
        || (NotReached, "the key server sent no `Date`".to_owned()),
        |date| off(now, date.to_utc()),
    )
}

/// A `Date` has whole seconds, and the way takes some: a difference of a few is none.
fn off(now: DateTime<Utc>, there: DateTime<Utc>) -> (Status, String) {
    let off = now - there;
    let skew = TimeDelta::from_std(Receiver::DEFAULT_CLOCK_SKEW).unwrap_or_default();
    let seconds = off.num_seconds().abs();
    let than = if off < TimeDelta::zero() {
        "behind"
    } else {
        "ahead of"
    };
    let what = format!("{seconds} s {than} the key server's");
    if off.abs() > skew {
        (
            Failed,
            format!("{what}: tokens seem to be too old or from the future"),
        )
    } else if seconds > 5 {
        (Doubtful, what)
    } else {
        (Passed, "as the key server's, within 5 s".to_owned())
    }
}

fn text(checks: &[Check]) -> String {
    let mut text = String::new();
    for Check {
        name,
        status,
        reason,
    } in checks
    {
        let (style, mark) = match status {
            Passed => (GOOD, "✓"),
            Doubtful => (WARNING, "!"),
            Failed => (BAD, "✗"),
            NotReached => (WARNING, "–"),
        };
        let name = name.replace('_', " ");
        _ = writeln!(
            text,
            "{style}{mark}{style:#} {name:<10} {}",
            visible(reason)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuers_are_compared_with_the_place_of_the_keys() {
        let ours: Vec<String> = MONEYHUB_ISSUERS
            .iter()
            .map(|issuer| (*issuer).to_owned())
            .collect();
        let other = ["https://issuer.example".to_owned()];
        for (place, issuers, status) in [
            (MONEYHUB_KEY_SET_URL, &[][..], Passed),
            (MONEYHUB_KEY_SET_URL, &ours[..1], Passed),
            (MONEYHUB_KEY_SET_URL, &other[..], Failed),
            ("https://gateway.example/jwks", &ours[..], Doubtful),
            ("https://keys.example/jwks", &other[..], Passed),
            ("jwks.json", &[][..], Passed),
        ] {
            assert!(issuer(place, issuers).0 == status, "{place} {issuers:?}");
        }
    }

    #[test]
    fn a_clock_is_compared_in_both_directions() {
        let there = DateTime::UNIX_EPOCH;
        for (seconds, status) in [
            (0, Passed),
            (5, Passed),
            (-5, Passed),
            (6, Doubtful),
            (60, Doubtful),
            (-60, Doubtful),
            (61, Failed),
            (-61, Failed),
        ] {
            let now = there + TimeDelta::seconds(seconds);
            assert!(off(now, there).0 == status, "{seconds}");
        }
    }
}
