//! [`Stopwatch`]: measures how long it takes to parse a body.

#[cfg(all(feature = "metrics", not(all(target_arch = "wasm32", target_os = "unknown"))))]
pub(crate) use on::Stopwatch;

#[cfg(all(feature = "metrics", not(all(target_arch = "wasm32", target_os = "unknown"))))]
mod on {
    use std::time::{Duration, Instant};

    pub(crate) struct Stopwatch(Instant);

    impl Stopwatch {
        pub(crate) fn start() -> Self {
            Self(Instant::now())
        }

        pub(crate) fn parsing(&self) -> Option<Duration> {
            Some(self.0.elapsed())
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

        #[cfg(feature = "metrics")]
        pub(crate) fn parsing(&self) -> Option<std::time::Duration> {
            None
        }
    }
}
