//! A key set over HTTP: from its address, or from the issuer's discovery document. `https` alone but on loopback,
//! no redirects, status 200 alone, no compression, and never more bytes than a key set may have. The time limit is
//! the caller's.

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

/// Where a key set is to be found.
pub(super) enum Source {
    /// The address of a JWKS.
    KeySet(String),
    /// An issuer, whose discovery document has that address.
    Issuer(String),
}

enum Address {
    KeySet(Url),
    Discovery { document: Url, issuer: String },
}

/// The function that fetches; what is wrong with the address or a certificate is said at once.
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
        // A server may compress unless it is told not to (RFC 9110, section 12.5.3).
        .default_headers(HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]))
        // The same with whatever features another crate of the build switches on.
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
            // OpenID Connect Discovery 1.0, section 4.3: the issuer that it names must be the one asked for.
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

/// The body of a good answer.
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

/// `identity` is no encoding, but servers name it.
fn is_encoded(response: &Response) -> bool {
    let mut encodings = response.headers().get_all(CONTENT_ENCODING).iter();
    encodings.any(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// `https`, or `http` where nobody can listen in.
fn endpoint(url: &str) -> Result<Url, String> {
    let url = Url::parse(url).map_err(|_| "the address of the keys is no URL")?;
    let is_loopback = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() == "https" || (url.scheme() == "http" && is_loopback) {
        Ok(url)
    } else {
        Err("the address of the keys is neither `https` nor `http` on loopback".to_owned())
    }
}

/// What failed, and its causes, without the address.
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
