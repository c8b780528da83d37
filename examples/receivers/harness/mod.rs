//! What the tests and the load have in common: clients that misbehave, an issuer of keys, processes to kill.
#![allow(dead_code, reason = "each of the two uses a part")]

pub(crate) mod client;
pub(crate) mod key_server;
pub(crate) mod patience;
pub(crate) mod port;
pub(crate) mod postgres_server;
pub(crate) mod program;
pub(crate) mod redis_server;
