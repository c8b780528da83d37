//! A source: where webhooks come in, what is accepted, where it is stored, and where it is delivered.

use std::path::PathBuf;

use super::{Place, Policy, Scope, TargetConfig};
use crate::failure::{Failure, wrong};
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

impl Source {
    pub(super) fn new(name: &str, scope: Scope, settings: SourceSettings) -> Result<Self, Failure> {
        let path = settings.path.as_deref().unwrap_or("/webhooks");
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
        if !path.starts_with('/') || !path.bytes().all(is_plain) {
            let reason = "it is not a path of letters, digits and `-._~`, such as /webhooks";
            return Err(wrong(scope.setting("path"), path, reason));
        }
        let concurrency = settings.concurrency.unwrap_or(8);
        if concurrency == 0 {
            let reason = "nothing would be delivered";
            return Err(wrong(scope.setting("concurrency"), 0, reason));
        }
        let place = Place::new(&scope, settings.store.as_deref().unwrap_or("inbox.db"))?;
        let spill = match place {
            Place::Postgres { .. } => Some(format!("{name}-spill").into()),
            Place::Sqlite(_) => None,
        };
        Ok(Self {
            name: name.to_owned(),
            path: path.to_owned(),
            policy: Policy::new(&scope, &settings)?,
            place,
            target: TargetConfig::new(&scope, &settings)?,
            spill: settings.spill.or(spill),
            concurrency,
            scope,
        })
    }

    pub(crate) fn is_signed(&self) -> bool {
        matches!(self.policy, Policy::Signed { .. })
    }

    /// What it must not share with another source: the setting, and the value. Plain JSON shares neither a target nor a
    /// secret with tokens: what anyone can send must not look like what Moneyhub has signed.
    pub(super) fn shares_with(&self, other: &Self) -> Option<(&'static str, String)> {
        let differ_in_trust = self.is_signed() != other.is_signed();
        if self.path == other.path {
            Some(("path", self.path.clone()))
        } else if self.place == other.place {
            Some(("store", other.place.to_string()))
        } else if differ_in_trust && self.target.url == other.target.url {
            Some(("target", self.target.url.to_string()))
        } else if differ_in_trust && self.target.has_secret_of(&other.target) {
            Some(("secret", "the same secret".to_owned()))
        } else {
            None
        }
    }
}
