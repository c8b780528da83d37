//! [`KeyCache`]: the rules by which a key set is kept, fetched anew, and given up. No network and no clock: the
//! time is an argument, and the fetching is the caller's, by a [`KeyFetch`] that the cache hands out.

mod fetch;
mod held;
mod rules;

pub use fetch::KeyFetch;

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::{Freshness, Keys};
use crate::error::{Error, ErrorKind};
use crate::observe;
use crate::tools::elapsed::elapsed;
use held::{HeldKeys, KeysAt};
use rules::{Attempt, Outcome, Rules, State};

/// Keys that follow the rotation of an issuer's, without a network or a clock of their own.
///
/// It holds a key set, says when to fetch it anew, and takes what was fetched. Clones share all that, but not the
/// rules: set those first.
///
/// | rule | default | |
/// |---|---|---|
/// | [`max_age`](Self::max_age) | 10 minutes | a key set older than this is due to be fetched anew: so long may a key verify that the issuer has removed |
/// | [`hard_limit`](Self::hard_limit) | 24 hours | while fetches fail, the old keys are kept to this age |
/// | [`cooldown`](Self::cooldown) | 30 seconds | from one fetch to the next, whatever came of it |
///
/// A fetch is due at first use, at the maximum age, and when a token names an unknown key. There is one at a
/// time. A fetch that fails, or brings no usable key, changes nothing.
///
/// ```
/// use chrono::{DateTime, Utc};
/// use moneyhub_webhooks::{Error, ErrorKind, KeyCache, Receiver, Webhook};
///
/// /// Parses with live keys, on a thread that may block.
/// fn parse(
///     receiver: &Receiver,
///     cache: &KeyCache,
///     body: &[u8],
///     fetch_key_set: impl Fn() -> Result<Vec<u8>, String>, // within a time limit
/// ) -> Result<Webhook, Error> {
///     let fetch_if_allowed = || {
///         if let Some(fetch) = cache.claim_fetch(Utc::now()) {
///             match fetch_key_set() {
///                 Ok(jwks) => _ = fetch.succeed(&jwks), // an error of it is in the status
///                 Err(reason) => fetch.fail(reason),
///             }
///         }
///     };
///     let parse = || receiver.with_keys(cache.keys_at(Utc::now())).parse(body);
///
///     if cache.is_due_at(Utc::now()) {
///         fetch_if_allowed();
///     }
///     match parse() {
///         Err(error) if error.kind() == ErrorKind::UnknownKey => {
///             fetch_if_allowed(); // or another thread does, or just did
///             parse()
///         }
///         result => result,
///     }
/// }
/// # let jwks = include_bytes!("../../fixtures/keys/jwks.json");
/// # let cache = KeyCache::new(["https://identity.moneyhub.co.uk"]);
/// # let receiver = Receiver::signed(cache.keys_at(Utc::now()), "d9dc9d5e-d190-438c-b658-a4be3779100d");
/// # let body = include_bytes!("../../fixtures/tokens/paymentError.jwt");
/// # parse(&receiver.max_age(None), &cache, body, || Ok(jwks.to_vec()))?;
/// # Ok::<(), Error>(())
/// ```
#[derive(Clone)]
pub struct KeyCache {
    issuers: Arc<[String]>,
    rules: Rules,
    state: Arc<RwLock<State>>,
}

impl KeyCache {
    /// The [`max_age`](Self::max_age) of a cache unless told otherwise: 10 minutes.
    pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(10 * 60);

    /// The [`hard_limit`](Self::hard_limit) of a cache unless told otherwise: 24 hours.
    pub const DEFAULT_HARD_LIMIT: Duration = Duration::from_secs(24 * 60 * 60);

    /// The [`cooldown`](Self::cooldown) of a cache unless told otherwise: 30 seconds.
    pub const DEFAULT_COOLDOWN: Duration = Duration::from_secs(30);

    /// An empty cache for the keys of one provider, under each spelling that its tokens have in `iss`: tokens of
    /// another issuer are refused with [`ErrorKind::Issuer`], whatever the receiver takes.
    #[must_use]
    pub fn new(issuers: impl IntoIterator<Item: Into<String>>) -> Self {
        Self {
            issuers: issuers.into_iter().map(Into::into).collect(),
            rules: Rules {
                max_age: Self::DEFAULT_MAX_AGE,
                hard_limit: Self::DEFAULT_HARD_LIMIT,
                cooldown: Self::DEFAULT_COOLDOWN,
            },
            state: Arc::default(),
        }
    }

