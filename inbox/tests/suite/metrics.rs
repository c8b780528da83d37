//! What is counted: the text that Prometheus reads after known traffic.
//!
//! The recorder is that of one thread, so each test has a runtime on its thread.

mod batches;
mod bounds;
mod faults;
mod traffic;

#[expect(dead_code, reason = "its `main`")]
#[path = "../../examples/watched.rs"]
mod watched_example;

use metrics_exporter_prometheus::PrometheusHandle;
use moneyhub_webhooks::RemoteKeys;
use moneyhub_webhooks_inbox::{Inbox, Received, Store, metrics};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::handlers::Says;
use crate::stage::{Stage, post};

/// Runs `act` with a recorder of its own, on this thread.
fn recorded(act: impl AsyncFnOnce(PrometheusHandle)) {
    let recorder = watched_example::builder().unwrap().build_recorder();
    let handle = recorder.handle();
    ::metrics::with_local_recorder(&recorder, || {
        metrics::register();
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().build().unwrap();
        runtime.block_on(act(handle));
    });
}

/// The series of the inbox in a text, without those of `moneyhub-webhooks`, and without times that were measured.
fn series(text: &str) -> Vec<&str> {
    let is_measured =
        |line: &str| line.contains("_seconds_bucket") || line.contains("_seconds_sum");
    let lines = text.lines();
    let lines = lines.filter(|line| line.starts_with("moneyhub_inbox_") && !is_measured(line));
    let mut series: Vec<&str> = lines.collect();
    series.sort_unstable();
    series
}

/// The value of a series of the inbox.
fn value(recorder: &PrometheusHandle, series: &str) -> f64 {
    let text = recorder.render();
    let series = format!("moneyhub_inbox_{series} ");
    let value = text.lines().find_map(|line| line.strip_prefix(&series));
    value
        .unwrap_or_else(|| panic!("no {series}in {text}"))
        .parse()
        .unwrap()
}

/// What a page of the example answers.
async fn page<S: Store>(inbox: &Inbox<S>, recorder: &PrometheusHandle, path: &str) -> String {
    let keys = RemoteKeys::from_fn(["https://issuer.example"], async || {
        Err::<Vec<u8>, _>("none")
    });
    let pages = watched_example::pages(inbox, keys.build().unwrap(), recorder.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async { axum::serve(listener, pages).await });
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    server.abort();
    answer
}

/// What the page has when everything has been recorded once.
pub(crate) fn everything() -> String {
    let mut text = String::new();
    recorded(async |recorder| {
        let stage = Stage::sqlite();
        let inbox = stage.inbox().await;
        assert_eq!(post(&inbox, stage.body()).await, Received::Stored);
        assert_eq!(inbox.work_once(&Says::done()).await.unwrap(), 1);
        inbox.backlog().await.unwrap();
        text = page(&inbox, &recorder, "/metrics").await;
    });
    text
}
