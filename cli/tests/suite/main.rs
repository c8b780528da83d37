//! The binary itself, run as people run it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "tests")]

mod documents;
mod help;
mod inspect;
mod keys;
mod listen;
mod page;
mod policy;
mod send;
mod support;
mod terminal;
