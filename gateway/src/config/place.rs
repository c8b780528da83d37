//! Where webhooks are stored.

use std::fmt;
use std::path::{self, PathBuf};
use std::str::FromStr as _;

use reqwest::Url;
use sqlx::postgres::PgConnectOptions;

use super::Scope;
use crate::failure::{Failure, missing};
use crate::secret;

pub(crate) enum Place {
    Sqlite(PathBuf),
    Postgres {
        options: Box<PgConnectOptions>,
        /// The URL without what may be secret in it.
        shown: Url,
    },
}

impl Place {
    pub(super) fn new(scope: &Scope, store: &str) -> Result<Self, Failure> {
        let setting = scope.setting("store");
        let text = match secret::read(&setting, store) {
            Some(text) => text?,
            None => store.to_owned(),
        };
        if !text.is_empty() && !text.contains("://") {
            return Ok(Self::Sqlite(text.into()));
        }
        // Without the value, which may hold a password.
        let wrong = || {
            let reason = "it is neither a file nor a URL such as postgres://user@host/database";
            missing(&setting, reason)
        };
        let mut shown = Url::parse(&text).map_err(|_| wrong())?;
        if !["postgres", "postgresql"].contains(&shown.scheme()) {
            return Err(wrong());
        }
        let options = PgConnectOptions::from_str(&text).map_err(|_| wrong())?;
        shown.set_query(None);
        // It fails only for a URL without a host, which has none.
        _ = shown.set_password(None);
        Ok(Self::Postgres {
            options: Box::new(options),
            shown,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => path.display().fmt(f),
            Self::Postgres { shown, .. } => shown.fmt(f),
        }
    }
}

/// Whether both are the same file or database, however they are written.
impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sqlite(one), Self::Sqlite(other)) => {
                let whole = |path: &PathBuf| path::absolute(path).unwrap_or_else(|_| path.clone());
                whole(one) == whole(other)
            }
            (Self::Postgres { options: one, .. }, Self::Postgres { options: other, .. }) => {
                database(one) == database(other)
            }
            _ => false,
        }
    }
}

fn database(options: &PgConnectOptions) -> (&str, u16, &str) {
    let name = options.get_database().unwrap_or(options.get_username());
    (options.get_host(), options.get_port(), name)
}
