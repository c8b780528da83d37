//! [`RedisReplayError`]: what went wrong with Redis, without text from the server.

use std::borrow::Cow;
use std::time::Duration;

use redis::{ErrorKind, RedisError};

/// The error of a [`RedisReplayGuard`](super::RedisReplayGuard) that can't be created, or can't reach or use its Redis.
///
/// The message contains nothing of the URL, and nothing of the server's text except its error code (`NOAUTH`, `OOM`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct RedisReplayError {
    reason: Cow<'static, str>,
}

impl RedisReplayError {
    pub(super) fn url() -> Self {
        Self { reason: "not a Redis URL (`rediss` needs a TLS feature of the redis crate)".into() }
    }

    pub(super) fn no_runtime() -> Self {
        Self { reason: "there is no tokio runtime".into() }
    }

    pub(super) fn late(limit: Duration) -> Self {
        Self { reason: format!("redis did not answer within {limit:?}").into() }
    }

    /// Keeps only the code of the server's error: the text of some servers repeats what they were sent, including
    /// passwords.
    pub(super) fn server(error: RedisError) -> Self {
        let reason = match error.kind() {
            ErrorKind::AuthenticationFailed => "redis rejected the user or the password".into(),
            ErrorKind::Io if error.is_connection_refusal() => "redis refuses the connection".into(),
            ErrorKind::Io => "the connection to redis has failed".into(),
            _ => match code(error) {
                Some(code) => format!("redis says {code}").into(),
                None => "redis sent an unexpected answer".into(),
            },
        };
        Self { reason }
    }
}

/// Returns the error code of the first command that failed.
fn code(error: RedisError) -> Option<String> {
    let errors = error.into_server_errors()?;
    let (_, error) = errors.first()?;
    let code = error.code();
    code.bytes().all(|byte| byte.is_ascii_uppercase()).then(|| code.to_owned())
}
