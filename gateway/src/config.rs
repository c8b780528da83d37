//! The settings, checked: what the program runs with. Each mistake is named with its setting and its value.

mod source;

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Url;
use tracing_subscriber::filter::Targets;

use crate::failure::{Failure, missing, wrong};
use crate::secret::Secret;
use crate::settings::{File, Options, ProcessSettings};

pub(crate) use source::{Keys, Place, Policy, Source, is_loopback};

pub(crate) struct Config {
    pub(crate) listen: Listen,
    pub(crate) health: Listen,
    pub(crate) log: Targets,
    pub(crate) sources: Vec<Source>,
}

/// An address to listen on, and the name of its setting.
pub(crate) struct Listen {
    pub(crate) setting: String,
    pub(crate) address: SocketAddr,
}

/// Where a setting is written, for its name in messages.
#[derive(Clone)]
pub(crate) enum Scope {
    Flags,
    File,
    Source(String),
}

impl Scope {
    /// The name of a setting as its user wrote it. `key` is the name in the file.
    pub(crate) fn setting(&self, key: &str) -> String {
        match self {
            Self::Flags => format!("--{}", key.replace('_', "-")),
            Self::File => key.to_owned(),
            Self::Source(source) => format!("sources.{source}.{key}"),
        }
    }
}

impl Config {
    pub(crate) fn new(options: Options) -> Result<Self, Failure> {
        let (scope, process, sources) = match options.config {
            Some(path) => {
                let (process, sources) = File::read(&path)?.into_parts()?;
                let sources = sources.into_iter().map(|(name, settings)| {
                    Source::new(&name, Scope::Source(name.clone()), settings)
                });
                (
                    Scope::File,
                    process,
                    sources.collect::<Result<Vec<_>, _>>()?,
                )
            }
            None => {
                let source = Source::new("moneyhub", Scope::Flags, options.source)?;
                (Scope::Flags, options.process, vec![source])
            }
        };
        no_two_share(&sources)?;
        let ProcessSettings {
            listen,
            health,
            log,
        } = process;
        let log = log.unwrap_or_else(|| "info".to_owned());
        Ok(Self {
            listen: address(&scope, "listen", listen, "127.0.0.1:8080")?,
            health: address(&scope, "health", health, "127.0.0.1:8081")?,
            log: log
                .parse()
                .map_err(|error| wrong(scope.setting("log"), &log, error))?,
            sources,
        })
    }
}

fn address(
    scope: &Scope,
    key: &str,
    text: Option<String>,
    default: &str,
) -> Result<Listen, Failure> {
    let setting = scope.setting(key);
    let text = text.unwrap_or_else(|| default.to_owned());
    let reason = "it is not an address and a port, such as 127.0.0.1:8080";
    match text.parse() {
        Ok(address) => Ok(Listen { setting, address }),
        Err(_) => Err(wrong(setting, text, reason)),
    }
}

/// Paths, stores and spill folders belong to one source. Plain JSON shares neither a target nor a secret with tokens:
/// what anyone can send must not look like what Moneyhub has signed.
fn no_two_share(sources: &[Source]) -> Result<(), Failure> {
    for (index, source) in sources.iter().enumerate() {
        for other in sources.iter().skip(index.saturating_add(1)) {
            let differ_in_trust = source.is_signed() != other.is_signed();
            let shared = [
                ("path", source.path == other.path, other.path.as_str()),
                ("store", source.place == other.place, &other.place.shown()),
                ("spill", source.has_spill_of(other), "the same folder"),
                (
                    "target",
                    differ_in_trust && source.target.url == other.target.url,
                    other.target.url.as_str(),
                ),
                (
                    "secret",
                    differ_in_trust && source.target.has_secret_of(&other.target),
                    "the same secret",
                ),
            ];
            if let Some((key, _, value)) = shared.iter().find(|(_, is_shared, _)| *is_shared) {
                let first = source.scope.setting(key);
                let reason = match *key {
                    "target" | "secret" => {
                        format!(
                            "{first} is the same, and only one of the sources verifies what it receives"
                        )
                    }
                    _ => format!("{first} is the same"),
                };
                return Err(wrong(other.scope.setting(key), value, reason));
            }
        }
    }
    Ok(())
}

/// The target of a source.
#[derive(Debug, Clone)]
pub(crate) struct TargetConfig {
    pub(crate) setting: String,
    pub(crate) url: Url,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) dead_statuses: Vec<u16>,
    pub(crate) timeout: Duration,
}

impl TargetConfig {
    fn has_secret_of(&self, other: &Self) -> bool {
        let is_there = |secret: &Secret| other.secrets.iter().any(|other| other.is_same(secret));
        self.secrets.iter().any(is_there)
    }
}

pub(crate) fn required(scope: &Scope, key: &str, what: &str) -> Failure {
    missing(scope.setting(key), format!("it is missing: {what}"))
}
