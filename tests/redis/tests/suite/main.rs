//! `RedisReplayGuard` against servers that each test starts for itself: `redis-server` has to be on the `PATH`. Where
//! it is not, a test says so and is over; with `REDIS_REQUIRED=1` it fails.

mod support;

mod admission;
mod counts;
mod failures;
mod reconnection;
mod secrets;
