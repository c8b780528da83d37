//! The settings as they are written: in a file, or as flags and variables of the environment.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::BoolishValueParser;
use serde::{Deserialize, Deserializer};

use crate::failure::{Failure, failed, missing, wrong};

/// Every option: either the file, or all the others.
#[derive(Args)]
#[command(next_help_heading = "Settings")]
pub(crate) struct Options {
    /// Read all settings from this file
    #[arg(long, env = "MONEYHUB_GATEWAY_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) process: ProcessSettings,
    #[command(flatten)]
    pub(crate) source: SourceSettings,
}

/// What the sources have in common.
#[derive(Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProcessSettings {
    /// Where to receive webhooks [default: 127.0.0.1:8080]
    #[arg(long, env = "MONEYHUB_GATEWAY_LISTEN", value_name = "ADDRESS")]
    pub(crate) listen: Option<String>,

    /// Where to answer /healthz and /metrics [default: 127.0.0.1:8081]
    #[arg(long, env = "MONEYHUB_GATEWAY_HEALTH", value_name = "ADDRESS")]
    pub(crate) health: Option<String>,

    /// What to log: `error`, `warn`, `info`, `debug`, or levels for targets [default: info]
    #[arg(long, env = "MONEYHUB_GATEWAY_LOG", value_name = "LEVELS")]
    pub(crate) log: Option<String>,
}

/// A source, and the target of its webhooks. The name of a flag is that of the member in the file, with `-` for `_`.
#[derive(Args, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceSettings {
    /// The path that Moneyhub posts to [default: /webhooks]
    #[arg(long, env = "MONEYHUB_GATEWAY_PATH")]
    pub(crate) path: Option<String>,

    /// The id of your API client; can be repeated
    #[arg(
        long,
        env = "MONEYHUB_GATEWAY_CLIENT_ID",
        value_name = "ID",
        value_delimiter = ','
    )]
    #[serde(default, deserialize_with = "one_or_more")]
    pub(crate) client_id: Vec<String>,

    /// Accept tokens of this issuer instead of Moneyhub's; can be repeated
    #[arg(long, env = "MONEYHUB_GATEWAY_ISSUER", value_delimiter = ',')]
    #[serde(default, deserialize_with = "one_or_more")]
    pub(crate) issuer: Vec<String>,

    /// Verify tokens with this key set (JWKS) instead of Moneyhub's
    #[arg(long, env = "MONEYHUB_GATEWAY_KEYS", value_name = "FILE|URL")]
    pub(crate) keys: Option<String>,

    /// Accept plain JSON, which anyone can send, and no tokens
    #[arg(long, env = "MONEYHUB_GATEWAY_UNSIGNED", value_parser = BoolishValueParser::new())]
    #[serde(default)]
    pub(crate) unsigned: bool,

    /// An SQLite file, a `postgres://` URL, or where that is: `env:NAME`, `file:PATH` [default: inbox.db]
    #[arg(long, env = "MONEYHUB_GATEWAY_STORE", hide_env_values = true)]
    pub(crate) store: Option<String>,

    /// The folder for what the store does not take [default: beside the file; `NAME-spill` for PostgreSQL]
    #[arg(long, env = "MONEYHUB_GATEWAY_SPILL", value_name = "FOLDER")]
    pub(crate) spill: Option<PathBuf>,

    /// Where to deliver webhooks
    #[arg(long, env = "MONEYHUB_GATEWAY_TARGET", value_name = "URL")]
    pub(crate) target: Option<String>,

    /// Where the secret of the target is: `env:NAME` or `file:PATH`; twice while it is rotated
    #[arg(
        long,
        env = "MONEYHUB_GATEWAY_SECRET",
        hide_env_values = true,
        value_delimiter = ','
    )]
    #[serde(default, deserialize_with = "one_or_more")]
    pub(crate) secret: Vec<String>,

    /// Deliver over http to other machines too
    #[arg(long, env = "MONEYHUB_GATEWAY_ALLOW_HTTP", value_parser = BoolishValueParser::new())]
    #[serde(default)]
    pub(crate) allow_http: bool,

    /// Give up at this status, as at 410; can be repeated
    #[arg(
        long,
        env = "MONEYHUB_GATEWAY_DEAD_STATUS",
        value_name = "STATUS",
        value_delimiter = ','
    )]
    #[serde(default, deserialize_with = "one_or_more")]
    pub(crate) dead_status: Vec<u16>,

    /// How many deliveries to make at once [default: 8]
    #[arg(long, env = "MONEYHUB_GATEWAY_CONCURRENCY", value_name = "NUMBER")]
    pub(crate) concurrency: Option<u16>,

    /// How long the target may take to answer [default: 20]
    #[arg(long, env = "MONEYHUB_GATEWAY_TIMEOUT", value_name = "SECONDS")]
    pub(crate) timeout: Option<u16>,
}

/// A file of settings.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    listen: Option<String>,
    health: Option<String>,
    log: Option<String>,
    #[serde(default)]
    sources: BTreeMap<String, SourceSettings>,
}

impl File {
    /// Reads a file. Its text is in no message: somebody may have written a secret there.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let text =
            fs::read_to_string(path).map_err(|error| failed("--config", path.display(), error))?;
        toml::from_str(&text).map_err(|error: toml::de::Error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            let line = before
                .unwrap_or_default()
                .matches('\n')
                .count()
                .saturating_add(1);
            let place = format!("{}:{line}", path.display());
            wrong("--config", place, error.message())
        })
    }

    pub(crate) fn into_parts(
        self,
    ) -> Result<(ProcessSettings, BTreeMap<String, SourceSettings>), Failure> {
        if self.sources.is_empty() {
            return Err(missing(
                "sources",
                "there is none: add a section such as [sources.moneyhub]",
            ));
        }
        let process = ProcessSettings {
            listen: self.listen,
            health: self.health,
            log: self.log,
        };
        Ok((process, self.sources))
    }
}

/// A value, or a list of values.
fn one_or_more<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "expected a value or a list of values")]
    enum OneOrMore<T> {
        One(T),
        More(Vec<T>),
    }
    Ok(match OneOrMore::deserialize(deserializer)? {
        OneOrMore::One(value) => vec![value],
        OneOrMore::More(values) => values,
    })
}
