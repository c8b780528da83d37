//! Fetches a key set over HTTP, from its URL or by the issuer's discovery document.
//!
//! It accepts only `https`, or `http` on loopback. It accepts only status 200, follows no redirects, rejects compressed
//! responses, and reads at most 1 MiB. The caller sets the time limit.

use std::error::Error as _;
use std::fmt::Write as _;
use std::sync::Arc;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Response, StatusCode, Url};
use serde::Deserialize;

use super::FetchKeySet;
use super::names::Names;
use crate::keys::KeySet;

/// Where to find a key set.
pub(super) enum Source {
    /// The URL of a JWKS.
    KeySet(String),
    /// An issuer, whose discovery document contains the URL of a JWKS.
    Issuer(String),
}

enum Address {
    KeySet(Url),
    Discovery { document: Url, issuer: String },
}

/// Returns the function that fetches, or what is wrong with the URL or a certificate.
pub(super) fn fetch(source: Source, root_certificates: &[Vec<u8>]) -> Result<Box<FetchKeySet>, String> {
    let address = match source {
        Source::KeySet(url) => Address::KeySet(endpoint(&url)?),
        Source::Issuer(issuer) => {
            let url = endpoint(&issuer)?;
            if url.query().is_some() || url.fragment().is_some() {
                return Err("an issuer has neither query nor fragment".to_owned());
            }
            let document = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
            Address::Discovery { document: endpoint(&document)?, issuer }
        }
    };
    let client = Arc::new((client(&address, root_certificates)?, address));
    Ok(Box::new(move || {
        let client = Arc::clone(&client);
        Box::pin(async move {
            let (client, address) = &*client;
            key_set(client, address).await
        })
    }))
}

fn client(address: &Address, root_certificates: &[Vec<u8>]) -> Result<Client, String> {
    let first = match address {
        Address::KeySet(url) | Address::Discovery { document: url, .. } => url,
    };
    let mut client = Client::builder()
        .redirect(Policy::none())
        .dns_resolver(Names)
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        // Without this header a server may compress (RFC 9110, section 12.5.3).
        .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]))
        // Another crate in the build may enable the features that decompress.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate();
    if first.scheme() == "http" {
        client = client.no_proxy();
    }
    let mut certificates = Vec::new();
    for pem in root_certificates {
        let bundle = Certificate::from_pem_bundle(pem).map_err(|_| "a root certificate is not PEM")?;
        if bundle.is_empty() {
            return Err("a root certificate is not PEM".to_owned());
        }
        certificates.extend(bundle);
    }
    if !certificates.is_empty() {
        client = client.tls_certs_merge(certificates);
    }
    client.build().map_err(|error| reason("no HTTP client", error))
}

async fn key_set(client: &Client, address: &Address) -> Result<Vec<u8>, String> {
    #[derive(Deserialize)]
    struct Discovery {
        issuer: String,
        jwks_uri: String,
    }

    let url = match address {
        Address::KeySet(url) => url.clone(),
        Address::Discovery { document, issuer } => {
            let bytes = get(client, document.clone()).await?;
            let discovery: Discovery =
                serde_json::from_slice(&bytes).map_err(|_| "the discovery document can't be read")?;
            // OpenID Connect Discovery 1.0, section 4.3: `issuer` must be identical to the requested issuer.
            if discovery.issuer != *issuer {
                return Err("the discovery document is that of another issuer".to_owned());
            }
            let url = endpoint(&discovery.jwks_uri)?;
            if url.scheme() != document.scheme() && url.scheme() != "https" {
                return Err("the discovery document names a key set that is not `https`".to_owned());
            }
            url
        }
    };
    get(client, url).await
}

/// Returns the body of a successful response.
async fn get(client: &Client, url: Url) -> Result<Vec<u8>, String> {
    let mut response = client.get(url).send().await.map_err(|error| reason("the request failed", error))?;
    if response.status() != StatusCode::OK {
        return Err(format!("the answer has the status {}", response.status().as_u16()));
    }
    if is_encoded(&response) {
        return Err("the answer is compressed, which was not asked for".to_owned());
    }
    let mut body = Vec::new();
    while let Some(chunk) =
        response.chunk().await.map_err(|error| reason("the answer could not be read", error))?
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
