//! Posting: so many workers take turns, and each answer is told as it comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Url};
use serde::Serialize;
use tokio::sync::{mpsc, watch};

use super::bodies::{Bodies, Body};
use super::summary::Summary;
use crate::document::line;
use crate::failure::{Failure, with_causes};
use crate::interrupt::Interrupt;
use crate::output::{BAD, FAINT, GOOD, Output, print};
use crate::text::{shortened, visible};

/// Of more deliveries than this a bar is shown, and of their answers only those that are not as they should be,
/// up to this many.
const LISTED: u64 = 30;

#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) count: u64,
    pub(super) rate: Option<f64>,
    pub(super) concurrency: u16,
}

/// What became of one delivery.
#[derive(Serialize)]
pub(super) struct Answer {
    number: u64,
    name: String,
    /// Null where there was no answer.
    pub(super) status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    /// How the answer's body begins, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    pub(super) microseconds: u64,
    /// 2xx, or 4xx to a fault.
    pub(super) as_expected: bool,
}

/// Whether all were answered as they should be.
pub(super) async fn all(
    client: Client,
    url: Url,
    bodies: Bodies,
    plan: Plan,
    output: Output,
) -> Result<bool, Failure> {
    let mut interrupt = Interrupt::new()?;
    let (answers, mut answered) = mpsc::channel(1024);
    let work = Arc::new(Work {
        client,
        url,
        bodies,
        plan,
        next: AtomicU64::new(0),
        stop: watch::Sender::new(false),
    });
    let begun = Instant::now();
    for _ in 0..plan.concurrency {
        tokio::spawn(work_off(Arc::clone(&work), begun, answers.clone()));
    }
    drop(answers);

    let is_listed = plan.count <= LISTED;
    let bar = if is_listed || output == Output::Json { ProgressBar::hidden() } else { bar(plan.count) };
    let mut summary = Summary::default();
    let mut told = 0;
    loop {
        let answer = tokio::select! {
            answer = answered.recv() => answer,
            () = interrupt.received() => {
                // Who can't wait for the answers asks again.
                if work.stop.send_replace(true) {
                    std::process::exit(130);
                }
                continue;
            }
        };
        let Some(answer) = answer else { break };
        let answer = answer?;
        bar.inc(1);
        summary.add(&answer);
        if output == Output::Json {
            print(&line(&answer))?;
        } else if is_listed || (!answer.as_expected && told < LISTED) {
            told += 1;
            bar.suspend(|| print(&answer.to_line()))?;
        }
    }
    bar.finish_and_clear();
    summary.end(plan.count, begun.elapsed());
    match output {
        Output::Json => print(&line(&serde_json::json!({ "summary": summary.as_json() })))?,
        Output::Text if plan.count > 1 => print(&summary.to_string())?,
        Output::Text => {}
    }
    Ok(summary.all_good())
}

/// Seen on standard error, if that is a terminal.
fn bar(count: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos}/{len}  {per_sec}  {eta} left");
    let bar = ProgressBar::new(count);
    style.map_or(bar.clone(), |style| bar.with_style(style))
}

struct Work {
    client: Client,
    url: Url,
    bodies: Bodies,
    plan: Plan,
    next: AtomicU64,
    stop: watch::Sender<bool>,
}

async fn work_off(work: Arc<Work>, begun: Instant, answers: mpsc::Sender<Result<Answer, Failure>>) {
    let mut stop = work.stop.subscribe();
    while !*stop.borrow_and_update() {
        let number = work.next.fetch_add(1, Ordering::Relaxed);
        if number >= work.plan.count {
            return;
        }
        if let Some(rate) = work.plan.rate {
            let due = Duration::try_from_secs_f64(number as f64 / rate).unwrap_or(Duration::MAX);
            tokio::select! {
                () = tokio::time::sleep(due.saturating_sub(begun.elapsed())) => {}
                _ = stop.changed() => return,
            }
        }
        let answer = match work.bodies.get(number) {
            Ok((name, body)) => Ok(work.post(number, name, body).await),
            Err(failure) => Err(failure),
        };
        if answers.send(answer).await.is_err() {
            return;
        }
    }
}

impl Work {
    async fn post(&self, number: u64, name: String, body: Body) -> Answer {
        let Body { bytes, content_type, is_fault } = body;
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
            Err(error) => (None, Some(with_causes(&error.without_url())), None),
        };
        let good = if is_fault { 400..500 } else { 200..300 };
        Answer {
            number: number + 1,
            name,
            status,
            error,
            body,
            microseconds: u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX),
            as_expected: status.is_some_and(|status| good.contains(&status)),
        }
    }
}

impl Answer {
    fn to_line(&self) -> String {
        let (style, mark) = if self.as_expected { (GOOD, '✓') } else { (BAD, '✗') };
        let status = self.status.map_or_else(|| "–".to_owned(), |status| status.to_string());
        let milliseconds = self.microseconds as f64 / 1000.0;
        let name = visible(&self.name);
        let more = self.error.as_deref().or(self.body.as_deref()).map(visible).unwrap_or_default();
        let line = format!("{style}{mark} {status:<3}{style:#} {milliseconds:>7.1} ms  {name}");
        if more.is_empty() { line + "\n" } else { format!("{line}  {FAINT}{more}{FAINT:#}\n") }
    }
}
