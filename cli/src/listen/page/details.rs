//! The contents of a row, made when it is opened.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};

use super::super::delivery::Delivery;
use super::super::guard;
use super::{HEADERS, Listen};
use crate::document::line;
use crate::policy::Policy;
use crate::report::{Details, fact};

pub(in crate::listen) async fn details(
    State(listen): State<Arc<Listen>>,
    Path(number): Path<u64>,
    request: Request,
) -> Response {
    let admitted = listen.secret.admit(request.uri(), request.headers());
    if let Err(rejection) = admitted.and_then(|()| guard::no_site(request.headers())) {
        return rejection.into_response();
    }
    let Some(delivery) = listen.log.find(number) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let place = Arc::clone(&listen.pages.details).acquire_owned().await;
    // A large body takes a while, in which deliveries go on.
    let made = tokio::task::spawn_blocking(move || {
        let text = line(&of(&delivery, &listen.policy));
        drop(place);
        text
    });
    match made.await {
        Ok(text) => (HEADERS, [(CONTENT_TYPE, "application/json")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn of(delivery: &Delivery, policy: &Policy) -> Details {
    let mut details = delivery.report(policy).details();
    let mut facts = vec![
        format!("#{}", delivery.number),
        format!("POST {}", fact(&delivery.path)),
        format!("answered {}", delivery.status),
    ];
    if let Some(forwarded) = &delivery.forwarded {
        let (answer, milliseconds) = (forwarded.answer(), forwarded.milliseconds);
        facts.push(format!("forwarded: {answer} in {milliseconds} ms"));
    }
    facts.append(&mut details.facts);
    details.facts = facts;
    details
}
