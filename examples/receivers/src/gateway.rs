//! A stand-in for API Gateway, to try the lambda on your own machine: it turns each request into an event for the
//! lambda.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::intake::{HandOver, Intake};
use crate::lambda::{GatewayEvent, respond_to_event};

/// The largest body that API Gateway accepts, in bytes.
const GATEWAY_LIMIT: usize = 10 * 1024 * 1024;

/// Routes `POST /webhooks`, for [`crate::axum::serve`].
pub fn router<H: HandOver>(intake: Arc<Intake<H>>) -> Router {
    Router::new()
        .route("/webhooks", post(invoke))
        .layer(DefaultBodyLimit::max(GATEWAY_LIMIT))
        .with_state(intake)
}

async fn invoke<H: HandOver>(
    State(intake): State<Arc<Intake<H>>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    // A gateway decides by the media type of the body. Moneyhub's tokens are `application/secevent+jwt`.
    let is_json = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|it| it == "application/json");
    let (body, is_base64_encoded) = match str::from_utf8(&body) {
        Ok(text) if is_json => (text.to_owned(), false),
        _ => (STANDARD.encode(&body), true),
    };
    let mut values = HashMap::<_, Vec<_>>::new();
    for (name, value) in &headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        values.entry(name.to_string()).or_default().push(value);
    }
    let multi_value_headers = Some(values);
    let event = GatewayEvent {
        body: Some(body),
        is_base64_encoded,
        headers: None,
        multi_value_headers,
    };
    let answer = respond_to_event(&intake, event).await;
    StatusCode::from_u16(answer.status_code).unwrap_or(StatusCode::BAD_GATEWAY)
}
