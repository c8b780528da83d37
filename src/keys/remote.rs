//! [`RemoteKeys`]: a [`KeyCache`] with a clock and a way to fetch.
//!
//! Only one fetch runs at a time, and every webhook that needs its result waits for it. A fetch runs in its own task,
//! so it survives a cancelled request. The tasks are aborted when the last clone is dropped.

mod builder;
mod deferrals;
mod find;
mod http;
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

use super::source::Source;
use super::{KeyCache, KeySet, KeyStatus, Keys, KeysError, MONEYHUB_ISSUERS, MONEYHUB_KEY_SET_URL};
use builder::Origin;
pub use builder::RemoteKeysBuilder;
use deferrals::Deferrals;
use run::Run;

const NO_RUNTIME: &str = "there is no tokio runtime";

/// How much longer than the timeout of a fetch a webhook waits.
const MARGIN: Duration = Duration::from_millis(50);

/// The minimum time between two checks of `keep_fresh`.
const SHORTEST_PAUSE: Duration = Duration::from_secs(1);

/// The maximum time between two checks of `keep_fresh`. The timer does not notice that the clock was set, or that the
/// machine was suspended.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Keys that are fetched from their issuer, and refetched as it rotates them. Clones share the keys.
///
/// # Examples
///
/// ```no_run
/// use moneyhub_webhooks::{Receiver, RemoteKeys};
///
/// # async fn start() -> Result<(), Box<dyn std::error::Error>> {
/// let keys = RemoteKeys::moneyhub().build()?;
/// keys.warm_up().await?; // optional: without it, the first webhook waits for the keys
/// keys.keep_fresh()?; // optional: without it, webhooks wait for the keys every ten minutes
/// let receiver = Receiver::signed(keys, "d9dc9d5e-d190-438c-b658-a4be3779100d");
/// # let body = b"";
///
/// let webhook = receiver.receive(body).await?;
/// # Ok(())
/// # }
/// ```
///
/// [`Receiver::receive`](crate::Receiver::receive) fetches the keys if a fetch is due and allowed, by the rules of a
/// [`KeyCache`]. [`Receiver::parse`](crate::Receiver::parse) never fetches: it verifies with the cached keys.
///
/// Fetching needs a tokio runtime built with `enable_all`: without its time driver, it panics. On a thread without a
/// runtime nothing is fetched, and `receive` returns what `parse` does.
///
/// The age of the keys is measured with the system clock, even in `parse_at`. The headers `Cache-Control`, `Expires`,
/// `ETag` and `Age` of a response are ignored: the settings of the [`KeyCache`] apply instead. Each fetch requests the
/// whole key set, uncompressed, over a new connection, and asks caches on the way for a fresh copy
/// (`Cache-Control: no-cache`). It uses HTTP/1.1 and rustls, and reads the certificates of the system each time.
///
/// # Recipes
///
/// **Web frameworks.** A [`Receiver`](crate::Receiver) is cheap to clone, and threads can share it. Create it at
/// start-up, call [`warm_up`](Self::warm_up) and [`keep_fresh`](Self::keep_fresh) on its keys, and pass it to the
/// handlers as the framework's state (`with_state` in axum, `web::Data` in actix-web).
///
/// **Lambdas.** Create the receiver before the loop that handles invocations, and call [`warm_up`](Self::warm_up)
/// there, so that it is part of the cold start. Don't call [`keep_fresh`](Self::keep_fresh), because nothing runs
/// between invocations. The keys age meanwhile, so the first webhook after a long pause refetches them.
///
/// **Tests without a network.** Let the function that creates your receiver take `impl Into<`[`Keys`]`>`. The service passes
/// `RemoteKeys`. The test passes a [`KeySet`], with which `receive` never waits. Or provide the keys with a function:
///
/// ```
/// # use moneyhub_webhooks::keys::KeysError;
/// # use moneyhub_webhooks::RemoteKeys;
/// # fn main() -> Result<(), KeysError> {
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
/// **Services without tokio.** Use a [`KeyCache`] with any HTTP client, async or blocking. Its documentation has a
/// function to copy.
#[derive(Clone)]
pub struct RemoteKeys(Arc<Remote>);

struct Remote {
    shared: Arc<Shared>,
    /// Dropping the set aborts its tasks. They hold `Shared`, not `Remote`, so they don't keep it alive.
    tasks: Mutex<JoinSet<()>>,
}

struct Shared {
    cache: KeyCache,
    fetch: Box<FetchKeySet>,
    clock: Box<Clock>,
    timeout: Duration,
    /// The tokens that were deferred since the last fetch.
    deferrals: Deferrals,
    /// The tokens that were deferred since the last successful fetch, because the keys can't be had.
    deferrals_in_outage: Deferrals,
    /// Notified when a fetch has finished. The cache has the number of fetches.
    fetch_finished: watch::Sender<()>,
}

type FetchKeySet =
    dyn Fn() -> Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send>> + Send + Sync;
type Clock = dyn Fn() -> DateTime<Utc> + Send + Sync;

impl RemoteKeys {
    /// Fetches Moneyhub's keys from [`MONEYHUB_KEY_SET_URL`], for tokens of [`MONEYHUB_ISSUERS`].
    pub fn moneyhub() -> RemoteKeysBuilder {
        Self::from_url(MONEYHUB_KEY_SET_URL, MONEYHUB_ISSUERS)
    }

