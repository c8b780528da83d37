//! Runs the binary as users do.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod doctor;
mod documents;
mod help;
mod inspect;
mod keys;
// These end a process by a signal.
#[cfg(unix)]
mod limits;
#[cfg(unix)]
mod listen;
#[cfg(unix)]
mod page;
mod policy;
#[cfg(unix)]
mod recording;
mod replay;
#[cfg(unix)]
mod rows;
mod schema;
#[cfg(unix)]
mod send;
mod shape;
#[cfg_attr(
    not(unix),
    allow(dead_code, reason = "tests that are only for Unix use more of it")
)]
mod support;
#[cfg(unix)]
mod terminal;
