//! A function on AWS Lambda, behind a function URL or an HTTP API, with PostgreSQL. It stores and answers. A lambda is
//! frozen once it has answered, so the workers run elsewhere: the example `postgres` without its server. For a REST API,
//! enable the feature `apigw_rest` of `lambda_http`.

#![allow(clippy::print_stderr, reason = "an example")]

use std::env;

use lambda_http::http::{Method, StatusCode};
use lambda_http::{Body, Error, Request, Response, run, service_fn};
use moneyhub_webhooks::{Receiver, RemoteKeys};
use moneyhub_webhooks_inbox::{Inbox, InboxBuilder, Store};
use sqlx::postgres::PgPoolOptions;

#[tokio::main]
async fn main() -> Result<(), Error> {
    // Once for each cold start. Later, keys are fetched when a webhook needs them: nothing runs in the background.
    let keys = RemoteKeys::moneyhub().build()?;
    if let Err(error) = keys.warm_up().await {
        // Webhooks are kept without keys, and the workers verify them.
        eprintln!("no keys yet: {error}");
    }
    let client_id = env::var("MONEYHUB_CLIENT_ID").map_err(|_| "set MONEYHUB_CLIENT_ID")?;
    let receiver = Receiver::signed(keys, client_id);
    // It has one request at a time, and something runs beside it now and then.
    let pool = PgPoolOptions::new().max_connections(2);
    let pool = pool.connect_lazy(&env::var("DATABASE_URL").map_err(|_| "set DATABASE_URL")?)?;
    // Without a spill folder: the disk of a lambda goes with it, so the answer is 503 while the database is down.
    let inbox = InboxBuilder::new(receiver).without_spill();
    let inbox = inbox.postgres(pool).await?;
    run(service_fn(async |request| {
        Ok::<_, Error>(answer(&inbox, request).await)
    }))
    .await
}

/// `lambda_http` has decoded the body already, if the gateway has sent it in base64.
pub(crate) async fn answer<S: Store>(inbox: &Inbox<S>, request: Request) -> Response<Body> {
    let status = if request.method() == Method::POST {
        inbox.receive_request(request).await.status()
    } else {
        StatusCode::METHOD_NOT_ALLOWED
    };
    let mut response = Response::new(Body::Empty);
    *response.status_mut() = status;
    response
}
