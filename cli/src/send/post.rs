//! Posts the bodies from concurrent workers, and sends the answers through a channel.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use tokio::sync::{mpsc, watch};

use super::answer::Answer;
use super::bodies::Bodies;
use super::body::Body;
use crate::failure::{Failure, of_request};
use crate::text::shortened;

/// Answers in the channel; when it is full, the workers wait.
const WAITING: usize = 1024;

#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) count: u64,
    /// Deliveries per second at most.
    pub(super) rate: Option<f64>,
    pub(super) concurrency: u16,
}

/// Deliveries under way.
pub(super) struct Posting {
    /// Closed after the last answer.
    pub(super) answers: mpsc::Receiver<Result<Answer, Failure>>,
    /// Once true, no further request is begun.
    pub(super) stop: watch::Sender<bool>,
    pub(super) begun: Instant,
}

struct Work {
    client: Client,
    url: Url,
    bodies: Bodies,
    plan: Plan,
    begun: Instant,
    next: AtomicU64,
}

pub(super) fn start(client: Client, url: Url, bodies: Bodies, plan: Plan) -> Posting {
    let (sender, answers) = mpsc::channel(WAITING);
    let stop = watch::Sender::new(false);
    let begun = Instant::now();
    let work = Arc::new(Work {
        client,
        url,
        bodies,
        plan,
        begun,
        next: AtomicU64::new(0),
    });
    for _ in 0..plan.concurrency {
        tokio::spawn(worker(Arc::clone(&work), stop.subscribe(), sender.clone()));
    }
    Posting {
        answers,
        stop,
        begun,
    }
}

async fn worker(
    work: Arc<Work>,
    mut stop: watch::Receiver<bool>,
    answers: mpsc::Sender<Result<Answer, Failure>>,
) {
    while !*stop.borrow_and_update() {
        let number = work.next.fetch_add(1, Ordering::Relaxed);
        if number >= work.plan.count {
            return;
        }
        if let Some(rate) = work.plan.rate {
            let due = Duration::try_from_secs_f64(number as f64 / rate).unwrap_or(Duration::MAX);
            tokio::select! {
                () = tokio::time::sleep(due.saturating_sub(work.begun.elapsed())) => {}
                _ = stop.changed() => return,
            }
        }
        let answer = match work.bodies.get(number) {
            Ok(body) => Ok(work.post(number, body).await),
            Err(failure) => Err(failure),
        };
        if answers.send(answer).await.is_err() {
            return;
        }
    }
}

impl Work {
    async fn post(&self, number: u64, body: Body) -> Answer {
        let Body {
            origin,
            name,
            bytes,
            content_type,
            expected,
        } = body;
        let mut request = self.client.post(self.url.clone()).body(bytes);
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let begun = Instant::now();
        let (status, error, body) = match request.send().await {
            Ok(mut response) => {
                let status = response.status().as_u16();
                let first = response.chunk().await.ok().flatten();
                let body = first.map(|body| shortened(&String::from_utf8_lossy(&body), 200));
                (Some(status), None, body)
            }
            Err(error) => (None, Some(of_request(error)), None),
        };
        Answer {
            number: number + 1,
            origin,
            name,
            expected,
            status,
            error,
            body,
            microseconds: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            as_expected: status.is_some_and(|status| expected.is_met_by(status)),
        }
    }
}
