//! The feature `remote-keys` against servers on loopback, over HTTP and HTTPS, and with functions that fetch.
//! The time of the keys is the tests' own; the real clock is waited for only where a deadline is what is
//! tested.
//!
//! With an `HTTPS_PROXY` in the environment, `NO_PROXY=127.0.0.1,localhost` is needed: `https` goes through
//! it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test may fail by panicking"
)]

mod support;

mod callers;
mod codings;
mod connections;
mod failures;
mod functions;
mod issuers;
mod keep_fresh;
mod load;
mod logs;
mod no_runtime;
mod redirects;
mod reports;
mod rotation;
mod shutdown;
mod status;
mod tls;
mod unknown_keys;
