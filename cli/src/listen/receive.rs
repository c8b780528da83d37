//! A POST: read up to the limit, judge, record, show, forward and answer it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use moneyhub_webhooks::{Error, ErrorKind};

use super::Listen;
use super::delivery::Delivery;
use crate::document::line;
use crate::output::Output;
use crate::recording::Recorded;

/// How long a body may take to arrive.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// A body that is too large is read up to this many times the limit, and dropped: many clients do not read the answer
/// before they have sent everything.
const DRAINED: usize = 8;

/// Any path but those of the page.
pub(super) async fn elsewhere(state: State<Arc<Listen>>, request: Request) -> Response {
    match *request.method() {
        Method::POST => receive(state, request).await,
        Method::GET | Method::HEAD => StatusCode::NOT_FOUND.into_response(),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")]).into_response(),
    }
}

pub(super) async fn receive(State(listen): State<Arc<Listen>>, request: Request) -> Response {
    let received_at = Utc::now();
    let (head, body) = request.into_parts();
    let body = match tokio::time::timeout(TIME_LIMIT, read(body, listen.policy.max_body)).await {
        Ok(Some(body)) => body,
        Ok(None) => return StatusCode::BAD_REQUEST.into_response(),
        Err(_) => return StatusCode::REQUEST_TIMEOUT.into_response(),
    };
    let place = Arc::clone(&listen.intake).acquire_owned().await;
    // A delivery that arrived in full is shown even if the sender does not wait for the answer.
    let answer = tokio::spawn(async move {
        let answer = handle(listen, received_at, head, body).await;
        drop(place);
        answer
    });
    let answer = answer.await;
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn handle(
    listen: Arc<Listen>,
    received_at: DateTime<Utc>,
    head: Parts,
    body: Bytes,
) -> Response {
    let result = listen.policy.receiver.receive_at(&body, received_at).await;
    let status = result.as_ref().map_or_else(Error::http_status, |_| 202);
    let answer = answer(
        status,
        result
            .as_ref()
            .err()
            .map(|error| (error, listen.policy.message(error))),
    );
    let content_type = head
        .headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let mut delivery = Delivery {
        number: listen.numbers.fetch_add(1, Ordering::Relaxed) + 1,
        received_at,
        path: head.uri.path().to_owned(),
        content_type: content_type.map(str::to_owned),
        body,
        result,
        status,
        forwarded: None,
    };
    // A body that was not read in full can be neither recorded nor forwarded.
    let is_whole = !matches!(&delivery.result, Err(error) if error.kind() == ErrorKind::TooLarge);
    if let Some(recorder) = listen.recorder.as_ref().filter(|_| is_whole) {
        let recorded = Recorded::new(
            received_at,
            &delivery.path,
            content_type,
            status,
            &delivery.body,
        );
        recorder.write(line(&recorded)).await;
    }
    let place = match listen.forwarder.as_ref().filter(|_| is_whole) {
        Some(forwarder) => forwarder.place().await,
        None => None,
    };
    let Some(place) = place else {
        listen.show(delivery).await;
        return answer;
    };
    tokio::spawn(async move {
        if let Some(forwarder) = &listen.forwarder {
            let content_type = delivery.content_type.as_deref();
            delivery.forwarded = Some(forwarder.forward(delivery.body.clone(), content_type).await);
        }
        listen.show(delivery).await;
        drop(place);
    });
    answer
}

impl Listen {
    async fn show(&self, delivery: Delivery) {
        let shown = match self.output {
            Output::Text => delivery.to_line(&self.policy),
            Output::Json => line(&delivery.as_json(&delivery.report(&self.policy))),
        };
        self.log.add(delivery);
        self.printer.write(shown).await;
    }
}

/// The body, cut one byte after the limit; `None` if the connection broke.
async fn read(body: Body, most: usize) -> Option<Bytes> {
    let mut chunks = body.into_data_stream();
    // Most bodies are a single chunk, which is not copied.
    let first = chunks.next().await.transpose().ok()?.unwrap_or_default();
    let enough = most.saturating_add(1);
    let mut read = first.len();
    let mut whole: Option<Vec<u8>> = None;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.ok()?;
        read = read.saturating_add(chunk.len());
        let whole = whole.get_or_insert_with(|| first.to_vec());
        let room = enough.saturating_sub(whole.len()).min(chunk.len());
        whole.extend_from_slice(chunk.get(..room).unwrap_or_default());
        if read > most.saturating_mul(DRAINED).max(most) {
            break;
        }
    }
    let body = whole.map_or(first, Bytes::from);
    Some(body.slice(..body.len().min(enough)))
}

/// RFC 8935, sections 2.3 and 2.4.
fn answer(status: u16, rejection: Option<(&Error, String)>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let Some((error, message)) = rejection else {
        return status.into_response();
    };
    let body = serde_json::json!({ "err": error.rfc8935_code(), "description": message });
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        body.to_string(),
    )
        .into_response()
}
