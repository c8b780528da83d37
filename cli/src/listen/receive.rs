//! A POST: read up to the limit, verify and answer it. The rest follows, and does not delay the answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use chrono::{DateTime, Utc};
use moneyhub_webhooks::Error;
use moneyhub_webhooks::testing::TestIssuer;
use tokio::sync::oneshot;

use super::body::Held;
use super::connection::Connection;
use super::delivery::{Delivery, Names};
use super::follow::Answered;
use super::{Listen, forward, guard};
use crate::report::{Outcome, Verdict};

/// Any path but those of the page.
pub(super) async fn elsewhere(state: State<Arc<Listen>>, request: Request) -> Response {
    match *request.method() {
        Method::POST => receive(state, request).await,
        Method::GET | Method::HEAD => StatusCode::NOT_FOUND.into_response(),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")]).into_response(),
    }
}

/// Publishes the key set of the test issuer, as an issuer does. Its private key is public too.
pub(super) async fn key_set() -> Response {
    let json = [(CONTENT_TYPE, "application/jwk-set+json")];
    (json, TestIssuer::new().jwks()).into_response()
}

pub(super) async fn receive(State(listen): State<Arc<Listen>>, request: Request) -> Response {
    let received_at = Utc::now();
    let (head, body) = request.into_parts();
    if let Err(rejection) = guard::no_site(&head.headers) {
        return rejection.into_response();
    }
    let body = match listen.bodies.read(body, listen.policy.max_body).await {
        Ok(body) => body,
        Err(status) => return status.into_response(),
    };
    if let Some(connection) = head.extensions.get::<Arc<Connection>>() {
        connection.is_complete();
    }
    let place = Arc::clone(&listen.intake).acquire_owned().await.ok();
    let (answer, answered) = oneshot::channel();
    // A delivery that arrived in full is shown even if the sender does not wait for the answer.
    tokio::spawn(async move {
        let Held { bytes, room } = body;
        let was_forwarded = forward::is_marked(&head.headers);
        let delivery = listen.verify(received_at, &head, bytes).await;
        let response = delivery.answer();
        // Before the answer, so that the next delivery of this sender comes after it.
        _ = listen.answered.send(Answered {
            delivery,
            was_forwarded,
            _places: [place, room],
        });
        _ = answer.send(response);
    });
    let answer = answered.await;
    answer.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

impl Listen {
    /// What remains of the webhook is small: a typed event can take many times the bytes of its body.
    async fn verify(&self, received_at: DateTime<Utc>, head: &Parts, body: Bytes) -> Delivery {
        let result = self.policy.receiver.receive_at(&body, received_at).await;
        let content_type = head.headers.get(CONTENT_TYPE);
        Delivery {
            number: self.numbers.fetch_add(1, Ordering::Relaxed) + 1,
            received_at,
            path: head.uri.path().to_owned(),
            content_type: content_type.and_then(|value| value.to_str().ok().map(str::to_owned)),
            body,
            status: result.as_ref().map_or_else(Error::http_status, |_| 202),
            names: result.as_ref().map(Names::of).unwrap_or_default(),
            outcome: Outcome::new(&self.policy, &result),
            forwarded: None,
        }
    }
}

impl Delivery {
    /// RFC 8935, sections 2.3 and 2.4.
    fn answer(&self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let Verdict::Rejected { error, message } = &self.outcome.verdict else {
            return status.into_response();
        };
        let body = serde_json::json!({ "err": error.rfc8935_code(), "description": message });
        let json = [(CONTENT_TYPE, "application/json")];
        (status, json, body.to_string()).into_response()
    }
}
