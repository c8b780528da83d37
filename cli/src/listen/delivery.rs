//! One delivery, as small as it can be kept: its body, what the receiver decided, and what one line says about it.

use axum::body::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use moneyhub_webhooks::{Authenticity, Webhook};
use serde::Serialize;

use crate::policy::Policy;
use crate::report::{Outcome, Report, ReportJson, Verdict, age};
use crate::text::{shortened, visible};

pub(super) struct Delivery {
    pub(super) number: u64,
    pub(super) received_at: DateTime<Utc>,
    pub(super) path: String,
    pub(super) content_type: Option<String>,
    /// Only the beginning, if it is too large.
    pub(super) body: Bytes,
    pub(super) outcome: Outcome,
    pub(super) names: Names,
    /// The status of the answer.
    pub(super) status: u16,
    pub(super) forwarded: Option<Forwarded>,
}

/// Of an accepted one: what it is about, shortened. Its body has the rest.
#[derive(Default)]
pub(super) struct Names {
    pub(super) event: String,
    pub(super) user: Option<String>,
    pub(super) id: String,
}

/// Longer names are shortened.
const LONGEST: usize = 200;

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

impl Delivery {
    pub(super) fn report(&self, policy: &Policy) -> Report {
        Report::new(policy, &self.body, self.received_at, self.outcome.clone())
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

    /// The bytes that it takes in the log, to be on the safe side.
    pub(super) fn size(&self) -> usize {
        let content_type = self.content_type.as_ref().map_or(0, String::len);
        // Issuer, key id and messages, which are limited.
        let rest = size_of::<Self>() + 1024;
        self.body.len() + self.path.len() + content_type + self.names.size() + rest
    }

    /// The time of day.
    pub(super) fn time(&self) -> String {
        self.received_at.format("%H:%M:%S%.3f").to_string()
    }

    /// Of a signed one.
    pub(super) fn age(&self) -> Option<String> {
        match &self.outcome.verdict {
            Verdict::Accepted(Authenticity::Signed { issued_at, .. }) => {
                Some(age(self.received_at.timestamp() - issued_at.timestamp()))
            }
            _ => None,
        }
    }
}

impl Names {
    pub(super) fn of(webhook: &Webhook) -> Self {
        let kept = |text: &str| shortened(text, LONGEST);
        Self {
            event: kept(webhook.event().name()),
            user: webhook.user_id().map(|user| kept(user.as_str())),
            id: kept(webhook.id().as_str()),
        }
    }

    fn size(&self) -> usize {
        let user = self.user.as_ref().map_or(0, String::len);
        self.event.len() + self.id.len() + user
    }
}

impl Forwarded {
    pub(super) fn not(reason: &str) -> Self {
        Self {
            status: None,
            error: Some(format!("not forwarded: {reason}")),
            milliseconds: 0,
        }
    }

    /// The status, or why there is none.
    pub(super) fn answer(&self) -> String {
        match (self.status, &self.error) {
            (Some(status), _) => status.to_string(),
            (None, error) => error.as_deref().map(visible).unwrap_or_default(),
        }
    }
}
