//! The settings, checked: what the program runs with. Each mistake is named with its setting and its value.

mod place;
mod policy;
mod source;
mod target;

use std::net::SocketAddr;

use tracing_subscriber::filter::{LevelFilter, ParseError, Targets};

use crate::failure::{Failure, wrong};
use crate::settings::{File, Options, ProcessSettings};

pub(crate) use place::Place;
pub(crate) use policy::{Keys, Policy};
pub(crate) use source::Source;
pub(crate) use target::TargetConfig;

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
                let (process, settings) = File::read(&path)?.into_parts()?;
                let sources = settings.into_iter().map(|(name, settings)| {
                    Source::new(&name, Scope::Source(name.clone()), settings)
                });
                (Scope::File, process, sources.collect::<Result<_, _>>()?)
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
        let log = log.as_deref().unwrap_or("info");
        Ok(Self {
            listen: address(&scope, "listen", listen, "127.0.0.1:8080")?,
            health: address(&scope, "health", health, "127.0.0.1:8081")?,
            log: levels(log).map_err(|error| wrong(scope.setting("log"), log, error))?,
            sources,
        })
    }
}

/// A word that is no level would be the name of a target: all others would be silent.
fn levels(log: &str) -> Result<Targets, String> {
    for level in log.split(',').filter(|part| !part.contains('=')) {
        let level = level.trim().parse::<LevelFilter>();
        level
            .map_err(|_| "it is not one of `error`, `warn`, `info`, `debug`, `trace` and `off`")?;
    }
    log.parse().map_err(|error: ParseError| error.to_string())
}

fn address(
    scope: &Scope,
    key: &str,
    text: Option<String>,
    default: &str,
) -> Result<Listen, Failure> {
    let setting = scope.setting(key);
    let text = text.as_deref().unwrap_or(default);
    match text.parse() {
        Ok(address) => Ok(Listen { setting, address }),
        Err(_) => {
            let reason = "it is not an address and a port, such as 127.0.0.1:8080";
            Err(wrong(setting, text, reason))
        }
    }
}

fn no_two_share(sources: &[Source]) -> Result<(), Failure> {
    let mut rest = sources;
    while let Some((source, others)) = rest.split_first() {
        for other in others {
            if let Some((key, value)) = source.shares_with(other) {
                let (first, second) = (source.scope.setting(key), other.scope.setting(key));
                let reason = format!("{first} is the same, and each needs its own");
                return Err(wrong(second, value, reason));
            }
        }
        rest = others;
    }
    Ok(())
}
