//! [`RemoteKeysBuilder`]: the settings of [`RemoteKeys`].

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::watch;

use super::deferrals::Deferrals;
use super::http;
use super::{Clock, FetchKeySet, Remote, RemoteKeys, Shared};
use crate::keys::{KeyCache, KeysError};

/// Where [`RemoteKeys`] are fetched from.
pub(super) enum Origin {
    Url(String),
    Function(Box<FetchKeySet>),
}

/// Builds [`RemoteKeys`].
///
/// Created by [`RemoteKeys::moneyhub`], [`from_url`](RemoteKeys::from_url) and [`from_fn`](RemoteKeys::from_fn).
#[must_use = "a builder does nothing until it is built"]
pub struct RemoteKeysBuilder {
    origin: Origin,
    cache: KeyCache,
    clock: Box<Clock>,
    timeout: Duration,
    max_deferred: u32,
    max_deferred_in_outage: u32,
    root_certificates: Vec<Vec<u8>>,
}

impl RemoteKeysBuilder {
    /// The default [`timeout`](Self::timeout) of a fetch: 2 seconds.
    pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);

    /// The default [`max_deferred`](Self::max_deferred): 10 tokens.
    pub const DEFAULT_MAX_DEFERRED: u32 = 10;

    /// The default [`max_deferred_in_outage`](Self::max_deferred_in_outage): 1000 tokens.
    pub const DEFAULT_MAX_DEFERRED_IN_OUTAGE: u32 = 1000;

    pub(super) fn new(origin: Origin, cache: KeyCache) -> Self {
        Self {
            origin,
            cache,
            clock: Box::new(Utc::now),
            timeout: Self::DEFAULT_TIMEOUT,
            max_deferred: Self::DEFAULT_MAX_DEFERRED,
            max_deferred_in_outage: Self::DEFAULT_MAX_DEFERRED_IN_OUTAGE,
            root_certificates: Vec::new(),
        }
    }

    /// Sets the maximum age of the keys: see [`KeyCache::max_age`]. The default is 10 minutes.
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.cache = self.cache.max_age(max_age);
        self
    }

    /// Sets up to which age the keys are used while fetches fail: see [`KeyCache::hard_limit`]. The default is
    /// 24 hours.
    pub fn hard_limit(mut self, hard_limit: Duration) -> Self {
        self.cache = self.cache.hard_limit(hard_limit);
        self
    }

    /// Sets the minimum time between two fetches: see [`KeyCache::cooldown`]. The default is 30 seconds.
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.cache = self.cache.cooldown(cooldown);
        self
    }

    /// Sets the maximum duration of a fetch, and of a webhook's wait for it. The default is 2 seconds.
    ///
    /// Moneyhub waits 5 seconds for the response to a webhook.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many **tokens** with an unknown key are deferred between two fetches. The default is 10.
    ///
    /// A deferred token results in [`ErrorKind::KeysUnavailable`](crate::ErrorKind::KeysUnavailable). Its key may have
    /// been published after the last fetch, or the key server may have answered with an older copy. Store the body with
    /// its time of receipt, and verify it again after the [cooldown](Self::cooldown). A key set that was fetched at
    /// least 5 minutes after that time shows whether the key exists: if not, the error is
    /// [`ErrorKind::UnknownKey`](crate::ErrorKind::UnknownKey).
    ///
    /// Any more tokens result in `UnknownKey` at once, and are lost, unless your service keeps every token whose error
    /// [is transient](crate::Error::is_transient), as `moneyhub-webhooks-inbox` does.
    ///
    /// A token is deferred only if its unverified issuer, audience and age fit the receiver. An attacker can make them
    /// fit: such tokens with made-up key ids are deferred too, and count towards this number. A token that is parsed again
    /// counts once.
    pub fn max_deferred(mut self, tokens: u32) -> Self {
        self.max_deferred = tokens;
        self
    }

    /// Sets how many **tokens** are deferred between two successful fetches because their key can't be had: no key set was
    /// fetched yet, it is past its hard limit, or it lacks the key and the last fetch failed or has not finished. The
    /// default is 1000.
    ///
    /// The rules of [`max_deferred`](Self::max_deferred) apply: an attacker can use this number up while the key server
    /// is down. Choose it as large as your store. Each token takes about 16 bytes of memory.
    pub fn max_deferred_in_outage(mut self, tokens: u32) -> Self {
        self.max_deferred_in_outage = tokens;
        self
    }

    /// Trusts this certificate authority, in PEM, in addition to those of the system.
    ///
    /// It has no effect on [`from_fn`](RemoteKeys::from_fn).
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Replaces the system clock, for tests.
    pub fn clock(mut self, clock: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Builds the keys. It does not fetch them yet.
    ///
    /// # Errors
    ///
    /// Returns a [`KeysError`] if the URL is neither `https` nor `http` on loopback, or if a root certificate is
    /// invalid.
    pub fn build(self) -> Result<RemoteKeys, KeysError> {
        let fetch = match self.origin {
            Origin::Function(fetch) => fetch,
            Origin::Url(url) => {
                http::fetch(&url, &self.root_certificates).map_err(KeysError::new)?
            }
        };
        let (fetch_finished, _) = watch::channel(());
        let shared = Shared {
            cache: self.cache,
            fetch,
            clock: self.clock,
            timeout: self.timeout,
            deferrals: Deferrals::new(self.max_deferred),
            deferrals_in_outage: Deferrals::new(self.max_deferred_in_outage),
            fetch_finished,
        };
        Ok(RemoteKeys(Arc::new(Remote {
            shared: Arc::new(shared),
            tasks: Mutex::default(),
        })))
    }
}

impl fmt::Debug for RemoteKeysBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeysBuilder")
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}
