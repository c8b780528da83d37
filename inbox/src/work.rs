//! Workers: each claims webhooks that are due, and passes them to a handler.

mod caught;
pub(crate) mod lease;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::core::Core;
use crate::handler::Handler;
use crate::inbox::Inbox;
use crate::observe;
use crate::store::{Claim, LIMIT, Operations, Result, Store, StoreError, limited};
pub(crate) use caught::caught;
use lease::Lease;

/// How often workers look for themselves: for what is due again, and where nobody notifies them.
const POLL: Duration = Duration::from_millis(500);

/// How often they look for bodies that wait for keys.
const VERIFY_EVERY: Duration = Duration::from_secs(5);

/// How long the store is left alone after it failed.
const PAUSE: Duration = Duration::from_secs(1);

/// A way to make attempts: under a lease, or in a transaction.
pub(crate) trait Attempt<S>: Send + Sync {
    /// How many webhooks to claim at once.
    const CLAIMS: u32;

    /// For how long nobody else claims them.
    fn lease(core: &Core<S>) -> Duration;

    /// Passes each to the handler, and notes in the store how that ended. After a stop it begins none.
    fn attempt(
        &self,
        core: &Core<S>,
        claims: Vec<Claim>,
        stopped: &Stopped,
    ) -> impl Future<Output = ()> + Send;
}

/// Whether the workers were told to stop.
pub(crate) type Stopped = watch::Receiver<bool>;

/// Running workers. They run until they are told to [`stop`](Self::stop), or this is dropped: then handlers are dropped at
/// an `await`, and their webhooks are handled again.
#[derive(Debug)]
#[must_use = "the workers stop when this is dropped"]
pub struct Workers {
    stop: watch::Sender<bool>,
    /// Those that finish what they have claimed.
    workers: JoinSet<()>,
    /// Those that can be aborted at any time.
    helpers: JoinSet<()>,
}

impl Workers {
    /// Stops the workers. It waits for handlers that are running: at most for their time limit. What they have claimed
    /// and not begun is left to others.
    pub async fn stop(mut self) {
        // Without workers nobody listens.
        let _ = self.stop.send(true);
        while self.workers.join_next().await.is_some() {}
        self.helpers.shutdown().await;
    }
}

impl<S: Store> Inbox<S> {
    /// Starts `workers` tasks that pass webhooks to a handler, each **at least once**, under a lease. Any number of
    /// processes on any number of machines may do so at once.
    ///
    /// Bodies that arrived without their key are verified meanwhile, as of their time of receipt.
    ///
    /// Call it within a tokio runtime.
    pub fn work(&self, workers: usize, handler: impl Handler + 'static) -> Workers {
        self.start(workers, Lease(handler))
    }

    /// Passes every webhook that is due to a handler, as a worker would, and returns the number of attempts. For tests:
    /// a webhook that fails is due again only after its pause.
    ///
    /// # Errors
    ///
    /// Returns an error if the store fails.
    pub async fn work_once(&self, handler: &impl Handler) -> Result<u64, StoreError> {
        self.attempt_all(&Lease(handler)).await
    }

    pub(crate) fn start(&self, workers: usize, attempt: impl Attempt<S> + 'static) -> Workers {
        let (stop, stopped) = watch::channel(false);
        let attempt = Arc::new(attempt);
        let mut tasks = JoinSet::new();
        for _ in 0..workers {
            let (core, attempt) = (Arc::clone(&self.core), Arc::clone(&attempt));
            tasks.spawn(work(core, attempt, stopped.clone()));
        }
        let mut helpers = JoinSet::new();
        let core = Arc::clone(&self.core);
        helpers.spawn(async move { core.store.listen(Arc::clone(&core.wake)).await });
        let core = Arc::clone(&self.core);
        helpers.spawn(async move {
            loop {
                if let Err(error) = core.verify_kept().await {
                    observe::not_worked(&error);
                }
                sleep(VERIFY_EVERY).await;
            }
        });
        Workers {
            stop,
            workers: tasks,
            helpers,
        }
    }

    pub(crate) async fn attempt_all<A: Attempt<S>>(&self, attempt: &A) -> Result<u64> {
        self.core.verify_kept().await?;
        let (_, stopped) = watch::channel(false);
        let mut attempts = 0_u64;
        loop {
            let claims = claim::<S, A>(&self.core).await?;
            if claims.is_empty() {
                return Ok(attempts);
            }
            attempts = attempts.saturating_add(claims.len() as u64);
            attempt.attempt(&self.core, claims, &stopped).await;
        }
    }
}

async fn claim<S: Operations, A: Attempt<S>>(core: &Core<S>) -> Result<Vec<Claim>> {
    let claim = core.store.claim(A::CLAIMS, core.now(), A::lease(core));
    limited(LIMIT, claim).await
}

async fn work<S: Operations, A: Attempt<S>>(
    core: Arc<Core<S>>,
    attempt: Arc<A>,
    mut stopped: Stopped,
) {
    // The sender is gone: the workers were dropped.
    while !*stopped.borrow() && stopped.has_changed().is_ok() {
        // Before the claim, so that nothing is missed that comes after it.
        let wake = core.wake.notified();
        let mut wake = std::pin::pin!(wake);
        wake.as_mut().enable();
        let pause = match claim::<S, A>(&core).await {
            Ok(claims) if claims.is_empty() => POLL,
            Ok(claims) => {
                attempt.attempt(&core, claims, &stopped).await;
                continue;
            }
            Err(error) => {
                observe::not_worked(&error);
                sleep(PAUSE).await;
                continue;
            }
        };
        tokio::select! {
            () = wake => {}
            () = sleep(pause) => {}
            _ = stopped.changed() => {}
        }
    }
}
