//! A receiver for AWS Lambda. It uses plain types, so it builds without Lambda's runtime.
//!
//! **A lambda is frozen as soon as it has answered**: no work is done after the answer. Store webhooks in something
//! that outlives the lambda, such as the [queue](crate::queue) with a disk cap of 0, and never in the channel.
//!
//! With the crate `lambda_http`, whose `Body` is decoded already:
//!
//! ```no_run
//! # use std::{convert::Infallible, sync::Arc};
//! # use bytes::Bytes;
//! # use lambda_http::{Body, Request, service_fn};
//! # use moneyhub_webhooks_receivers::{intake::{HandOver, Intake}, lambda::respond};
//! # async fn run<H: HandOver>(intake: Arc<Intake<H>>) -> Result<(), lambda_http::Error> {
//! // Create the intake once, before this, so that only a cold start fetches the keys.
//! lambda_http::run(service_fn(async |request: Request| {
//!     let request = request.map(|body| Bytes::from(body.to_vec()));
//!     Ok::<_, Infallible>(respond(&intake, request).await.map(|()| Body::Empty))
//! }))
//! .await
//! # }
//! ```
//!
//! With `lambda_runtime`, which has fewer dependencies:
//!
//! ```no_run
//! # use std::{convert::Infallible, sync::Arc};
//! # use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
//! # use moneyhub_webhooks_receivers::{intake::{HandOver, Intake}, lambda::{GatewayEvent, respond_to_event}};
//! # async fn run<H: HandOver>(intake: Arc<Intake<H>>) -> Result<(), lambda_runtime::Error> {
//! lambda_runtime::run(service_fn(async |event: LambdaEvent<GatewayEvent>| {
//!     Ok::<_, Infallible>(respond_to_event(&intake, event.payload).await)
//! }))
//! .await
//! # }
//! ```

use std::collections::HashMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::answer::Answer;
use crate::encoding::Coding;
use crate::intake::{HandOver, Intake, MAX_BODY};

/// The fields that a receiver needs from an event of API Gateway (REST and HTTP APIs), a function URL or a load
/// balancer.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayEvent {
    #[serde(default)]
    pub body: Option<String>,
    /// True if the gateway treats the media type of the body as binary.
    #[serde(default)]
    pub is_base64_encoded: bool,
    #[serde(default)]
    pub headers: Option<HashMap<String, String>>,
    /// All values of each header. A load balancer fills this field instead of `headers` if configured so. REST APIs
    /// fill both, but `headers` then has only the last value of a repeated header.
    #[serde(default)]
    pub multi_value_headers: Option<HashMap<String, Vec<String>>>,
}

impl GatewayEvent {
    /// Returns all values of a header. A REST API passes names on as they were sent, in any case.
    fn header(&self, name: &str) -> impl Iterator<Item = &str> {
        let once = self
            .headers
            .iter()
            .flatten()
            .map(|(key, value)| (key, std::slice::from_ref(value)));
        let many = self
            .multi_value_headers
            .iter()
            .flatten()
            .map(|(key, values)| (key, &values[..]));
        let named = once
            .chain(many)
            .filter(move |(key, _)| key.eq_ignore_ascii_case(name));
        named.flat_map(|(_, values)| values).map(String::as_str)
    }
}

/// The answer that all of these understand.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct GatewayAnswer {
    pub status_code: u16,
}

/// Answers an HTTP request whose body is decoded already.
pub async fn respond<H: HandOver>(
    intake: &Arc<Intake<H>>,
    request: Request<Bytes>,
) -> Response<()> {
    let status = if request.method() == Method::POST {
        let codings = request.headers().get_all(header::CONTENT_ENCODING);
        let coding = Coding::first(codings.iter().map(HeaderValue::as_bytes));
        intake.answer(coding, request.into_body()).await.send()
    } else {
        StatusCode::METHOD_NOT_ALLOWED
    };
    let mut response = Response::new(());
    *response.status_mut() = status;
    response
}

/// Answers an event of the gateway, whose body may be base64-encoded.
pub async fn respond_to_event<H: HandOver>(
    intake: &Arc<Intake<H>>,
    event: GatewayEvent,
) -> GatewayAnswer {
    let coding = Coding::first(
        event
            .header(header::CONTENT_ENCODING.as_str())
            .map(str::as_bytes),
    );
    let answer = match raw_body(event) {
        Ok(body) => intake.answer(coding, body).await,
        Err(answer) => answer,
    };
    GatewayAnswer {
        status_code: answer.send().as_u16(),
    }
}

/// Returns the bytes that were sent: those are what was signed.
fn raw_body(event: GatewayEvent) -> Result<Bytes, Answer> {
    let text = event.body.unwrap_or_default();
    if !event.is_base64_encoded {
        return Ok(text.into());
    }
    if text.len() > MAX_BODY.div_ceil(3) * 4 {
        return Err(Answer::TooLarge);
    }
    STANDARD
        .decode(text)
        .map(Bytes::from)
        .map_err(|_| Answer::CutOff)
}

#[cfg(test)]
mod tests {
    use super::{Coding, GatewayEvent, header};

    fn coding(event: &str) -> Option<String> {
        let event: GatewayEvent = serde_json::from_str(event).expect("an event");
        let values = event.header(header::CONTENT_ENCODING.as_str());
        Coding::first(values.map(str::as_bytes)).map(|coding| coding.to_string())
    }

    #[test]
    fn the_content_encoding_is_found_in_the_events_of_each_kind_of_gateway() {
        let none = [
            r#"{"body":"e30="}"#,
            r#"{"headers":null,"multiValueHeaders":null}"#,
            r#"{"headers":{"content-encoding":"identity","content-type":"application/jwt"}}"#,
        ];
        for event in none {
            assert_eq!(coding(event), None, "{event}");
        }
        let gzip = [
            r#"{"version":"2.0","headers":{"content-encoding":"identity,gzip"}}"#,
            r#"{"headers":{"Content-Encoding":"gzip"},"multiValueHeaders":{"Content-Encoding":["gzip"]}}"#,
            r#"{"headers":{"CONTENT-ENCODING":"identity"},"multiValueHeaders":{"CONTENT-ENCODING":["gzip","identity"]}}"#,
            r#"{"multiValueHeaders":{"content-encoding":["gzip"]}}"#,
        ];
        for event in gzip {
            assert_eq!(coding(event).as_deref(), Some("gzip"), "{event}");
        }
    }
}
