//! The page, a single self-contained document, and the stream of deliveries that it shows. Bodies are untrusted:
//! the page inserts them as text, its Content Security Policy allows only its own script, and it is served only under
//! `localhost` or an IP address.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;

use super::Listen;
use super::counts::Counts;
use super::delivery::DeliveryJson;
use super::log::News;
use crate::document::line;
use crate::report::Texts;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// A page gets new deliveries at most this often, and then at most `AT_A_TIME` of them.
const INTERVAL: Duration = Duration::from_millis(250);
const AT_A_TIME: usize = 100;

pub(super) async fn page(State(listen): State<Arc<Listen>>, headers: HeaderMap) -> Response {
    if !is_local_name(&headers) {
        return wrong_name();
    }
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; \
         img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    let page = PAGE
        .replace("{{nonce}}", &nonce)
        .replace("{{style}}", STYLE)
        .replace("{{script}}", SCRIPT)
        .replace(
            "{{accepts}}",
            &html(&crate::text::visible(&listen.policy.in_words())),
        );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CONTENT_SECURITY_POLICY, policy.as_str()),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CACHE_CONTROL, "no-store"),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    (headers, page).into_response()
}

/// Deliveries as server-sent events: first those in the log, then each as it arrives.
pub(super) async fn events(State(listen): State<Arc<Listen>>, headers: HeaderMap) -> Response {
    if !is_local_name(&headers) {
        return wrong_name();
    }
    let start = Reader {
        changes: listen.log.changes(),
        stop: listen.stop.subscribe(),
        seen: None,
        listen,
    };
    let news = stream::unfold(start, |mut reader| async move {
        let text = reader.next().await?;
        Some((Ok::<_, Infallible>(Event::default().data(text)), reader))
    });
    let headers = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, Sse::new(news).keep_alive(KeepAlive::default())).into_response()
}

/// The position of one open page in the log.
struct Reader {
    listen: Arc<Listen>,
    changes: tokio::sync::watch::Receiver<u64>,
    stop: tokio::sync::watch::Receiver<bool>,
    seen: Option<u64>,
}

impl Reader {
    /// The next batch; `None` at the end.
    async fn next(&mut self) -> Option<String> {
        let is_first = self.seen.is_none();
        if !is_first {
            tokio::select! {
                _ = self.stop.wait_for(|stop| *stop) => return None,
                changed = async { tokio::time::sleep(INTERVAL).await; self.changes.changed().await } => changed.ok()?,
            }
        }
        self.changes.mark_unchanged();
        let most = if is_first { usize::MAX } else { AT_A_TIME };
        let news = self.listen.log.after(self.seen.unwrap_or(0), most);
        self.seen = Some(news.next);
        Some(self.listen.batch(&news, is_first))
    }
}

#[derive(Serialize)]
struct Batch<'a> {
    /// The page clears what it shows.
    is_first: bool,
    counts: &'a Counts,
    missed: u64,
    deliveries: Vec<Shown<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    delivery: DeliveryJson<'a>,
    /// Formatted here, because a browser would convert the numbers to floats.
    texts: Texts,
}

impl Listen {
    fn batch(&self, news: &News, is_first: bool) -> String {
        let deliveries = news.deliveries.iter();
        let reports: Vec<_> = deliveries
            .map(|delivery| (delivery, delivery.report(&self.policy)))
            .collect();
        let shown = reports.iter().map(|(delivery, report)| Shown {
            delivery: delivery.as_json(report).without_parts(),
            texts: report.texts(),
        });
        let (counts, missed) = (&news.counts, news.missed);
        let mut text = line(&Batch {
            is_first,
            counts,
            missed,
            deliveries: shown.collect(),
        });
        text.truncate(text.trim_end().len());
        text
    }
}

/// Protects against DNS rebinding: another site can point its own name at this machine, and would then have the same
/// origin as the page. It cannot do so with `localhost` or an IP address.
fn is_local_name(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'))
        .unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok()
}

fn wrong_name() -> Response {
    (
        StatusCode::FORBIDDEN,
        "open this page under localhost or an IP address\n",
    )
        .into_response()
}

fn html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::HOST};

    use super::is_local_name;

    #[test]
    fn the_page_is_served_only_under_localhost_and_ip_addresses() {
        let is_local = |host: &'static str| {
            is_local_name(&HeaderMap::from_iter([(
                HOST,
                HeaderValue::from_static(host),
            )]))
        };
        for local in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1:8080",
            "192.168.1.5",
            "[::1]:80",
            "[::1]",
        ] {
            assert!(is_local(local), "{local}");
        }
        for other in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
        ] {
            assert!(!is_local(other), "{other}");
        }
        assert!(!is_local_name(&HeaderMap::new()));
    }
}
