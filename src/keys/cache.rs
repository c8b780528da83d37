//! [`KeyCache`]: when to use, refetch and drop a cached key set.
//!
//! It uses no network and no clock. The time is an argument, and the caller fetches, with a [`KeyFetch`] that it claims
//! from the cache.

mod fetch;
mod keys_at;
mod rules;

pub use fetch::KeyFetch;
pub(super) use keys_at::KeysAt;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};

#[cfg(feature = "remote-keys")]
use super::Key;
use super::source::Source;
use super::{KeySet, Keys, KeysError};
use crate::error::{Error, ErrorKind};
use crate::tools::elapsed::elapsed;
use crate::tools::names::owned;
use rules::{Attempt, Outcome, Rules, State};

/// A cache for the key set of an issuer that rotates its keys. It uses no network and no clock.
///
/// It stores a key set, says when to refetch it, and accepts the result. Clones share the key set and its status, but
/// not the settings: set those before you clone.
///
/// | setting | default | meaning |
/// |---|---|---|
/// | [`max_age`](Self::max_age) | 10 minutes | refetch a key set older than this; while key sets are refetched, a removed key verifies for at most this long |
/// | [`hard_limit`](Self::hard_limit) | 24 hours | while no newer ones are fetched, use the cached keys up to this age |
/// | [`cooldown`](Self::cooldown) | 30 seconds | the minimum time from one fetch to the next, whatever its result |
///
/// Fetch at first use, at the maximum age, and when a token names an unknown key or one that does not verify it. Only one
/// fetch runs at a time. A fetch that fails, or returns no usable key, leaves the cached keys in place.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use moneyhub_webhooks::{Error, ErrorKind, KeyCache, Receiver, Webhook};
///
/// /// Parses with up-to-date keys, on a thread that may block. If the error is transient, store the body with its time
/// /// of receipt, up to a limit, and call this again after the cooldown.
/// fn parse(
///     receiver: &Receiver, // its own keys are replaced for each body, and may be an empty `KeySet`
///     cache: &KeyCache,
///     body: &[u8],
///     received_at: DateTime<Utc>,
///     fetch_key_set: impl Fn() -> Result<Vec<u8>, String>, // within a time limit
/// ) -> Result<Webhook, Error> {
///     let fetch_if_allowed = || {
///         let Some(fetch) = cache.claim_fetch(Utc::now()) else {
///             return false; // another thread is fetching, or just did
///         };
///         match fetch_key_set() {
///             Ok(jwks) => _ = fetch.succeed(&jwks), // the status has the error
///             Err(reason) => fetch.fail(reason),
///         }
///         true
///     };
///     let parse = || receiver.with_keys(cache.keys_at(Utc::now())).parse_at(body, received_at);
///     // The key may be newer than the cached ones, or was replaced under its id.
///     let may_be_newer = |error: &Error| error.is_transient() || error.kind() == ErrorKind::Signature;
///
///     if cache.is_due_at(Utc::now()) {
///         fetch_if_allowed();
///     }
///     match parse() {
///         Err(error) if may_be_newer(&error) && fetch_if_allowed() => parse(),
///         result => result,
///     }
/// }
/// # let jwks = include_bytes!("../../fixtures/keys/jwks.json");
/// # let cache = KeyCache::new(["https://identity.moneyhub.co.uk"]);
/// # let receiver = Receiver::signed(moneyhub_webhooks::KeySet::default(), "d9dc9d5e-d190-438c-b658-a4be3779100d");
/// # let body = include_bytes!("../../fixtures/tokens/paymentError.jwt");
/// # let signed_at = DateTime::from_timestamp(1_735_689_600, 0).unwrap();
/// # let other = || Ok(br#"{"keys":[]}"#.to_vec());
/// # assert!(parse(&receiver, &cache, body, signed_at, other).unwrap_err().is_transient());
/// # let cache = cache.cooldown(std::time::Duration::ZERO);
/// # parse(&receiver, &cache, body, signed_at, || Ok(jwks.to_vec()))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct KeyCache {
    issuers: Arc<[String]>,
    rules: Rules,
    state: Arc<RwLock<State>>,
}

impl KeyCache {
    /// The default [`max_age`](Self::max_age) of a cache: 10 minutes.
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(10 * 60);

    /// The default [`hard_limit`](Self::hard_limit) of a cache: 24 hours.
    pub const DEFAULT_HARD_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

    /// The default [`cooldown`](Self::cooldown) of a cache: 30 seconds.
    pub const DEFAULT_COOLDOWN: Duration = Duration::from_secs(30);

