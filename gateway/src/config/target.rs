//! Where the webhooks of a source are delivered, and with which secrets.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;

use super::Scope;
use crate::failure::{Failure, missing, wrong};
use crate::secret::{self, Secret};
use crate::settings::SourceSettings;

#[derive(Debug, Clone)]
pub(crate) struct TargetConfig {
    /// The name of the setting.
    pub(crate) setting: String,
    pub(crate) url: Url,
    pub(crate) secrets: Vec<Secret>,
    pub(crate) dead_statuses: Vec<u16>,
    pub(crate) timeout: Duration,
}

impl TargetConfig {
    pub(super) fn new(scope: &Scope, settings: &SourceSettings) -> Result<Self, Failure> {
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
        if settings.secret.is_empty() {
            let reason = "it is missing: `env:NAME` or `file:PATH`";
            return Err(missing(scope.setting("secret"), reason));
        }
        let secrets = settings
            .secret
            .iter()
            .map(|reference| read_secret(scope, reference));
        Ok(Self {
            setting: scope.setting("target"),
            url: url(scope, settings)?,
            secrets: secrets.collect::<Result<_, _>>()?,
            dead_statuses: settings.dead_status.clone(),
            timeout: Duration::from_secs(timeout.into()),
        })
    }

    pub(super) fn has_secret_of(&self, other: &Self) -> bool {
        let is_there = |secret: &Secret| other.secrets.iter().any(|other| other.is_same(secret));
        self.secrets.iter().any(is_there)
    }

    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }
}

fn url(scope: &Scope, settings: &SourceSettings) -> Result<Url, Failure> {
    let setting = scope.setting("target");
    let Some(text) = &settings.target else {
        return Err(missing(setting, "it is missing: the URL of your service"));
    };
    let url = Url::parse(text).map_err(|error| {
        if text.contains('@') {
            // Without the value, which may hold a password.
            missing(&setting, format!("it is not a URL: {error}"))
        } else {
            wrong(&setting, text, error)
        }
    })?;
    if !url.username().is_empty() || url.password().is_some() {
        // Without the value.
        let reason = "it holds a user or a password: the secret authenticates deliveries";
        return Err(missing(setting, reason));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) || settings.allow_http => Ok(url),
        "http" => {
            let allow = scope.setting("allow_http");
            let reason = format!("http is for this machine: use https, or set {allow}");
            Err(wrong(setting, text, reason))
        }
        _ => Err(wrong(setting, text, "it is not an https URL")),
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn read_secret(scope: &Scope, reference: &str) -> Result<Secret, Failure> {
    let setting = scope.setting("secret");
    let Some(text) = secret::read(&setting, reference) else {
        // Without the value, which may be the secret.
        let reason =
            "it is neither `env:NAME` nor `file:PATH`; keep the secret itself out of settings";
        return Err(missing(setting, reason));
    };
    Secret::parse(&text?).map_err(|reason| wrong(setting, reference, reason))
}
