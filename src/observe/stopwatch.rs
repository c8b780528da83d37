//! [`Stopwatch`]: measures how long it takes to parse a body, without waiting for keys.

#[cfg(all(feature = "metrics", not(all(target_arch = "wasm32", target_os = "unknown"))))]
pub(crate) use on::Stopwatch;

#[cfg(all(feature = "metrics", not(all(target_arch = "wasm32", target_os = "unknown"))))]
mod on {
    use std::time::{Duration, Instant};

    use crate::observe::series;

    pub(crate) struct Stopwatch {
        started: Instant,
        waited: Duration,
    }

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self { started: Instant::now(), waited: Duration::ZERO }
        }

        /// Waits for keys. This time is not part of [`parsing`](Self::parsing).
        pub(crate) async fn pause(&mut self, keys: impl Future<Output = ()>) {
            let began = Instant::now();
            keys.await;
            let waited = began.elapsed();
            self.waited = self.waited.saturating_add(waited);
            series::waited_for_keys(waited);
        }

        pub(crate) fn parsing(&self) -> Option<Duration> {
            Some(self.started.elapsed().saturating_sub(self.waited))
        }
    }
}

#[cfg(not(all(feature = "metrics", not(all(target_arch = "wasm32", target_os = "unknown")))))]
pub(crate) use off::Stopwatch;

#[cfg(not(all(feature = "metrics", not(all(target_arch = "wasm32", target_os = "unknown")))))]
mod off {
    /// Measures nothing, because the feature `metrics` is off or there is no clock.
    pub(crate) struct Stopwatch;

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self
        }

        pub(crate) async fn pause(&mut self, keys: impl Future<Output = ()>) {
            keys.await;
        }

        #[cfg(feature = "metrics")]
        pub(crate) fn parsing(&self) -> Option<std::time::Duration> {
            None
        }
    }
}
