//! The program over sockets: a sender, the gateway as a process, and targets in this process.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod check;
mod dead;
mod delivery;
// A link to that of the inbox, as are those of `postgres_server`.
mod folder;
mod gateway;
mod kills;
mod libraries;
mod metrics;
#[allow(dead_code, reason = "the tests of the inbox use more of it")]
mod postgres_server;
mod proxy;
mod settings;
mod stage;
mod target;
mod trust;
