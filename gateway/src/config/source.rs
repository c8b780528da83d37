//! A source: where webhooks come in, what is accepted, where it is stored, and where it is delivered.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use moneyhub_webhooks::keys::{MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL};
use moneyhub_webhooks::{KeySet, Receiver, RemoteKeys};
use reqwest::Url;
use sqlx::postgres::PgConnectOptions;

use super::{Scope, TargetConfig, required};
use crate::failure::{Failure, missing, wrong};
use crate::secret::{self, Secret};
use crate::settings::SourceSettings;

pub(crate) struct Source {
    pub(crate) name: String,
    pub(crate) scope: Scope,
    pub(crate) path: String,
    pub(crate) policy: Policy,
    pub(crate) place: Place,
    /// `None`: beside the file.
    pub(crate) spill: Option<PathBuf>,
    pub(crate) target: TargetConfig,
    pub(crate) concurrency: u16,
}

/// What a source accepts: one format, never both.
pub(crate) enum Policy {
    Signed {
        client_ids: Vec<String>,
        issuers: Vec<String>,
        keys: Keys,
    },
    Unsigned,
}

pub(crate) enum Keys {
    Url(String, RemoteKeys),
    File(PathBuf, KeySet),
}

/// Where webhooks are stored.
#[derive(Clone)]
pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres {
        options: Box<PgConnectOptions>,
        /// The URL without what is secret in it.
        shown: String,
    },
}

impl Place {
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres { shown, .. } => shown.clone(),
        }
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.shown() == other.shown()
    }
}

impl Source {
    pub(crate) fn new(name: &str, scope: Scope, settings: SourceSettings) -> Result<Self, Failure> {
        let path = settings.path.clone().unwrap_or_else(|| "/webhooks".into());
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        if !path.starts_with('/') || !path.bytes().all(is_plain) {
            let reason = "it is not a path of letters, digits and `-._~`, such as /webhooks";
            return Err(wrong(scope.setting("path"), path, reason));
        }
        let store = settings.store.as_deref().unwrap_or("inbox.db");
        let place = place(&scope, store)?;
        let spill = match &place {
            Place::Postgres { .. } => Some(format!("{name}-spill").into()),
            Place::Sqlite(_) => None,
        };
        let concurrency = settings.concurrency.unwrap_or(8);
        if concurrency == 0 {
            return Err(wrong(
                scope.setting("concurrency"),
                0,
                "nothing would be delivered",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            path,
            policy: policy(&scope, &settings)?,
            place,
            target: target(&scope, &settings)?,
            spill: settings.spill.or(spill),
            concurrency,
            scope,
        })
    }

    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.policy, Policy::Signed { .. })
    }

    pub(super) fn has_spill_of(&self, other: &Self) -> bool {
        self.spill.is_some() && self.spill == other.spill
    }

    pub(crate) fn receiver(&self) -> Receiver {
        let Policy::Signed {
            client_ids,
            issuers,
            keys,
        } = &self.policy
        else {
            return Receiver::unsigned_json();
        };
        let (first, others) = client_ids
            .split_first()
            .map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        let receiver = match keys {
            Keys::Url(_, keys) => Receiver::signed(keys, first),
            Keys::File(_, keys) => Receiver::signed(keys.clone(), first),
        };
        others
            .iter()
            .fold(receiver, Receiver::and_client_id)
            .issuers(issuers)
    }
}

fn policy(scope: &Scope, settings: &SourceSettings) -> Result<Policy, Failure> {
    let SourceSettings {
        client_id,
        issuer,
        keys,
        unsigned,
        ..
    } = settings;
    if *unsigned {
        let unused = [
            ("client_id", !client_id.is_empty()),
            ("issuer", !issuer.is_empty()),
            ("keys", keys.is_some()),
        ];
        return match unused.iter().find(|(_, is_set)| *is_set) {
            Some((key, _)) => Err(missing(
                scope.setting(key),
                "plain JSON has none: tokens need a source of their own",
            )),
            None => Ok(Policy::Unsigned),
        };
    }
    if client_id.is_empty() {
        return Err(required(
            scope,
            "client_id",
            "the id of your API client at Moneyhub",
        ));
    }
    for (key, names) in [("client_id", client_id), ("issuer", issuer)] {
        for name in names {
            let reason = if name.is_empty() {
                "it is empty, so that no token would be accepted"
            } else if name.trim() != name {
                "it has white space at an end, so that no token would be accepted"
            } else {
                continue;
            };
            return Err(wrong(scope.setting(key), format!("{name:?}"), reason));
        }
    }
    let issuers: Vec<String> = if issuer.is_empty() {
        MONEYHUB_ISSUERS
            .iter()
            .map(|name| (*name).to_owned())
            .collect()
    } else {
        issuer.clone()
    };
    let keys = keys.as_deref().unwrap_or(MONEYHUB_KEY_SET_URL);
    Ok(Policy::Signed {
        keys: read_keys(keys, &issuers)
            .map_err(|reason| wrong(scope.setting("keys"), keys, reason))?,
        client_ids: client_id.clone(),
        issuers,
    })
}

