//! Shared by the benchmarks: the [`bodies`] that are parsed, and the [`references`] that parsing is compared with.
#![allow(
    missing_docs,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::new_without_default,
    clippy::unwrap_used,
    reason = "benchmarks, only for this repository"
)]

pub mod bodies;
pub mod references;
