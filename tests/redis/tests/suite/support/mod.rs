//! What the tests share: times, keys, and guards.

mod proxy;
mod server;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use moneyhub_webhooks::{Receiver, RedisReplayGuard, ReplayKey};

pub(crate) use proxy::proxy_that_loses_an_answer;
pub(crate) use server::Server;

/// What a guard keeps within unless it is told otherwise, and some room for a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_millis(500 + 400);

/// A guard like those of a service.
pub(crate) fn guard(server: &Server) -> RedisReplayGuard {
    RedisReplayGuard::new(&server.url()).unwrap()
}

/// The guard counts from `now` to `until`, and the server by its own clock: the day is of no matter.
pub(crate) fn now() -> DateTime<Utc> {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

pub(crate) fn soon() -> DateTime<Utc> {
    now() + TimeDelta::minutes(6)
}

pub(crate) fn key(number: u32) -> ReplayKey {
    let body = format!(r#"{{"id":"{number}","eventType":"x","payload":{{}}}}"#);
    Receiver::unsigned_json().parse_at(body.as_bytes(), now()).unwrap().replay_key()
}
