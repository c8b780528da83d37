//! Reads bytes from a file, from standard input or over HTTP.

use std::io::Read as _;
use std::path::Path;
use std::time::Duration;

use moneyhub_webhooks::KeySet;
use reqwest::{Client, StatusCode, Url};

use crate::failure::{Failure, failed_at, usage, with_causes};

const TIME_LIMIT: Duration = Duration::from_secs(10);

/// Reads a file, or standard input if there is no path or it is `-`. Stops one byte after `most`: enough to see that
/// the body is too large.
pub(crate) fn read(path: Option<&Path>, most: usize) -> Result<Vec<u8>, Failure> {
    let most = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    match path {
        Some(path) if path != Path::new("-") => std::fs::File::open(path)
            .and_then(|file| file.take(most).read_to_end(&mut bytes))
            .map_err(|error| failed_at(path.display(), error))?,
        _ => std::io::stdin()
            .lock()
            .take(most)
            .read_to_end(&mut bytes)
            .map_err(|error| failed_at("standard input", error))?,
    };
    Ok(bytes)
}

/// Whether a place is a URL rather than a file.
pub(crate) fn is_url(place: &str) -> bool {
    place.starts_with("https://") || place.starts_with("http://")
}

/// Parses a URL to post to. Without a scheme, as in `127.0.0.1:8080`, it is `http`.
pub(crate) fn http_url(text: &str) -> Result<Url, String> {
    let text = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let url = Url::parse(&text).map_err(|error| error.to_string())?;
    if matches!(url.scheme(), "http" | "https") {
        Ok(url)
    } else {
        Err("the scheme is neither http nor https".to_owned())
    }
}

/// Reads a key set from a file or a URL.
pub(crate) async fn key_set(place: &str) -> Result<Vec<u8>, Failure> {
    if is_url(place) {
        fetch(place).await
    } else {
        read(Some(Path::new(place)), KeySet::MAX_JWKS_LEN)
    }
}

/// Accepts only `https` (or `http` to loopback), no redirects, and only status 200: whoever controls the response
/// controls the keys.
async fn fetch(address: &str) -> Result<Vec<u8>, Failure> {
    let url = Url::parse(address).map_err(|error| usage(format!("{address}: {error}")))?;
    if url.scheme() != "https" && !is_loopback(&url) {
        return Err(usage(format!(
            "{address}: keys are fetched only over https, or over http from this machine"
        )));
    }
    let failed = |error: reqwest::Error| failed_at(address, with_causes(&error.without_url()));
    let mut response = client(&url, TIME_LIMIT)?
        .get(url)
        .send()
        .await
        .map_err(failed)?;
    if response.status() != StatusCode::OK {
        return Err(failed_at(
            address,
            format!("the response has status {}", response.status().as_u16()),
        ));
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > KeySet::MAX_JWKS_LEN {
            return Err(failed_at(address, "the response is over 1 MiB"));
        }
    }
    Ok(bytes)
}

/// An HTTP client that follows no redirects and uses no proxy for loopback.
pub(crate) fn client(url: &Url, time_limit: Duration) -> Result<Client, Failure> {
    let builder = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(time_limit)
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ));
    let builder = if is_loopback(url) {
        builder.no_proxy()
    } else {
        builder
    };
    builder
        .build()
        .map_err(|error| failed_at("the HTTP client could not be created", with_causes(&error)))
}

fn is_loopback(url: &Url) -> bool {
    matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"))
}
