//! The service of the example, over a socket.

#[expect(dead_code, reason = "its `main`")]
#[path = "../../examples/axum.rs"]
mod axum_example;

use moneyhub_webhooks_inbox::Sqlite;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::stage::{Stage, until};

/// Sends a request with these bytes after its head, and returns the status.
async fn status(address: std::net::SocketAddr, headers: &str, body: &str) -> u16 {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        format!("POST /webhooks HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(body.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_answers_after_it_has_stored_and_handles_what_it_stored() {
    let stage: Stage<Sqlite> = Stage::sqlite();
    let inbox = stage.inbox().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = axum_example::app(&inbox);
    let server = tokio::spawn(async { axum::serve(listener, app).await });

    let body = stage.body();
    let length = |body: &str| format!("Content-Length: {}\r\n", body.len());
    assert_eq!(status(address, &length(&body), &body).await, 202);
    assert_eq!(inbox.backlog().await.unwrap().waiting, 1);
    assert_eq!(status(address, &length("x"), "x").await, 400);
    let gzip = format!("Content-Encoding: gzip\r\n{}", length(&body));
    assert_eq!(status(address, &gzip, &body).await, 415);
    let oversized = "x".repeat(1024 * 1024 + 1);
    assert_eq!(status(address, &length(&oversized), &oversized).await, 413);
    // The rest of the body does not come.
    assert_eq!(status(address, &length(&oversized), &body).await, 408);

    let workers = inbox.work(1, axum_example::Printer);
    until(async || inbox.backlog().await.unwrap().waiting == 0).await;
    workers.stop().await;
    server.abort();
}
