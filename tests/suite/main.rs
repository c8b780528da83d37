//! Tests of the public behavior of the crate. They are one program, so that it is linked only once.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may fail by panicking"
)]

mod support;

mod allocations;
mod attacks;
mod documents;
mod events;
mod fixtures;
mod ids;
mod key_cache;
mod lists;
mod money;
mod properties;
mod replay;
mod reports;
mod serde_forms;
mod stored;
mod surface;
#[cfg(feature = "testing")]
mod testing;
mod texts;
mod transactions;