    /// Fetches the keys from the URL of a JWKS, for tokens of these issuers.
    ///
    /// The URL must be `https`, or `http` on loopback. The issuers are the spellings of one provider. The receiver must
    /// accept them as well ([`Receiver::issuers`](crate::Receiver::issuers)).
    pub fn from_url(
        jwks_url: impl Into<String>,
        issuers: impl IntoIterator<Item: AsRef<str>>,
    ) -> RemoteKeysBuilder {
        RemoteKeysBuilder::new(Origin::Url(jwks_url.into()), KeyCache::new(issuers))
    }

    /// Fetches the keys with your own function, for tokens of these issuers.
    ///
    /// The function returns the bytes of a JWKS, or why there are none. Its future is dropped after the
    /// [timeout](RemoteKeysBuilder::timeout).
    pub fn from_fn<F, Fut, E>(
        issuers: impl IntoIterator<Item: AsRef<str>>,
        fetch: F,
    ) -> RemoteKeysBuilder
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

    /// Fetches the keys, unless they are cached and not due. Call it at the start of a service.
    ///
    /// # Errors
    ///
    /// Returns a [`KeysError`] if no usable keys are cached afterwards. The service can start anyway: the next token that
    /// needs the keys tries again, once the cooldown has passed.
    pub async fn warm_up(&self) -> Result<(), KeysError> {
        let Shared { cache, clock, .. } = &*self.0.shared;
        let finished = cache.fetches_finished();
        let runtime = Handle::try_current();
        if let Ok(runtime) = &runtime
            && cache.is_due_at(clock())
        {
            self.0.await_fetch(runtime, finished).await;
        }
        let KeyStatus {
            usable, last_error, ..
        } = self.status();
        match last_error {
            _ if usable > 0 => Ok(()),
            Some(error) => Err(error),
            None if runtime.is_err() => Err(KeysError::new(NO_RUNTIME)),
            None => Err(KeysError::new("no keys arrived within the timeout")),
        }
    }

    /// Starts a task that refetches the keys before they reach their maximum age, so that no webhook has to wait.
    ///
    /// The task ends when the last clone is dropped, or with the runtime on which it was started.
    ///
    /// # Errors
    ///
    /// Returns a [`KeysError`] if there is no tokio runtime.
    pub fn keep_fresh(&self) -> Result<(), KeysError> {
        let runtime = Handle::try_current().map_err(|_| KeysError::new(NO_RUNTIME))?;
        let shared = Arc::clone(&self.0.shared);
        self.0.spawn(&runtime, async move {
            loop {
                let now = (shared.clock)();
                if shared.cache.until_next_fetch(now).is_zero()
                    && let Some(fetch) = shared.cache.claim_fetch(now)
                {
                    // In a separate task, because it may panic. It is aborted together with this one.
                    let mut task = JoinSet::new();
                    task.spawn(Run::new(&shared, fetch).run());
                    task.join_next().await;
                }
                let pause = shared.cache.until_next_fetch((shared.clock)());
                sleep(pause.clamp(SHORTEST_PAUSE, LONGEST_PAUSE)).await;
            }
        });
        Ok(())
    }

    /// Returns the cached key set, however old it is: its usable keys, and the ignored ones with the reasons.
    ///
    /// Returns `None` if no key set was ever fetched: see [`warm_up`](Self::warm_up).
    #[must_use]
    pub fn key_set(&self) -> Option<Arc<KeySet>> {
        self.0.shared.cache.key_set()
    }

    /// Returns the status of the keys, for a health check.
    #[must_use]
    pub fn status(&self) -> KeyStatus {
        self.0.shared.cache.status_at((self.0.shared.clock)())
    }
}

impl Remote {
    /// Starts a fetch if one is allowed now, or joins the running one. Waits, up to a limit, until more than `finished`
    /// fetches have finished. If none may run, it does not wait.
    async fn await_fetch(&self, runtime: &Handle, finished: u64) {
        let Shared {
            cache,
            clock,
            timeout: fetch_timeout,
            fetch_finished,
            ..
        } = &*self.shared;
        let wait = async {
            let mut notices = fetch_finished.subscribe();
            // Again if the fetch was lost with its runtime.
            while cache.fetches_finished() == finished {
                match cache.claim_fetch(clock()) {
                    Some(fetch) => self.spawn(runtime, Run::new(&self.shared, fetch).run()),
                    None if cache.is_fetching(clock()) => {}
                    None => return,
                }
                _ = notices.changed().await;
            }
        };
        // The margin lets the fetch reach its own timeout first, so that the caller sees its result. At the limit the
        // caller looks in the cache, as after a fetch.
        _ = timeout(fetch_timeout.saturating_add(MARGIN), wait).await;
    }

    fn spawn(&self, runtime: &Handle, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn_on(task, runtime);
    }
}

impl fmt::Debug for RemoteKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RemoteKeys")
            .field("cache", &self.0.shared.cache)
            .finish_non_exhaustive()
    }
}

impl From<RemoteKeys> for Keys {
    fn from(keys: RemoteKeys) -> Self {
        Self(Source::Remote(keys))
    }
}

impl From<&RemoteKeys> for Keys {
    fn from(keys: &RemoteKeys) -> Self {
        keys.clone().into()
    }
}
