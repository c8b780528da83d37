//! Delivers stored webhooks: the document, and what an answer means.

use chrono::{DateTime, SecondsFormat, Utc};
use moneyhub_webhooks::{Authenticity, StoredWebhook};
use moneyhub_webhooks_inbox::{Handled, Handler};
use reqwest::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::metrics;
use crate::target::{Answer, Target};

/// What a target receives.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<'a> {
    id: &'a str,
    event_type: &'a str,
    user_id: Option<&'a str>,
    /// Exactly as sent.
    payload: &'a RawValue,
    authenticity: Sender<'a>,
    received_at: String,
}

/// Its [`Authenticity`], with names like those around it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase")]
enum Sender<'a> {
    Signed {
        issuer: &'a str,
        client_id: &'a str,
        key_id: &'a str,
        issued_at: String,
    },
    Unsigned,
}

impl<'a> Sender<'a> {
    fn of(authenticity: &'a Authenticity) -> Self {
        match authenticity {
            Authenticity::Signed {
                issuer,
                client_id,
                key_id,
                issued_at,
                ..
            } => Self::Signed {
                issuer,
                client_id,
                key_id,
                issued_at: issued_at.to_rfc3339_opts(SecondsFormat::AutoSi, true),
            },
            Authenticity::Unsigned => Self::Unsigned,
        }
    }
}

impl<'a> Document<'a> {
    pub(crate) fn of(webhook: &'a StoredWebhook) -> serde_json::Result<Self> {
        Ok(Self {
            id: webhook.id().as_str(),
            event_type: webhook.event().name(),
            user_id: webhook.user_id().map(|id| id.as_str()),
            payload: serde_json::from_str(webhook.payload())?,
            authenticity: Sender::of(webhook.authenticity()),
            received_at: rfc3339(webhook.received_at()),
        })
    }

    /// The document of a check, which no webhook has.
    pub(crate) fn of_check(id: &'a str, payload: &'a RawValue, now: DateTime<Utc>) -> Self {
        Self {
            id,
            event_type: "gatewayCheck",
            user_id: None,
            payload,
            authenticity: Sender::Unsigned,
            received_at: rfc3339(now),
        }
    }
}

fn rfc3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// Delivers the webhooks of a source to its target.
pub(crate) struct Delivery {
    pub(crate) source: String,
    pub(crate) is_signed: bool,
    pub(crate) target: Target,
}

impl Handler for Delivery {
    async fn handle(&self, webhook: &StoredWebhook) -> Handled {
        // The store may be that of another source, from before its settings were changed.
        if webhook.authenticity().is_signed() != self.is_signed {
            return Handled::Dead("its source accepts another format".to_owned());
        }
        let body = match Document::of(webhook).and_then(|document| serde_json::to_vec(&document)) {
            Ok(body) => body,
            Err(error) => return Handled::Dead(format!("it can't be written: {error}")),
        };
        let key = webhook.replay_key().to_string();
        let answer = self.target.post(&key, body).await;
        let status = answer.as_ref().ok().map(|answer| answer.status);
        metrics::attempt(&self.source, status);
        let handled = match answer {
            Ok(answer) => self.meaning(&answer),
            Err(reason) => Handled::Retry(reason),
        };
        if handled == Handled::Done {
            let event = webhook.event().name();
            tracing::info!(source = self.source, key, event, "delivered");
        }
        handled
    }
}

impl Delivery {
    fn meaning(&self, answer: &Answer) -> Handled {
        let Answer {
            status,
            retry_after,
        } = *answer;
        let reason = format!("the target answered {}", shown(status));
        match retry_after {
            _ if status.is_success() => Handled::Done,
            _ if self.target.gives_up_at(status) => Handled::Dead(reason),
            Some(pause) => Handled::RetryAfter(pause, reason),
            None => Handled::Retry(reason),
        }
    }
}

/// A status, and what to know of it.
pub(crate) fn shown(status: StatusCode) -> String {
    if status.is_redirection() {
        format!("{}; redirects are not followed", status.as_u16())
    } else {
        status.as_u16().to_string()
    }
}