fn read_keys(place: &str, issuers: &[String]) -> Result<Keys, String> {
    let text = |error: &dyn Display| error.to_string();
    if place.contains("://") {
        let keys = RemoteKeys::from_url(place, issuers).build();
        return Ok(Keys::Url(
            place.to_owned(),
            keys.map_err(|error| text(&error))?,
        ));
    }
    let bytes = fs::read(place).map_err(|error| text(&error))?;
    let keys = KeySet::from_jwks(&bytes).map_err(|error| text(&error))?;
    if keys.is_empty() {
        return Err("it has no usable key".to_owned());
    }
    Ok(Keys::File(place.into(), keys))
}

fn place(scope: &Scope, store: &str) -> Result<Place, Failure> {
    let setting = || scope.setting("store");
    let text = match secret::read(store) {
        Some(text) => text.map_err(|reason| wrong(setting(), store, reason))?,
        None => store.to_owned(),
    };
    if !["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.starts_with(scheme))
    {
        return if text.is_empty() || text.contains("://") {
            // It may hold a password.
            Err(missing(
                setting(),
                "it is neither a file nor a postgres:// URL",
            ))
        } else {
            Ok(Place::Sqlite(Path::new(&text).to_owned()))
        };
    }
    let unreadable = |_| {
        missing(
            setting(),
            "it is not a URL such as postgres://user@host/database",
        )
    };
    let mut shown = Url::parse(&text).map_err(|_| ()).map_err(unreadable)?;
    let options = PgConnectOptions::from_str(&text)
        .map_err(|_| ())
        .map_err(unreadable)?;
    // Both may hold the password.
    shown.set_query(None);
    _ = shown.set_password(None);
    Ok(Place::Postgres {
        options: Box::new(options),
        shown: shown.to_string(),
    })
}

fn target(scope: &Scope, settings: &SourceSettings) -> Result<TargetConfig, Failure> {
    let setting = scope.setting("target");
    let Some(text) = &settings.target else {
        return Err(required(scope, "target", "the URL of your service"));
    };
    let url = Url::parse(text).map_err(|error| wrong(&setting, text, error))?;
    if !url.username().is_empty() || url.password().is_some() {
        // Without the value.
        return Err(missing(
            setting,
            "it holds a user or a password: the secret authenticates deliveries",
        ));
    }
    let is_loopback = matches!(url.host(), Some(host) if is_loopback(&host.to_string()));
    match url.scheme() {
        "https" => {}
        "http" if is_loopback || settings.allow_http => {}
        "http" => {
            let allow = scope.setting("allow_http");
            let reason = format!("http is for this machine: use https, or set {allow}");
            return Err(wrong(setting, text, reason));
        }
        _ => return Err(wrong(setting, text, "it is not an https URL")),
    }
    if settings.secret.is_empty() {
        return Err(required(scope, "secret", "`env:NAME` or `file:PATH`"));
    }
    let secrets = settings
        .secret
        .iter()
        .map(|reference| secret(scope, reference));
    let not_failure = |status: &&u16| !(400..=599).contains(*status);
    if let Some(status) = settings.dead_status.iter().find(not_failure) {
        let reason = "it is not a status from 400 to 599";
        return Err(wrong(scope.setting("dead_status"), status, reason));
    }
    let timeout = settings.timeout.unwrap_or(20);
    if !(1..=600).contains(&timeout) {
        let reason = "it is not between 1 and 600 seconds";
        return Err(wrong(scope.setting("timeout"), timeout, reason));
    }
    Ok(TargetConfig {
        url,
        secrets: secrets.collect::<Result<_, _>>()?,
        dead_statuses: settings.dead_status.clone(),
        timeout: Duration::from_secs(timeout.into()),
        setting,
    })
}

fn secret(scope: &Scope, reference: &str) -> Result<Secret, Failure> {
    let setting = scope.setting("secret");
    match secret::read(reference) {
        None => {
            // It may be the secret.
            let reason =
                "it is neither `env:NAME` nor `file:PATH`; keep the secret itself out of settings";
            Err(missing(setting, reason))
        }
        Some(Err(reason)) => Err(wrong(setting, reference, reason)),
        Some(Ok(text)) => Secret::parse(&text).map_err(|reason| wrong(setting, reference, reason)),
    }
}

/// Whether a host of a URL is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
