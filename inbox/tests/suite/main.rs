//! The inbox over both of its stores: the same tests, and those of what each has alone.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unreachable,
    clippy::unwrap_used,
    dead_code,
    reason = "tests"
)]

mod bodies;
mod disk;
mod documents;
mod example;
mod folder;
mod handlers;
mod logs;
mod metrics;
mod operation;
mod postgres;
mod postgres_faults;
mod postgres_full_disk;
mod postgres_server;
mod postgres_slow_handler;
mod postgres_tls;
#[allow(clippy::print_stdout, reason = "a README shows it")]
mod quickstart;
mod receipts;
mod sqlite;
mod stage;
mod watch;
mod work;
