//! One delivery, as a line for people or as JSON for programs and the page.

use axum::body::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use moneyhub_webhooks::{Authenticity, Error, Event, Webhook};
use serde::Serialize;

use crate::output::{BAD, FAINT, GOOD, WARNING};
use crate::policy::Policy;
use crate::report::{Report, ReportJson, age};
use crate::text::{shortened, visible};

pub(super) struct Delivery {
    pub(super) number: u64,
    pub(super) received_at: DateTime<Utc>,
    pub(super) path: String,
    pub(super) content_type: Option<String>,
    /// Only the beginning, if it is too large.
    pub(super) body: Bytes,
    pub(super) result: Result<Webhook, Error>,
    /// The status of the answer.
    pub(super) status: u16,
    pub(super) forwarded: Option<Forwarded>,
}

/// The answer to the forwarded copy.
#[derive(Clone, Serialize)]
pub(super) struct Forwarded {
    /// Null if there was no answer.
    pub(super) status: Option<u16>,
    pub(super) error: Option<String>,
    pub(super) milliseconds: u64,
}

#[derive(Serialize)]
pub(super) struct DeliveryJson<'a> {
    number: u64,
    received_at: String,
    path: &'a str,
    content_type: Option<&'a str>,
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    forwarded: Option<&'a Forwarded>,
    #[serde(flatten)]
    report: ReportJson<'a>,
}

impl DeliveryJson<'_> {
    /// For the page, which shows header, claims and payload from [`Texts`](crate::report::Texts).
    pub(super) fn without_parts(mut self) -> Self {
        self.report = self.report.without_parts();
        self
    }
}

impl Delivery {
    pub(super) fn report(&self, policy: &Policy) -> Report {
        Report::new(policy, &self.body, self.received_at, &self.result)
    }

    pub(super) fn as_json<'a>(&'a self, report: &'a Report) -> DeliveryJson<'a> {
        DeliveryJson {
            number: self.number,
            received_at: self
                .received_at
                .to_rfc3339_opts(SecondsFormat::Millis, true),
            path: &self.path,
            content_type: self.content_type.as_deref(),
            status: self.status,
            forwarded: self.forwarded.as_ref(),
            report: report.as_json(),
        }
    }

    /// The bytes that it takes in the log.
    pub(super) fn size(&self) -> usize {
        let content_type = self.content_type.as_ref().map_or(0, String::len);
        self.body
            .len()
            .saturating_add(self.path.len())
            .saturating_add(content_type)
    }

    pub(super) fn to_line(&self, policy: &Policy) -> String {
        let time = self.received_at.format("%H:%M:%S%.3f");
        let what = match &self.result {
            Ok(webhook) => accepted(webhook, self.received_at),
            Err(error) => {
                let message = policy.message(error);
                format!("{BAD}✗ rejected{BAD:#} {} {message}", self.status)
            }
        };
        let path = if self.path == "/" {
            String::new()
        } else {
            short(&self.path) + " "
        };
        let forwarded = self
            .forwarded
            .as_ref()
            .map(Forwarded::in_words)
            .unwrap_or_default();
        format!(
            "{FAINT}{time} #{} {path}{FAINT:#}{what}{forwarded}\n",
            self.number
        )
    }
}

fn accepted(webhook: &Webhook, received_at: DateTime<Utc>) -> String {
    let (mark, age) = match webhook.authenticity() {
        Authenticity::Signed { issued_at, .. } => {
            let age = age(received_at.timestamp() - issued_at.timestamp());
            (format!("{GOOD}✓ signed  {GOOD:#}"), format!("  {age}"))
        }
        Authenticity::Unsigned => (format!("{WARNING}✓ unsigned{WARNING:#}"), String::new()),
    };
    let form = match webhook.event() {
        Event::Unknown(_) => format!(" {WARNING}unknown event{WARNING:#}"),
        Event::Malformed(bad) => {
            let (path, reason) = (short(bad.path()), visible(bad.reason()));
            format!(" {WARNING}malformed at {path}: {reason}{WARNING:#}")
        }
        _ => String::new(),
    };
    let user = webhook
        .user_id()
        .map(|user| format!("  user {}", short(user.as_str())))
        .unwrap_or_default();
    let (event, id) = (short(webhook.event().name()), short(webhook.id().as_str()));
    format!("{mark} {event:<24}{form}{user}  {FAINT}{id}{age}{FAINT:#}")
}

impl Forwarded {
    fn in_words(&self) -> String {
        let style = if self
            .status
            .is_some_and(|status| (200..300).contains(&status))
        {
            GOOD
        } else {
            BAD
        };
        let status = self.status.map(|status| status.to_string());
        let answer = status
            .or_else(|| self.error.as_deref().map(visible))
            .unwrap_or_default();
        format!(
            "  → {style}{answer}{style:#} {FAINT}in {} ms{FAINT:#}",
            self.milliseconds
        )
    }
}

/// Shortened, to share a line with others.
fn short(text: &str) -> String {
    visible(&shortened(text, 60))
}
