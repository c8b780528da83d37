//! [`RemoteKeysBuilder`]: what can be set before [`RemoteKeys`] are made.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::deferrals::Deferrals;
use super::http::{self, Source};
use super::{Clock, FetchKeySet, Remote, RemoteKeys, Shared};
use crate::error::{Error, ErrorKind};
use crate::keys::KeyCache;

/// Where [`RemoteKeys`] come from.
pub(super) enum Origin {
    Http(Source),
    Function(Box<FetchKeySet>),
}

/// [`RemoteKeys`] in the making.
#[must_use = "nothing is fetched before it is built"]
pub struct RemoteKeysBuilder {
    origin: Origin,
    cache: KeyCache,
    clock: Box<Clock>,
    deadline: Duration,
    max_deferred: u32,
    root_certificates: Vec<Vec<u8>>,
}

impl RemoteKeysBuilder {
    /// The [`deadline`](Self::deadline) of a fetch unless told otherwise: 2 seconds.
    pub const DEFAULT_DEADLINE: Duration = Duration::from_secs(2);

    /// The [`max_deferred`](Self::max_deferred) of keys unless told otherwise.
    pub const DEFAULT_MAX_DEFERRED: u32 = 10;

    pub(super) fn new(origin: Origin, cache: KeyCache) -> Self {
        Self {
            origin,
            cache,
            clock: Box::new(Utc::now),
            deadline: Self::DEFAULT_DEADLINE,
            max_deferred: Self::DEFAULT_MAX_DEFERRED,
            root_certificates: Vec::new(),
        }
    }

    /// The keys are for tokens of this issuer too: the same provider, spelled otherwise.
    pub fn also_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.cache = self.cache.also_issuer(issuer.into());
        self
    }

    /// As [`KeyCache::max_age`]; 10 minutes if it is not set.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.cache = self.cache.max_age(max_age);
        self
    }

    /// As [`KeyCache::hard_limit`]; 24 hours if it is not set.
    pub fn hard_limit(mut self, hard_limit: Duration) -> Self {
        self.cache = self.cache.hard_limit(hard_limit);
        self
    }

    /// As [`KeyCache::cooldown`]; 30 seconds if it is not set.
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.cache = self.cache.cooldown(cooldown);
        self
    }

    /// How long a fetch may take in all, and a webhook wait for it; 2 seconds if it is not set. Moneyhub waits 5
    /// seconds for the answer to a webhook.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// How many **tokens** of an unknown key [`Receiver::parse_live`](crate::Receiver::parse_live) defers between two
    /// fetches: it answers [`ErrorKind::KeysUnavailable`] in place of [`ErrorKind::UnknownKey`] while the cooldown
    /// forbids a fetch, since the key may have been published after the last one. 10 unless told otherwise; with 0, a
    /// token of such a key is rejected, and lost.
    ///
    /// Keep the body of a deferred token, and judge it again when the cooldown has passed: the key set is then fetched,
    /// and says whether there is such a key. Strangers who make up key ids are deferred too, up to this number.
    pub fn max_deferred(mut self, tokens: u32) -> Self {
        self.max_deferred = tokens;
        self
    }

    /// Trusts this certificate authority, in PEM, beside those of the system; of no effect on a function of yours.
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Takes the time from here rather than from the system: for tests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Makes the keys. Nothing is fetched yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeysUnavailable`], if the address is neither `https` nor `http` on loopback, or a root
    /// certificate can't be read.
    pub fn build(self) -> Result<RemoteKeys, Error> {
        let fetch = match self.origin {
            Origin::Function(fetch) => fetch,
            Origin::Http(source) => http::fetch(source, &self.root_certificates)
                .map_err(|reason| Error::new(ErrorKind::KeysUnavailable, reason))?,
        };
        let (ended, _) = watch::channel(());
        let shared = Shared {
            cache: self.cache,
            fetch,
            clock: self.clock,
            deadline: self.deadline,
            deferrals: Deferrals::new(self.max_deferred),
            ended,
        };
        Ok(RemoteKeys(Arc::new(Remote { shared: Arc::new(shared), tasks: Mutex::default() })))
    }
}

impl fmt::Debug for RemoteKeysBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeysBuilder").field("cache", &self.cache).finish_non_exhaustive()
    }
}
