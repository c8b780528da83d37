//! Posts a document to a target, signed anew for each attempt.

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use tokio::time::timeout;

use crate::config::TargetConfig;
use crate::failure::{Failure, with_causes, wrong};
use crate::signature;

/// How much of an answer is read, in bytes, and for how long: then the connection can be used again. What it says is
/// ignored.
const READ: usize = 64 * 1024;
const READ_LIMIT: Duration = Duration::from_secs(1);

/// The bounds of a pause that a target asks for.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(24 * 3600));

#[derive(Debug)]
pub(crate) struct Target {
    config: TargetConfig,
    client: Client,
}

/// What a target answered.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// When it wants the next attempt.
    pub(crate) retry_after: Option<Duration>,
}

impl Target {
    pub(crate) fn new(config: &TargetConfig) -> Result<Self, Failure> {
        let mut builder = Client::builder()
            .redirect(Policy::none())
            .timeout(config.timeout)
            .user_agent(concat!(
                env!("CARGO_PKG_NAME"),
                "/",
                env!("CARGO_PKG_VERSION")
            ));
        if config.is_loopback() {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| wrong(&config.setting, &config.url, with_causes(&error)))?;
        Ok(Self {
            config: config.clone(),
            client,
        })
    }

    /// Makes an attempt. An error says why there was no answer, without the URL.
    pub(crate) async fn post(&self, id: &str, body: Vec<u8>) -> Result<Answer, String> {
        let now = Utc::now();
        let headers = signature::headers(&self.config.secrets, id, now.timestamp(), &body)
            .map_err(|error| error.to_string())?;
        let request = self
            .client
            .post(self.config.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .headers(headers)
            .body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_timeout() => {
                return Err(format!("no answer in {} s", self.config.timeout.as_secs()));
            }
            Err(error) => return Err(with_causes(&error.without_url())),
        };
        let answer = Answer {
            status: response.status(),
            retry_after: retry_after(response.headers(), now),
        };
        _ = timeout(READ_LIMIT, read(response)).await;
        Ok(answer)
    }

    /// Whether no other attempt would help.
    pub(crate) fn gives_up_at(&self, status: StatusCode) -> bool {
        status == StatusCode::GONE || self.config.dead_statuses.contains(&status.as_u16())
    }
}

async fn read(mut response: Response) {
    let mut left = READ;
    while let Ok(Some(chunk)) = response.chunk().await {
        match left.checked_sub(chunk.len()) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = DateTime::parse_from_rfc2822(text).ok()?;
            let pause = date.to_utc().signed_duration_since(now);
            pause.to_std().unwrap_or_default()
        }
    };
    let (shortest, longest) = PAUSES;
    Some(pause.clamp(shortest, longest))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = DateTime::from_timestamp(1_445_412_420, 0).unwrap(); // 21 Oct 2015 07:27:00
        let pause = |text: &'static str| {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, now).map(|pause| pause.as_secs())
        };
        assert_eq!(pause("120"), Some(120));
        assert_eq!(pause("Wed, 21 Oct 2015 07:28:00 GMT"), Some(60));
        assert_eq!(pause("0"), Some(1));
        assert_eq!(pause("Wed, 21 Oct 2015 07:26:00 GMT"), Some(1));
        assert_eq!(pause("99999999999"), Some(86_400));
        assert_eq!(pause("soon"), None);
        assert_eq!(pause("-1"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }
}