    /// A key set older than this is due to be fetched anew.
    #[must_use]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.rules.max_age = max_age;
        self
    }

    /// A key set older than this verifies nothing any more, be it that no newer one could be had.
    #[must_use]
    pub fn hard_limit(mut self, hard_limit: Duration) -> Self {
        self.rules.hard_limit = hard_limit;
        self
    }

    /// So long after a fetch was claimed no other is, whatever came of it. Strangers who make up key ids can thus
    /// cause a fetch each cooldown, and keep a key that is published meanwhile unknown for as long.
    #[must_use]
    pub fn cooldown(mut self, cooldown: Duration) -> Self {
        self.rules.cooldown = cooldown;
        self
    }

    /// The keys as they are held at `now`, to judge one body with: the time of the cache, not that of a token.
    /// They stay what they are: take them anew for each body.
    ///
    /// Past the hard limit, and before the first fetch, tokens are answered with
    /// [`ErrorKind::KeysUnavailable`]. So is an unknown key id while a fetch is under way or if the last one
    /// has failed: then nobody can say that there is no such key. Otherwise that is
    /// [`ErrorKind::UnknownKey`]: claim a fetch, and judge once more.
    #[must_use]
    pub fn keys_at(&self, now: DateTime<Utc>) -> Keys {
        let held = self.held(now, Freshness::Held);
        Keys(Arc::new(KeysAt { issuers: Arc::clone(&self.issuers), held }))
    }

    /// Whether the key set is due to be fetched: none is held, or it is older than the maximum age.
    #[must_use]
    pub fn is_due_at(&self, now: DateTime<Utc>) -> bool {
        self.read(|state| self.rules.is_due(state, now))
    }

    /// The right, and the duty, to fetch the key set now. `None`: it was claimed not a cooldown ago, or is being
    /// fetched.
    #[must_use]
    pub fn claim_fetch(&self, now: DateTime<Utc>) -> Option<KeyFetch> {
        let number = self.write(|state| {
            if !self.rules.may_fetch(state, now) {
                return None;
            }
            state.attempt = Some(Attempt { claimed_at: now, outcome: Outcome::InProgress });
            state.fetches = state.fetches.saturating_add(1);
            Some(state.fetches)
        })?;
        let fetch = KeyFetch { cache: self.clone(), claimed_at: now, number, settled: false };
        observe::fetch_started();
        Some(fetch)
    }

    /// What the cache holds, for a health check.
    #[must_use]
    pub fn status_at(&self, now: DateTime<Utc>) -> KeyStatus {
        self.read(|state| {
            let held = state.held.as_ref();
            KeyStatus {
                usable: held.filter(|held| self.rules.is_usable(held, now)).map_or(0, |held| held.keys.len()),
                ignored: held.map_or(0, |held| held.keys.ignored().len()),
                age: held.map(|held| elapsed(held.fetched_at, now)),
                fetches: state.fetches,
                is_fetching: state.is_fetching(now),
                last_error: state.last_error().cloned(),
            }
        })
    }

    #[cfg(feature = "remote-keys")]
    pub(super) fn find(
        &self,
        key_id: &str,
        now: DateTime<Utc>,
        freshness: Freshness,
    ) -> Result<super::VerifyingKey, Error> {
        self.held(now, freshness)?.find(key_id)
    }

    fn held(&self, now: DateTime<Utc>, freshness: Freshness) -> Result<HeldKeys, Error> {
        let unavailable = |detail: &'static str| Error::new(ErrorKind::KeysUnavailable, detail);
        self.read(|state| {
            let held = state.held.as_ref().ok_or_else(|| {
                let none_yet = || unavailable("no key set has been fetched yet");
                state.last_error().cloned().unwrap_or_else(none_yet)
            })?;
            if !self.rules.is_usable(held, now) {
                return Err(unavailable("the key set is older than its hard limit"));
            }
            let can_be_fresher = state.is_fetching(now) || self.rules.may_fetch(state, now);
            if freshness == Freshness::Required && self.rules.is_due(state, now) && can_be_fresher {
                return Err(unavailable("the key set is older than its maximum age"));
            }
            Ok(HeldKeys { keys: Arc::clone(&held.keys), is_settled: state.is_settled() })
        })
    }

    #[cfg(feature = "remote-keys")]
    pub(super) fn also_issuer(mut self, issuer: String) -> Self {
        self.issuers = self.issuers.iter().cloned().chain([issuer]).collect();
        self
    }

    #[cfg(feature = "remote-keys")]
    pub(super) fn is_of(&self, issuer: &str) -> bool {
        self.issuers.iter().any(|own| own == issuer)
    }

    /// When to fetch so that the key set never reaches its maximum age.
    #[cfg(feature = "remote-keys")]
    pub(super) fn until_next_fetch(&self, now: DateTime<Utc>) -> Duration {
        self.read(|state| {
            let after = |length: Duration, since| length.saturating_sub(elapsed(since, now));
            let ahead = self.rules.max_age.mul_f32(0.75);
            let good = state.held.as_ref().filter(|held| !rules::is_set_back(held.fetched_at, now));
            let due = good.map_or(Duration::ZERO, |held| after(ahead, held.fetched_at));
            let allowed = state
                .attempt
                .as_ref()
                .map_or(Duration::ZERO, |attempt| after(self.rules.cooldown, attempt.claimed_at));
            due.max(allowed)
        })
    }

    /// Whether the cooldown forbids a fetch.
    #[cfg(feature = "remote-keys")]
    pub(super) fn is_cooling_down(&self, now: DateTime<Utc>) -> bool {
        self.read(|state| !state.is_fetching(now) && !self.rules.may_fetch(state, now))
    }

    #[cfg(feature = "remote-keys")]
    pub(super) fn is_fetching(&self, now: DateTime<Utc>) -> bool {
        self.read(|state| state.is_fetching(now))
    }

    #[cfg(feature = "remote-keys")]
    pub(super) fn fetches_ended(&self) -> u64 {
        self.read(|state| state.ended)
    }

    // A state is replaced whole and never half: a thread that panicked can't have spoiled it.

    fn read<T>(&self, read: impl FnOnce(&State) -> T) -> T {
        read(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, write: impl FnOnce(&mut State) -> T) -> T {
        write(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for KeyCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyCache").field("issuers", &self.issuers).finish_non_exhaustive()
    }
}

/// What a [`KeyCache`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyStatus {
    /// How many keys can be used: none past the hard limit.
    pub usable: usize,
    /// How many keys of the set can't.
    pub ignored: usize,
    /// How long ago the set that is held was fetched; `None` if none is.
    pub age: Option<Duration>,
    /// How many fetches there were.
    pub fetches: u64,
    /// Whether there is one now.
    pub is_fetching: bool,
    /// Why the last fetch has failed; `None` if it has not.
    pub last_error: Option<Error>,
}
