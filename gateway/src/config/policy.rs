//! What a source accepts: signed tokens or plain JSON, never both.

use std::fs;
use std::path::PathBuf;

use moneyhub_webhooks::keys::{MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL};
use moneyhub_webhooks::{KeySet, Receiver, RemoteKeys};

use super::Scope;
use crate::failure::{Failure, failed, missing, wrong};
use crate::settings::SourceSettings;

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

impl Policy {
    pub(super) fn new(scope: &Scope, settings: &SourceSettings) -> Result<Self, Failure> {
        let SourceSettings {
            client_id,
            issuer,
            keys,
            ..
        } = settings;
        if settings.unsigned {
            let unused = [
                ("client_id", !client_id.is_empty()),
                ("issuer", !issuer.is_empty()),
                ("keys", keys.is_some()),
            ];
            let reason = "plain JSON has none: tokens need a source of their own";
            return match unused.iter().find(|(_, is_set)| *is_set) {
                Some((key, _)) => Err(missing(scope.setting(key), reason)),
                None => Ok(Self::Unsigned),
            };
        }
        if client_id.is_empty() {
            let reason = "it is missing: the id of your API client at Moneyhub";
            return Err(missing(scope.setting("client_id"), reason));
        }
        check_names(scope, "client_id", client_id)?;
        check_names(scope, "issuer", issuer)?;
        let issuers = if issuer.is_empty() {
            MONEYHUB_ISSUERS
                .iter()
                .map(|name| (*name).to_owned())
                .collect()
        } else {
            issuer.clone()
        };
        let keys = keys.as_deref().unwrap_or(MONEYHUB_KEY_SET_URL);
        Ok(Self::Signed {
            keys: Keys::read(&scope.setting("keys"), keys, &issuers)?,
            client_ids: client_id.clone(),
            issuers,
        })
    }

    pub(crate) fn receiver(&self) -> Receiver {
        let Self::Signed {
            client_ids,
            issuers,
            keys,
        } = self
        else {
            return Receiver::unsigned_json();
        };
        let mut client_ids = client_ids.iter();
        // There is a first one; an empty name would match nothing.
        let first = client_ids.next().map_or("", String::as_str);
        let receiver = match keys {
            Keys::Url(_, keys) => Receiver::signed(keys, first),
            Keys::File(_, keys) => Receiver::signed(keys.clone(), first),
        };
        client_ids
            .fold(receiver, Receiver::and_client_id)
            .issuers(issuers)
    }
}

fn check_names(scope: &Scope, key: &str, names: &[String]) -> Result<(), Failure> {
    let reason = |name: &String| {
        if name.is_empty() {
            Some("it is empty, so that no token would be accepted")
        } else if name.trim() != name {
            Some("it has white space at an end, so that no token would be accepted")
        } else {
            None
        }
    };
    match names.iter().find_map(|name| Some((name, reason(name)?))) {
        Some((name, reason)) => Err(wrong(scope.setting(key), format!("{name:?}"), reason)),
        None => Ok(()),
    }
}

impl Keys {
    fn read(setting: &str, place: &str, issuers: &[String]) -> Result<Self, Failure> {
        if place.contains("://") {
            let keys = RemoteKeys::from_url(place, issuers).build();
            let keys = keys.map_err(|error| wrong(setting, place, error))?;
            return Ok(Self::Url(place.to_owned(), keys));
        }
        // It may be there later.
        let bytes = fs::read(place).map_err(|error| failed(setting, place, error))?;
        let keys = KeySet::from_jwks(&bytes).map_err(|error| wrong(setting, place, error))?;
        if keys.is_empty() {
            return Err(wrong(setting, place, "it has no usable key"));
        }
        Ok(Self::File(place.into(), keys))
    }
}
