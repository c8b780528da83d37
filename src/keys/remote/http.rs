//! Fetches a key set over HTTP.
//!
//! It accepts only `https`, or `http` on loopback. It accepts only status 200, follows no redirects, rejects compressed
//! responses, and reads at most 1 MiB. The caller sets the time limit.

use std::error::Error as _;
use std::fmt::Write as _;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Url};

use super::FetchKeySet;
use crate::keys::KeySet;

/// Returns the function that fetches from this URL, or what is wrong with the URL or a certificate.
pub(super) fn fetch(url: &str, root_certificates: &[Vec<u8>]) -> Result<Box<FetchKeySet>, String> {
    let url = endpoint(url)?;
    let client = client(&url, root_certificates)?;
    Ok(Box::new(move || Box::pin(get(client.clone(), url.clone()))))
}

fn client(url: &Url, root_certificates: &[Vec<u8>]) -> Result<Client, String> {
    let mut client = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        // Without this header a server may compress (RFC 9110, section 12.5.3).
        .default_headers(HeaderMap::from_iter([(
            ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        )]))
        // Another crate in the build may enable the features that decompress.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate();
    if url.scheme() == "http" {
        client = client.no_proxy();
    }
    let mut certificates = Vec::new();
    for pem in root_certificates {
        let bundle =
            Certificate::from_pem_bundle(pem).map_err(|_| "a root certificate is not PEM")?;
        if bundle.is_empty() {
            return Err("a root certificate is not PEM".to_owned());
        }
        certificates.extend(bundle);
    }
    if !certificates.is_empty() {
        client = client.tls_certs_merge(certificates);
    }
    client
        .build()
        .map_err(|error| reason("no HTTP client", error))
}

/// Returns the body of a successful response.
async fn get(client: Client, url: Url) -> Result<Vec<u8>, String> {
    let mut response = client
        .get(url)
        .send()
        .await
        .map_err(|error| reason("the request failed", error))?;
    if response.status() != StatusCode::OK {
        return Err(format!(
            "the answer has the status {}",
            response.status().as_u16()
        ));
    }
    if is_encoded(&response) {
        return Err("the answer is compressed, which was not asked for".to_owned());
    }
    let mut body = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| reason("the answer could not be read", error))?
    {
        if body.len().saturating_add(chunk.len()) > KeySet::MAX_JWKS_LEN {
            return Err("the answer is over 1 MiB".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Returns `true` if the response is compressed. Some servers send `identity`, which is not an encoding.
fn is_encoded(response: &Response) -> bool {
    let mut encodings = response.headers().get_all(CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Parses a URL that is `https`, or `http` on loopback, where nobody can eavesdrop.
fn endpoint(url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|_| "the address of the keys is not a URL")?;
    let is_loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback) {
        Ok(url)
    } else {
        Err("the address of the keys is neither `https` nor `http` on loopback".to_owned())
    }
}

/// Describes what failed and its causes, without the URL.
fn reason(what: &str, error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut reason = format!("{what}: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        _ = write!(reason, ": {error}");
        cause = error.source();
    }
    reason
}
