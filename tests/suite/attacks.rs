//! Attacks by unauthenticated senders. The rows of the table in `THREAT_MODEL.md` name these tests.
//!
//! A hostile body is a valid one with one edit, so that only the edit can cause the rejection. Time is an argument.

mod algorithms;
mod bodies;
mod keys;
mod leaks;
mod resources;
mod tokens;
