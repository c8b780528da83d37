//! [`RemoteKeys`]: a [`KeyCache`] with a clock, a way to fetch, and one fetch at a time that all who need it wait
//! for. Fetches run as tasks of their own, so that a request that goes away takes none with it; the tasks end
//! with the last clone.

mod builder;
mod deferrals;
mod http;
mod names;
mod run;

use std::fmt::{self, Display};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::{
    Freshness, KeyCache, KeySource, KeyStatus, Keys, MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL, Refresh,
    VerifyingKey,
};
use crate::error::{Error, ErrorKind};
use builder::Origin;
pub use builder::RemoteKeysBuilder;
use deferrals::Deferrals;
use http::Source;
use run::Run;

/// By how much longer a webhook waits than a fetch may take.
const MARGIN: Duration = Duration::from_millis(50);

/// While keys are kept fresh: from one look at the clock to the next, at least.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// Keys that are fetched from their issuer, and again when they change. Clones share them.
///
/// ```no_run
/// use moneyhub_webhooks::{Error, Receiver, RemoteKeys, Webhook};
///
/// # async fn start() -> Result<(), Error> {
/// let keys = RemoteKeys::moneyhub().build()?;
/// keys.warm_up().await?; // or not: then the first webhook waits for the keys
/// keys.keep_fresh()?; // or not: then one webhook in ten minutes does
/// let receiver = Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d");
/// # let body = b"";
///
/// let webhook = receiver.parse_live(body).await?;
/// # Ok(())
/// # }
/// ```
///
/// [`Receiver::parse_live`](crate::Receiver::parse_live) fetches when it must;
/// [`Receiver::parse`](crate::Receiver::parse) judges with the keys that are held and never fetches. When that is due
/// and allowed are the rules of a [`KeyCache`]. Fetching needs a tokio runtime (`enable_all`: without its time driver
/// it panics). On a thread without one nothing is fetched, and `parse_live` answers as `parse` does.
///
/// How old the keys are is told by the clock of the system, under `parse_at` too. `Cache-Control`, `Expires`, `ETag`
/// and `Age` of an answer are not read: the rules of a [`KeyCache`] stand for them. Each fetch asks for the whole key
/// set, uncompressed.
///
/// # Recipes
///
/// **A web framework.** [`Receiver`](crate::Receiver) is cheap to clone and shared by threads: make it at
/// start-up, with the keys warmed up and kept fresh, and hand it to the handlers as the framework's state
/// (`with_state` of axum, `web::Data` of actix-web). Whole receivers are in the repository, in `examples/receivers`.
///
/// **A lambda.** Make the receiver before the loop that takes invocations, so that a cold start warms it up, and
/// leave out [`keep_fresh`](Self::keep_fresh): between invocations nothing runs. The clock goes on meanwhile, so
/// that the first webhook after a long sleep has the keys fetched.
///
/// **A test without a network.** Let the function that makes your receiver take `impl Into<Keys>`: the service
/// passes `RemoteKeys`, the test a [`KeySet`](crate::KeySet), with which `parse_live` never waits. Or give the
/// keys by a function:
///
/// ```
/// # use moneyhub_webhooks::{Error, KeyStatus, RemoteKeys};
/// # fn main() -> Result<(), Error> {
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
/// # runtime.block_on(async {
/// let jwks = include_bytes!("../../fixtures/keys/jwks.json");
/// let keys = RemoteKeys::from_fn(["https://identity.moneyhub.co.uk"], || async { Ok::<_, String>(jwks.to_vec()) })
///     .build()?;
/// keys.warm_up().await?;
/// assert_eq!(keys.status().usable, 1);
/// # Ok(())
/// # })
/// # }
/// ```
///
/// **A service without tokio.** A [`KeyCache`], whose documentation has the function to copy: any HTTP client will
/// do, one that blocks too.
#[derive(Clone)]
pub struct RemoteKeys(Arc<Remote>);

struct Remote {
    shared: Arc<Shared>,
    /// Aborted when it is dropped: tasks hold what is shared, and not this.
    tasks: Mutex<JoinSet<()>>,
}

struct Shared {
    cache: KeyCache,
    fetch: Box<FetchKeySet>,
    clock: Box<Clock>,
    deadline: Duration,
    deferrals: Deferrals,
    /// Told whenever a fetch has ended; how many, the cache knows.
    ended: watch::Sender<()>,
}

type FetchKeySet = dyn Fn() -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>> + Send + Sync;
type Clock = dyn Fn() -> DateTime<Utc> + Send + Sync;

impl RemoteKeys {
    /// Moneyhub's keys, from [`MONEYHUB_KEY_SET_URL`](crate::MONEYHUB_KEY_SET_URL), for tokens of
    /// [`MONEYHUB_ISSUERS`](crate::MONEYHUB_ISSUERS).
    pub fn moneyhub() -> RemoteKeysBuilder {
        Self::from_url(MONEYHUB_KEY_SET_URL, MONEYHUB_ISSUERS.iter().copied())
    }

    /// The keys at this address of a JWKS, for tokens of these issuers: the spellings of one provider, which the
    /// receiver has to take too ([`Receiver::issuers`](crate::Receiver::issuers)). `https`, or `http` on loopback
    /// alone.
    pub fn from_url(
        jwks_url: impl Into<String>,
        issuers: impl IntoIterator<Item: Into<String>>,
    ) -> RemoteKeysBuilder {
        RemoteKeysBuilder::new(Origin::Http(Source::KeySet(jwks_url.into())), KeyCache::new(issuers))
    }

