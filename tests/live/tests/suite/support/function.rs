//! A fetch function whose behaviour can be changed, and which counts its calls.

use std::future::pending;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use moneyhub_webhooks::RemoteKeys;
use moneyhub_webhooks::keys::RemoteKeysBuilder;

use super::tokens::{FIRST, ISSUER, jwks};

#[derive(Clone, Copy, Debug)]
pub(crate) enum Behaviour {
    Keys,
    Error,
    Panic,
    PanicLater,
    Never,
}

pub(crate) struct Function(Arc<Inner>);

struct Inner {
    behaviour: Mutex<Behaviour>,
    calls: AtomicU64,
}

impl Function {
    pub(crate) fn new(behaviour: Behaviour) -> Self {
        Self(Arc::new(Inner {
            behaviour: Mutex::new(behaviour),
            calls: AtomicU64::new(0),
        }))
    }

    pub(crate) fn set(&self, behaviour: Behaviour) {
        *self.0.behaviour.lock().unwrap() = behaviour;
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
        let behaviour = *self.behaviour.lock().unwrap();
        assert!(!matches!(behaviour, Behaviour::Panic), "as the test wants");
        let held = Arc::clone(self);
        async move {
            let answer = match behaviour {
                Behaviour::Keys => Ok(jwks(&[("first", &FIRST)])),
                Behaviour::Error => Err("no route to the key set"),
                Behaviour::Panic | Behaviour::PanicLater => panic!("as the test wants"),
                Behaviour::Never => pending().await,
            };
            drop(held);
            answer
        }
    }
}