    /// Creates an empty cache for the keys of one provider.
    ///
    /// `issuers` are the spellings of that provider in `iss`. A token of any other issuer is rejected with
    /// [`ErrorKind::Issuer`], even if the receiver accepts that issuer.
    #[must_use]
    pub fn new(issuers: impl IntoIterator<Item: AsRef<str>>) -> Self {
        Self {
            issuers: owned(issuers).into(),
            rules: Rules {
                max_age: Self::DEFAULT_MAX_AGE,
                hard_limit: Self::DEFAULT_HARD_LIMIT,
                cooldown: Self::DEFAULT_COOLDOWN,
            },
            state: Arc::default(),
        }
    }

    /// Sets the maximum age of a key set. An older one must be refetched, but is used up to the
    /// [`hard_limit`](Self::hard_limit) if that fails.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.rules.max_age = max_age;
        self
    }

    /// Sets the age after which a key set verifies nothing, even if no newer one can be fetched.
    #[must_use]
    pub fn hard_limit(mut self, hard_limit: Duration) -> Self {
        self.rules.hard_limit = hard_limit;
        self
    }

    /// Sets the minimum time from the claim of one fetch to the claim of the next, whatever the result of the first.
    ///
    /// Anyone can make up key ids and signatures. With them, an attacker can cause one fetch in each cooldown, and a key
    /// published after that fetch stays unknown until the cooldown has passed.
    #[must_use]
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.rules.cooldown = cooldown;
        self
    }

    /// Returns the keys that are cached at `now`, to verify one body with.
    ///
    /// `now` is the current time, not the time of the token. The returned keys never change: call this again for each
    /// body.
    ///
    /// Before the first fetch, and past the hard limit, tokens result in [`ErrorKind::KeysUnavailable`]. So does an
    /// unknown key id while the key may exist: a fetch is running, the last one failed, or the key set was fetched less
    /// than 5 minutes after the token came, so that it may be older than the key, or a copy from a cache. Claim a fetch
    /// and parse once more, and store bodies for which that does not help, with a limit: anyone can send them.
    ///
    /// Otherwise an unknown key id results in [`ErrorKind::UnknownKey`]. It also results for a token whose unverified
    /// issuer, audience or age does not fit the receiver, in place of `KeysUnavailable`: such a token is rejected with
    /// any key.
    #[must_use]
    pub fn keys_at(&self, now: DateTime<Utc>) -> Keys {
        Keys(Source::Cached(self.read(|state| {
            self.cached_at(state, now, "call `KeyCache::claim_fetch` first")
        })))
    }

    /// Returns `true` if a fetch is due: no key set is cached, it is older than the maximum age, or the clock was set
    /// back by more than a minute since it was fetched.
    #[must_use]
    pub fn is_due_at(&self, now: DateTime<Utc>) -> bool {
        self.read(|state| self.rules.is_due(state, now))
    }

    /// Returns the time until a task that keeps the keys fresh should claim a fetch: at three quarters of the maximum age,
    /// so that no webhook has to wait, or once the cooldown allows it. Zero means now: [`claim_fetch`](Self::claim_fetch)
    /// then returns a fetch.
    ///
    /// Look again after 30 seconds at most: meanwhile the clock may have been set, or the machine suspended.
    #[must_use]
    pub fn until_next_fetch(&self, now: DateTime<Utc>) -> Duration {
        self.read(|state| {
            let age = self.rules.longest_age().mul_f32(0.75);
            let due = state.until_age(age, now);
            due.max(self.rules.until_allowed(state, now))
        })
    }

    /// Claims a fetch. The caller must then fetch the key set and report the result to the [`KeyFetch`].
    ///
    /// Returns `None` if another fetch was claimed within the cooldown, or is still running.
    #[must_use]
    pub fn claim_fetch(&self, now: DateTime<Utc>) -> Option<KeyFetch> {
        let number = self.write(|state| {
            if !self.rules.until_allowed(state, now).is_zero() {
                return None;
            }
            state.follow_clock(self.rules.longest_age(), now);
            state.attempt = Some(Attempt {
                claimed_at: now,
                outcome: Outcome::InProgress,
            });
            state.fetches = state.fetches.saturating_add(1);
            Some(state.fetches)
        })?;
        Some(KeyFetch {
            cache: self.clone(),
            claimed_at: now,
            number,
            is_finished: false,
        })
    }

    /// Returns the cached key set, however old it is: its usable keys, and the ignored ones with the reasons.
    ///
    /// Returns `None` if no key set was ever fetched.
    #[must_use]
    pub fn key_set(&self) -> Option<Arc<KeySet>> {
        self.read(|state| state.cached.as_ref().map(|cached| Arc::clone(&cached.keys)))
    }

    /// Returns the status of the cache, for a health check.
    #[must_use]
    pub fn status_at(&self, now: DateTime<Utc>) -> KeyStatus {
        self.read(|state| {
            let cached = state.cached.as_ref();
            let usable = cached.filter(|cached| self.rules.is_usable(cached, now));
            KeyStatus {
                usable: usable.map_or(0, |cached| cached.keys.len()),
                ignored: cached.map_or(0, |cached| cached.keys.ignored().len()),
                age: cached.map(|cached| elapsed(cached.fetched_at, now)),
                fetches: state.fetches,
                failures: state.failures,
                is_fetching: state.is_fetching(now),
                last_error: state.last_error().cloned(),
            }
        })
    }

    /// Looks up the key of a token that was received at `received_at`. `advice` says what to call if no key set was
    /// ever fetched.
    #[cfg(feature = "remote-keys")]
    pub(super) fn look_up(
        &self,
        key_id: &str,
        received_at: DateTime<Utc>,
        now: DateTime<Utc>,
        advice: &str,
    ) -> LookUp {
        self.read(|state| {
            let keys = self.cached_at(state, now, advice);
            let cooldown = self.rules.cooldown;
            LookUp {
                is_outage: keys.as_ref().map_or(true, |keys| !keys.is_newest),
                was_stored: !cooldown.is_zero() && cooldown <= elapsed(received_at, now),
                found: keys.and_then(|keys| keys.find(key_id, received_at)),
                is_due: self.rules.is_due(state, now),
                finished: state.finished,
            }
        })
    }

    /// Returns the cached keys, or why there are none.
    fn cached_at(&self, state: &State, now: DateTime<Utc>, advice: &str) -> Result<KeysAt, Error> {
        let Some(cached) = &state.cached else {
            return Err(match state.last_error() {
                Some(error) => error.unavailable(),
                None if state.is_fetching(now) => ErrorKind::KeysUnavailable
                    .because("the first fetch of the key set has not finished"),
                None => ErrorKind::KeysUnavailable
                    .because(format!("no key set has been fetched yet: {advice}")),
            });
        };
        if !self.rules.is_usable(cached, now) {
            let too_old = "the key set is older than its hard limit";
            return Err(match state.last_error() {
                Some(error) => ErrorKind::KeysUnavailable
                    .because(format!("{too_old}, and the last fetch failed: {error}")),
                None => ErrorKind::KeysUnavailable.because(too_old),
            });
        }
        Ok(KeysAt {
            keys: Arc::clone(&cached.keys),
            issuers: Arc::clone(&self.issuers),
            fetched_at: cached.fetched_at,
            is_newest: state.is_newest(),
        })
    }

    #[cfg(feature = "remote-keys")]
    pub(super) fn is_fetching(&self, now: DateTime<Utc>) -> bool {
        self.read(|state| state.is_fetching(now))
    }

    #[cfg(feature = "remote-keys")]
    pub(super) fn fetches_finished(&self) -> u64 {
        self.read(|state| state.finished)
    }

    #[cfg(feature = "remote-keys")]
    pub(super) fn fetches_succeeded(&self) -> u64 {
        self.read(|state| state.succeeded)
    }

    // Ignores poisoning: no writer can panic half-way through a change of the state.

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A key, or why there was none, and what decides whether a newer key set may change that.
#[cfg(feature = "remote-keys")]
pub(super) struct LookUp {
    pub(super) found: Result<Key, Error>,
    /// Whether the keys can't be had: there are none, or the last fetch brought none.
    pub(super) is_outage: bool,
    /// Whether the token came at least a cooldown ago: it was stored meanwhile.
    pub(super) was_stored: bool,
    /// Whether a fetch was due.
    pub(super) is_due: bool,
    /// How many fetches had finished.
    pub(super) finished: u64,
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache")
            .field("issuers", &self.issuers)
            .finish_non_exhaustive()
    }
}

/// The status of a [`KeyCache`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyStatus {
    /// The number of usable keys in the cached key set. 0 past the hard limit.
    pub usable: usize,
    /// The number of ignored keys in the cached key set.
    pub ignored: usize,
    /// The time since the cached key set was fetched. `None` if no key set is cached.
    pub age: Option<Duration>,
    /// The number of fetches that were claimed.
    pub fetches: u64,
    /// The number of fetches that failed.
    pub failures: u64,
    /// Whether a fetch is running.
    pub is_fetching: bool,
    /// Why the last fetch failed. `None` if it succeeded, is still running, or there was none.
    pub last_error: Option<KeysError>,
}
