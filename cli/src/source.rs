//! Reads bytes from a file, from standard input or over HTTP.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use moneyhub_webhooks::keys::{KeysError, MONEYHUB_ISSUERS};
use moneyhub_webhooks::{KeySet, RemoteKeys};
use reqwest::{Client, Url};

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

/// Reads a key set from a file, or fetches it as a receiver does.
pub(crate) async fn key_set(place: &str) -> Result<KeySet, Failure> {
    let failed = |error: KeysError| failed_at(place, error);
    if let Some((scheme, _)) = place.split_once("://")
        && !is_url(place)
    {
        return Err(usage(format!(
            "{place}: a key set is fetched over https or http, not {scheme}"
        )));
    }
    if !is_url(place) {
        let bytes = read(Some(Path::new(place)), KeySet::MAX_JWKS_LEN)?;
        return KeySet::from_jwks(&bytes).map_err(failed);
    }
    let keys = RemoteKeys::from_url(place, MONEYHUB_ISSUERS)
        .timeout(TIME_LIMIT)
        .build()
        .map_err(|error| usage(format!("{place}: {error}")))?;
    keys.warm_up().await.map_err(failed)?;
    Ok(keys.key_set().map(Arc::unwrap_or_clone).unwrap_or_default())
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
