//! [`Stopwatch`]: how long a body was judged, without the waiting for keys.

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

        /// Waits for keys, and stands still meanwhile.
        pub(crate) async fn pause(&mut self, keys: impl Future<Output = ()>) {
            let began = Instant::now();
            keys.await;
            let waited = began.elapsed();
            self.waited = self.waited.saturating_add(waited);
            series::waited_for_keys(waited);
        }

        pub(crate) fn judging(&self) -> Option<Duration> {
            Some(self.started.elapsed().saturating_sub(self.waited))
        }
    }
}

#[cfg(not(all(feature = "metrics", not(all(target_arch = "wasm32", target_os = "unknown")))))]
pub(crate) use off::Stopwatch;

#[cfg(not(all(feature = "metrics", not(all(target_arch = "wasm32", target_os = "unknown")))))]
mod off {
    /// Nobody wants to know, or there is no clock.
    pub(crate) struct Stopwatch;

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self
        }

        pub(crate) async fn pause(&mut self, keys: impl Future<Output = ()>) {
            keys.await;
        }

        #[cfg(feature = "metrics")]
        pub(crate) fn judging(&self) -> Option<std::time::Duration> {
            None
        }
    }
}
