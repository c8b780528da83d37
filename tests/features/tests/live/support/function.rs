//! A fetch function whose behavior can be changed, and which counts its calls.

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use moneyhub_webhooks::RemoteKeys;
use moneyhub_webhooks::keys::RemoteKeysBuilder;

use super::tokens::{FIRST, ISSUER, SECOND, jwks};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Behavior {
    Keys,
    OtherKeys,
    Error,
    Panic,
    PanicLater,
    Never,
}

pub(crate) struct Function(Arc<Inner>);

struct Inner {
    behavior: Mutex<Behavior>,
    calls: AtomicU64,
}

impl Function {
    pub(crate) fn new(behavior: Behavior) -> Self {
        Self(Arc::new(Inner {
            behavior: Mutex::new(behavior),
            calls: AtomicU64::new(0),
        }))
    }

    pub(crate) fn set(&self, behavior: Behavior) {
        *self.0.behavior.lock().unwrap() = behavior;
    }

    pub(crate) fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// Keys that are fetched by this function.
    pub(crate) fn keys(&self) -> RemoteKeysBuilder {
        let inner = Arc::clone(&self.0);
        RemoteKeys::from_fn([ISSUER], move || inner.fetch())
    }

    /// Whether keys or a running call still hold the function.
    pub(crate) fn is_held(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }
}

impl Inner {
    fn fetch(
        self: &Arc<Self>,
    ) -> impl Future<Output = Result<Vec<u8>, &'static str>> + Send + use<> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let behavior = *self.behavior.lock().unwrap();
        assert!(!matches!(behavior, Behavior::Panic), "as the test wants");
        let held = Arc::clone(self);
        async move {
            let answer = match behavior {
                Behavior::Keys => Ok(jwks(&[("first", &FIRST)])),
                Behavior::OtherKeys => Ok(jwks(&[("second", &SECOND)])),
                Behavior::Error => Err("no route to the key set"),
                Behavior::Panic | Behavior::PanicLater => panic!("as the test wants"),
                Behavior::Never => pending().await,
            };
            drop(held);
            answer
        }
    }
}
