//! [`RedisReplayError`]: what is wrong with Redis, in words of our own.

use std::borrow::Cow;
use std::time::Duration;

use redis::{ErrorKind, RedisError};

/// A [`RedisReplayGuard`](super::RedisReplayGuard) can't say whether a webhook was seen, or can't be made.
///
/// The message holds no text of the URL or of the server but the code of the server's error (`NOAUTH`, `OOM`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct RedisReplayError {
    reason: Cow<'static, str>,
}

impl RedisReplayError {
    pub(super) fn url() -> Self {
        Self { reason: "not the URL of a Redis (`rediss` takes a TLS feature of the crate redis)".into() }
    }

    pub(super) fn no_runtime() -> Self {
        Self { reason: "there is no tokio runtime".into() }
    }

    pub(super) fn late(limit: Duration) -> Self {
        Self { reason: format!("redis did not answer within {limit:?}").into() }
    }

    /// Of the server's text only the code is kept: some servers repeat in an error what they were sent, passwords
    /// included.
    pub(super) fn server(error: RedisError) -> Self {
        let reason = match error.kind() {
            ErrorKind::AuthenticationFailed => "redis takes neither this user nor this password".into(),
            ErrorKind::Io if error.is_connection_refusal() => "redis refuses the connection".into(),
            ErrorKind::Io => "the connection to redis has failed".into(),
            _ => match code(error) {
                Some(code) => format!("redis says {code}").into(),
                None => "redis gave another answer than expected".into(),
            },
        };
        Self { reason }
    }
}

/// The code of the first command that the server refused.
fn code(error: RedisError) -> Option<String> {
    let errors = error.into_server_errors()?;
    let (_, error) = errors.first()?;
    let code = error.code();
    code.bytes().all(|byte| byte.is_ascii_uppercase()).then(|| code.to_owned())
}
