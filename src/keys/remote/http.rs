//! Fetches a key set over HTTP.
//!
//! It accepts only `https`, or `http` on loopback. It accepts only status 200, follows no redirects, rejects content
//! codings, and reads at most 1 MiB. The caller sets the time limit.
//!
//! Each fetch uses a client of its own, and asks caches for a fresh copy: nothing that an earlier fetch left behind can
//! keep the keys away.

use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::Arc;

use reqwest::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONNECTION, CONTENT_ENCODING, HeaderMap, HeaderValue, PRAGMA,
};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Url};
use tokio::task::spawn_blocking;

use super::FetchKeySet;
use crate::keys::KeySet;

/// What each request says.
const HEADERS: [(reqwest::header::HeaderName, HeaderValue); 4] = [
    // Without this header a server may compress (RFC 9110, section 12.5.3).
    (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    // A cache must not answer with the set that it has stored (RFC 9111, section 5.2.1.4; section 5.4 for HTTP/1.0).
    (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
    (PRAGMA, HeaderValue::from_static("no-cache")),
    // The connection is not used again (RFC 9112, section 9.6). A response without a length ends with it.
    (CONNECTION, HeaderValue::from_static("close")),
];

/// The maximum length of a content coding in a message, in bytes.
const MAX_CODING: usize = 32;

/// Returns the function that fetches from this URL, or what is wrong with the URL or a certificate.
pub(super) fn fetch(url: &str, root_certificates: &[Vec<u8>]) -> Result<Box<FetchKeySet>, String> {
    let url = endpoint(url)?;
    let certificates: Arc<[Certificate]> = certificates(root_certificates)?.into();
    client(&url, &certificates)?;
    Ok(Box::new(move || {
        Box::pin(get(url.clone(), Arc::clone(&certificates)))
    }))
}

fn certificates(pems: &[Vec<u8>]) -> Result<Vec<Certificate>, String> {
    let mut certificates = Vec::new();
    for pem in pems {
        match Certificate::from_pem_bundle(pem) {
            Ok(bundle) if !bundle.is_empty() => certificates.extend(bundle),
            _ => return Err("a root certificate is not PEM".to_owned()),
        }
    }
    Ok(certificates)
}

/// Creates a client that behaves the same whichever features of reqwest another crate in the build enables.
fn client(url: &Url, root_certificates: &[Certificate]) -> Result<Client, String> {
    let client = Client::builder()
        .redirect(Policy::none())
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
        .default_headers(HeaderMap::from_iter(HEADERS))
        .tls_backend_rustls()
        .http1_only()
        .no_hickory_dns()
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate();
    let client = match url.scheme() {
        // It needs no certificates, so a system without any will do.
        "http" => client.no_proxy().tls_certs_only([]),
        _ if root_certificates.is_empty() => client,
        _ => client.tls_certs_merge(root_certificates.iter().cloned()),
    };
    client
        .build()
        .map_err(|error| reason("no HTTP client", error))
}

/// Returns the body of a successful response.
async fn get(url: Url, root_certificates: Arc<[Certificate]>) -> Result<Vec<u8>, String> {
    let place = url.clone();
    // It reads the certificates of the system, as they are now.
    let client = spawn_blocking(move || client(&place, &root_certificates))
        .await
        .map_err(|_| "the runtime is shutting down")??;
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
    if let Some(coding) = content_coding(&response) {
        return Err(format!(
            "the answer has a content coding that was not asked for: {coding}"
        ));
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

/// Returns the first content coding of the response, for a message. `identity` is none, and neither is an empty element
/// of the list (RFC 9110, sections 8.4.1 and 5.6.1).
fn content_coding(response: &Response) -> Option<String> {
    let values = response.headers().get_all(CONTENT_ENCODING).iter();
    let coding = values
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .find(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"))?;
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.+".contains(byte);
    match str::from_utf8(coding) {
        Ok(name) if name.len() <= MAX_CODING && coding.iter().all(is_name) => {
            Some(format!("`{name}`"))
        }
        _ => Some("an unknown one".to_owned()),
    }
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
