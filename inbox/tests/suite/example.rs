//! The services of the examples, over sockets, and that of the lambda with the events of its gateways.

#[expect(dead_code, reason = "its `main`")]
#[path = "../../examples/actix.rs"]
mod actix_example;
#[expect(dead_code, reason = "its `main`")]
#[path = "../../examples/axum.rs"]
mod axum_example;
#[expect(dead_code, reason = "its `main`")]
#[path = "../../examples/lambda.rs"]
mod lambda_example;
#[expect(dead_code, reason = "its `main`")]
#[path = "../../examples/postgres.rs"]
mod postgres_example;

use std::net::SocketAddr;

use actix_web::{App, HttpServer};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_http::request::from_str;
use moneyhub_webhooks::EventType;
use moneyhub_webhooks::testing::samples;
use moneyhub_webhooks_inbox::{Inbox, Postgres, Received, Sqlite};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::handlers::Says;
use crate::stage::{Stage, post, until};

/// Sends a request with these bytes after its head, and returns the status.
async fn status(address: SocketAddr, headers: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("POST /webhooks HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

/// Posts what a service must tell apart. One webhook waits afterwards.
async fn assert_answers(address: SocketAddr, stage: &Stage<Sqlite>, inbox: &Inbox<Sqlite>) {
    let body = stage.body();
    let length = |body: &str| format!("Content-Length: {}\r\n", body.len());
    assert_eq!(status(address, &length(&body), &body).await, 202);
    assert_eq!(inbox.backlog().await.unwrap().waiting, 1);
    assert_eq!(status(address, &length("x"), "x").await, 400);
    let gzip = format!("Content-Encoding: gzip\r\n{}", length(&body));
    assert_eq!(status(address, &gzip, &body).await, 415);
    // Exactly the limit of the inbox: those of frameworks are lower.
    let largest = "x".repeat(1024 * 1024);
    assert_eq!(status(address, &length(&largest), &largest).await, 400);
    let oversized = "x".repeat(1024 * 1024 + 1);
    assert_eq!(status(address, &length(&oversized), &oversized).await, 413);
    // The rest of the body does not come.
    assert_eq!(status(address, &length(&oversized), &body).await, 408);
    assert_eq!(inbox.backlog().await.unwrap().waiting, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_axum_example_answers_after_it_has_stored_and_handles_what_it_stored() {
    let stage: Stage<Sqlite> = Stage::sqlite();
    let inbox = stage.inbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum_example::app(&inbox);
    let server = tokio::spawn(async { axum::serve(listener, app).await });
    assert_answers(address, &stage, &inbox).await;

    let workers = inbox.work(1, axum_example::Printer);
    until(async || inbox.backlog().await.unwrap().waiting == 0).await;
    workers.stop().await;
    server.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_actix_example_answers_after_it_has_stored() {
    let stage: Stage<Sqlite> = Stage::sqlite();
    let inbox = stage.inbox().await;
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let shared = inbox.clone();
    let app = move || App::new().configure(|config| actix_example::routes(config, &shared));
    let server = HttpServer::new(app).workers(1).disable_signals();
    let server = server.listen(listener).unwrap().run();
    let stopping = server.handle();
    let server = tokio::spawn(server);
    assert_answers(address, &stage, &inbox).await;
    stopping.stop(false).await;
    server.await.unwrap().unwrap();
}

/// An event as function URLs and HTTP APIs send it.
fn event(method: &str, headers: serde_json::Value, body: &str, is_base64: bool) -> String {
    let event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/webhooks",
        "rawQueryString": "",
        "headers": headers,
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "api",
            "domainName": "api.lambda-url.eu-west-2.on.aws",
            "http": { "method": method, "path": "/webhooks", "protocol": "HTTP/1.1" },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "12/Mar/2026:19:03:58 +0000",
            "timeEpoch": 1_773_342_238_000_i64
        },
        "body": body,
        "isBase64Encoded": is_base64
    });
    event.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lambda_example_answers_events_of_its_gateways_after_it_has_stored() {
    let Some(stage) = Stage::<Postgres>::postgres().await else {
        return;
    };
    let inbox = stage.inbox().await;
    let answer = async |method, headers, body: &str, is_base64| {
        let event = event(method, headers, body, is_base64);
        let response = lambda_example::answer(&inbox, from_str(&event).unwrap()).await;
        assert!(response.body().is_empty());
        response.status().as_u16()
    };
    let token = || json!({ "content-type": "application/secevent+jwt" });
    // The media type of a token is binary to a gateway, and that of JSON is not.
    let body = stage.body();
    let encoded = STANDARD.encode(&body);
    assert_eq!(answer("POST", token(), &encoded, true).await, 202);
    assert_eq!(answer("POST", json!({}), &body, false).await, 202);
    assert_eq!(inbox.backlog().await.unwrap().waiting, 1, "a duplicate");
    assert_eq!(answer("GET", token(), "", false).await, 405);
    assert_eq!(answer("POST", json!({}), "", false).await, 400);
    let gzip = json!({ "Content-Encoding": "gzip" });
    assert_eq!(answer("POST", gzip, &encoded, true).await, 415);
    let oversized = STANDARD.encode(vec![b'x'; 1024 * 1024 + 1]);
    assert_eq!(answer("POST", token(), &oversized, true).await, 413);

    // While it was frozen, the server has closed each connection.
    let close = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    stage.database().execute(close).await;
    assert_eq!(answer("POST", token(), &stage.body(), false).await, 202);
    // The workers are elsewhere.
    let workers = stage.inbox().await;
    assert_eq!(workers.work_once(&Says::done()).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_postgres_example_books_what_it_handles_once_and_keeps_what_it_can_not_read() {
    let Some(stage) = Stage::postgres().await else {
        return;
    };
    let table = "CREATE TABLE ledger (id text PRIMARY KEY, event text, payload json)";
    stage.database().execute(table).await;
    let inbox = stage.inbox().await;
    let events = [
        samples::of(EventType::PaymentCompleted),
        samples::of(EventType::SyncCompleted),
        samples::malformed(),
    ];
    for event in &events {
        let token = stage.moneyhub.sign(event);
        assert_eq!(post(&inbox, token.clone()).await, Received::Stored);
        assert_eq!(post(&inbox, token).await, Received::Duplicate);
    }
    let ledger = postgres_example::Ledger;
    assert_eq!(inbox.work_in_transaction_once(&ledger).await.unwrap(), 3);
    let booked = "SELECT count(*) FROM ledger WHERE event = 'paymentCompleted'";
    assert_eq!(stage.database().count(booked).await, 1);
    assert_eq!(
        stage.database().count("SELECT count(*) FROM ledger").await,
        1
    );
    assert_eq!(inbox.dead_letters(10).await.unwrap().len(), 1);
}