    /// The keys of an issuer, found by its discovery document (OpenID Connect Discovery 1.0, section 4), for
    /// tokens of this issuer ([`also_issuer`](RemoteKeysBuilder::also_issuer) for other spellings of it), which the
    /// receiver has to take too ([`Receiver::issuers`](crate::Receiver::issuers)). `https`, or `http` on loopback
    /// alone.
    pub fn from_issuer(issuer: impl Into<String>) -> RemoteKeysBuilder {
        let issuer = issuer.into();
        let cache = KeyCache::new([issuer.as_str()]);
        RemoteKeysBuilder::new(Origin::Http(Source::Issuer(issuer)), cache)
    }

    /// The keys that a function of yours fetches, for tokens of these issuers: the bytes of a JWKS, or why there
    /// are none. It is given up after the [deadline](RemoteKeysBuilder::deadline).
    pub fn from_fn<F, Fut, E>(issuers: impl IntoIterator<Item: Into<String>>, fetch: F) -> RemoteKeysBuilder
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Vec<u8>, E>> + Send + 'static,
        E: Display,
    {
        let fetch = move || {
            let bytes = fetch();
            let bytes = async move { bytes.await.map_err(|error| error.to_string()) };
            Box::pin(bytes) as Pin<Box<dyn Future<Output = _> + Send>>
        };
        RemoteKeysBuilder::new(Origin::Function(Box::new(fetch)), KeyCache::new(issuers))
    }

    /// Fetches the keys, unless they are held already and not due: for the start of a service.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeysUnavailable`], if no keys are held afterwards. It is safe to go on without: the next
    /// token tries again.
    pub async fn warm_up(&self) -> Result<(), Error> {
        let now = || (self.0.shared.clock)();
        let ended = self.0.fetches_ended();
        if self.0.shared.cache.is_due_at(now())
            && let Some(refresh) = self.0.refresh(ended)
        {
            refresh.await;
        }
        let KeyStatus { usable, last_error, .. } = self.status();
        if usable > 0 {
            return Ok(());
        }
        let none = || Error::new(ErrorKind::KeysUnavailable, "the keys were not there within the deadline");
        Err(last_error.unwrap_or_else(none))
    }

    /// Starts a task that fetches the keys before they reach their maximum age, so that no webhook waits for
    /// that. It ends when the last clone is dropped, or with the runtime that it was started on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::KeysUnavailable`], if there is no tokio runtime.
    pub fn keep_fresh(&self) -> Result<(), Error> {
        let runtime = Handle::try_current()
            .map_err(|_| Error::new(ErrorKind::KeysUnavailable, "there is no tokio runtime"))?;
        let shared = Arc::clone(&self.0.shared);
        self.0.spawn(&runtime, async move {
            loop {
                let now = (shared.clock)();
                if shared.cache.until_next_fetch(now).is_zero()
                    && let Some(fetch) = shared.cache.claim_fetch(now)
                {
                    // A task of its own, which ends with this one: it may panic.
                    let mut task = JoinSet::new();
                    task.spawn(Run::new(&shared, fetch).run());
                    task.join_next().await;
                }
                sleep(shared.cache.until_next_fetch((shared.clock)()).max(SHORTEST_PAUSE)).await;
            }
        });
        Ok(())
    }

    /// What is held, for a health check.
    #[must_use]
    pub fn status(&self) -> KeyStatus {
        self.0.shared.cache.status_at((self.0.shared.clock)())
    }
}

impl Remote {
    fn spawn(&self, runtime: &Handle, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(task, runtime);
    }
}

impl KeySource for Remote {
    fn find(&self, key_id: &str, freshness: Freshness) -> Result<VerifyingKey, Error> {
        self.shared.cache.find(key_id, (self.shared.clock)(), freshness)
    }

    fn is_of(&self, issuer: &str) -> bool {
        self.shared.cache.is_of(issuer)
    }

    fn fetches_ended(&self) -> u64 {
        self.shared.cache.fetches_ended()
    }

    fn defer_unknown(&self) -> Option<Error> {
        let Shared { cache, clock, deferrals, .. } = &*self.shared;
        let is_deferred = cache.is_cooling_down(clock()) && deferrals.take(cache.fetches_ended());
        let detail = "the key set has no usable key of the token's `kid`, and may not be fetched again yet";
        is_deferred.then(|| Error::new(ErrorKind::KeysUnavailable, detail))
    }

    fn refresh(&self, since: u64) -> Option<Refresh> {
        let runtime = Handle::try_current().ok()?;
        let Shared { cache, clock, deadline, .. } = &*self.shared;
        let since = match cache.claim_fetch(clock()) {
            Some(fetch) => {
                let claimed = cache.fetches_ended();
                self.spawn(&runtime, Run::new(&self.shared, fetch).run());
                claimed
            }
            None if cache.is_fetching(clock()) || cache.fetches_ended() != since => since,
            None => return None,
        };
        // The fetch is given up first, so that it is its own end that we see.
        let limit = deadline.saturating_add(MARGIN);
        let shared = Arc::clone(&self.shared);
        Some(Box::pin(async move {
            let mut ended = shared.ended.subscribe();
            let wait =
                async { while shared.cache.fetches_ended() == since && ended.changed().await.is_ok() {} };
            // Late or not, what is held by then is what there is.
            let _ = timeout(limit, wait).await;
        }))
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys").field("cache", &self.0.shared.cache).finish_non_exhaustive()
    }
}

impl From<RemoteKeys> for Keys {
    fn from(RemoteKeys(remote): RemoteKeys) -> Self {
        Self(remote)
    }
}

impl From<&RemoteKeys> for Keys {
    fn from(keys: &RemoteKeys) -> Self {
        keys.clone().into()
    }
}
