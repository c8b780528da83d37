//! The inbox over both of its stores: the same tests, and those of what each has alone.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    reason = "tests"
)]

mod example;
mod handlers;
mod operation;
mod postgres;
mod postgres_server;
mod receipts;
mod sqlite;
mod stage;
mod work;
