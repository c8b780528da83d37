//! The page, a single self-contained document. Its Content Security Policy allows only its own script, and it needs the
//! secret of its link. It reads rows from a stream, and the contents of a row when that is opened. Both are text that it
//! shows as it is.

mod details;
mod events;
mod row;

pub(super) use details::details;
pub(super) use events::events;

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::Semaphore;

use super::Listen;
use crate::text::visible;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/page.css");
const SCRIPT: &str = include_str!("page/page.js");

/// Open pages.
const MOST: usize = 8;

/// Rows whose contents are made concurrently: a large one takes a few times its body.
const MOST_DETAILS: usize = 2;

/// What open pages may take.
pub(super) struct Pages {
    streams: Arc<Semaphore>,
    details: Arc<Semaphore>,
}

impl Pages {
    pub(super) fn new() -> Self {
        Self {
            streams: Arc::new(Semaphore::new(MOST)),
            details: Arc::new(Semaphore::new(MOST_DETAILS)),
        }
    }
}

/// Of everything that the page loads.
const HEADERS: [(HeaderName, HeaderValue); 4] = [
    (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // The address has the secret.
    (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

pub(super) async fn page(State(listen): State<Arc<Listen>>, request: Request) -> Response {
    if let Err(rejection) = listen.secret.admit(request.uri(), request.headers()) {
        return rejection.into_response();
    }
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let accepts = html(&visible(&listen.policy.in_words()));
    let page = PAGE
        .replace("{{nonce}}", &nonce)
        .replace("{{style}}", STYLE)
        .replace("{{script}}", SCRIPT)
        .replace("{{accepts}}", &accepts);
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy.as_str()),
    ];
    (HEADERS, headers, page).into_response()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}
