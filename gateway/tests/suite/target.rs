//! A target: verifies each delivery with the official library of Rust, and answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use standardwebhooks::Webhook;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::stage::{SECRET, eventually};

/// What to do with a delivery.
#[derive(Clone)]
pub(crate) enum Answer {
    Status(u16),
    /// A status, and further lines of the head.
    With(u16, &'static str),
    Later(Duration),
    Hang,
    Close,
}

/// A delivery that was verified.
#[derive(Clone)]
pub(crate) struct Delivery {
    pub(crate) path: String,
    pub(crate) id: String,
    pub(crate) timestamp: i64,
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Delivery {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

#[derive(Default)]
struct State {
    /// The next answers; then 200.
    answers: VecDeque<Answer>,
    deliveries: Vec<Delivery>,
}

#[derive(Clone)]
pub(crate) struct Target {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
}

impl Target {
    pub(crate) async fn start() -> Self {
        Self::with(SECRET, &[]).await
    }

    pub(crate) async fn answering(answers: &[Answer]) -> Self {
        Self::with(SECRET, answers).await
    }

    /// Verifies with this secret.
    pub(crate) async fn with(secret: &'static str, answers: &[Answer]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let target = Self {
            url: format!("http://{}/hook", listener.local_addr().unwrap()),
            state: Arc::default(),
        };
        target.answer(answers);
        let state = Arc::clone(&target.state);
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(stream, secret, Arc::clone(&state)));
            }
        });
        target
    }

    /// Sets the next answers, before 200 for all that follow.
    pub(crate) fn answer(&self, answers: &[Answer]) {
        self.state.lock().unwrap().answers = answers.to_vec().into();
    }

    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.state.lock().unwrap().deliveries.clone()
    }

    /// Waits for this number of deliveries.
    pub(crate) async fn received(&self, number: usize) -> Vec<Delivery> {
        let what = format!("{number} deliveries");
        eventually(&what, async || {
            let deliveries = self.deliveries();
            (deliveries.len() >= number).then_some(deliveries)
        })
        .await
    }
}

async fn serve(mut stream: TcpStream, secret: &str, state: Arc<Mutex<State>>) {
    let Some(delivery) = read(&mut stream, secret).await else {
        return;
    };
    let answer = {
        let mut state = state.lock().unwrap();
        state.deliveries.push(delivery);
        state.answers.pop_front().unwrap_or(Answer::Status(200))
    };
    let (status, lines) = match answer {
        Answer::Status(status) => (status, ""),
        Answer::With(status, lines) => (status, lines),
        Answer::Later(pause) => {
            sleep(pause).await;
            (200, "")
        }
        Answer::Hang => {
            // Until the other end closes the connection.
            let _ = stream.read(&mut [0]).await;
            (0, "")
        }
        Answer::Close => (0, ""),
    };
    if status != 0 {
        let head =
            format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n{lines}\r\n");
        let _ = stream.write_all(head.as_bytes()).await;
    }
}

/// Reads and verifies a request. `None`: it does not come to its end, as when the sender is killed.
async fn read(stream: &mut TcpStream, secret: &str) -> Option<Delivery> {
    let mut bytes = Vec::new();
    let end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = str::from_utf8(&bytes[..end]).unwrap().to_owned();
    let mut lines = head.lines();
    let path = lines.next().unwrap().split(' ').nth(1).unwrap().to_owned();
    let headers: http::HeaderMap = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| {
            (
                name.parse::<http::HeaderName>().unwrap(),
                value.parse().unwrap(),
            )
        })
        .collect();
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let length: usize = header("content-length").parse().unwrap();
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = &bytes[end..];
    Webhook::new(secret)
        .unwrap()
        .verify(body, &headers)
        .expect("a delivery that verifies");
    assert_eq!(header("content-type"), "application/json");
    Some(Delivery {
        path,
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp").parse().unwrap(),
        signature: header("webhook-signature"),
        body: String::from_utf8(body.to_vec()).unwrap(),
    })
}
