//! What the benchmarks share: the [`bodies`] that are parsed, and the [`references`] that parsing is held
//! against.
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::unwrap_used,
    reason = "benchmarks, for this repository alone"
)]

pub mod bodies;
pub mod references;
