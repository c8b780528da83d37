//! The receivers over real sockets: what each answers to each case, and that nothing of what it took is lost or
//! handled twice, also when processes are killed.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../harness/mod.rs"]
mod harness;

mod answers;
mod bodies;
mod cases;
mod kills;
mod postgres;
mod queue;
mod quickstart;
mod running;
mod table;
mod watching;
