//! A [`Report`] as JSON: for `inspect --output json`, and for each delivery of `listen`.

use chrono::SecondsFormat;
use moneyhub_webhooks::Authenticity;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::body::{Members, Part};
use super::{Check, EventForm, EventReport, Report, Trust, Verdict};

#[derive(Serialize)]
pub(crate) struct ReportJson<'a> {
    accepted: bool,
    /// `accepted`, `rejected` or `not_verified`.
    verdict: &'static str,
    /// `verified`, `unsigned`, `signed_but_rejected` or `not_verified`: how far the rest can be trusted.
    trust: &'static str,
    error: Option<ErrorJson>,
    signed_by: Option<SignedBy<'a>>,
    format: &'static str,
    /// For a body that is too large, the limit plus one.
    bytes: usize,
    verified_as_of: String,
    checks: &'a [Check],
    header: Option<Box<RawValue>>,
    claims: Option<Box<RawValue>>,
    id: Option<&'a RawValue>,
    user_id: Option<&'a RawValue>,
    event: Option<EventJson<'a>>,
    /// The beginning of an unreadable body.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<&'a str>,
}

#[derive(Serialize)]
struct ErrorJson {
    /// The name of the [`moneyhub_webhooks::ErrorKind`], as in logs and metrics.
    kind: &'static str,
    message: String,
    http_status: u16,
    rfc8935_code: Option<&'static str>,
}

#[derive(Serialize)]
struct SignedBy<'a> {
    issuer: &'a str,
    client_id: &'a str,
    key_id: &'a str,
    issued_at: String,
}

#[derive(Serialize)]
struct EventJson<'a> {
    name: &'a str,
    /// The `eventType` of plain JSON, or the URN of a token.
    wire_name: &'a str,
    /// `known`, `unknown`, `malformed`; `not_read` if the body was rejected before.
    form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    payload: Option<&'a RawValue>,
}

impl Trust {
    fn word(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Unsigned => "unsigned",
            Self::SignedButRejected => "signed_but_rejected",
            Self::NotVerified => "not_verified",
        }
    }
}

impl Report {
    pub(crate) fn as_json(&self) -> ReportJson<'_> {
        let (verdict, error, signed_by) = match &self.verdict {
            Verdict::NotVerified => ("not_verified", None, None),
            Verdict::Rejected { error, message } => {
                let json = ErrorJson {
                    kind: error.kind().as_str(),
                    message: message.clone(),
                    http_status: error.http_status(),
                    rfc8935_code: error.rfc8935_code(),
                };
                ("rejected", Some(json), None)
            }
            Verdict::Accepted(Authenticity::Signed {
                issuer,
                client_id,
                key_id,
                issued_at,
                ..
            }) => {
                let issued_at = issued_at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
                (
                    "accepted",
                    None,
                    Some(SignedBy {
                        issuer,
                        client_id,
                        key_id,
                        issued_at,
                    }),
                )
            }
            Verdict::Accepted(Authenticity::Unsigned) => ("accepted", None, None),
        };
        ReportJson {
            accepted: self.is_accepted(),
            verdict,
            trust: self.trust.word(),
            error,
            signed_by,
            format: self.format.id(),
            bytes: self.bytes,
            verified_as_of: self
                .verified_as_of
                .to_rfc3339_opts(SecondsFormat::AutoSi, true),
            checks: &self.checks,
            header: self.header.as_ref().and_then(Part::to_json),
            claims: self.claims.as_ref().and_then(Part::to_json),
            id: self.id.as_deref(),
            user_id: self.user_id.as_deref(),
            event: self.event.as_ref().map(EventReport::as_json),
            start: self.start.as_deref(),
        }
    }
}

impl EventReport {
    fn as_json(&self) -> EventJson<'_> {
        let (form, path, reason) = match &self.form {
            EventForm::Known => ("known", None, None),
            EventForm::Unknown => ("unknown", None, None),
            EventForm::Malformed { path, reason } => ("malformed", Some(path), Some(reason)),
            EventForm::NotRead => ("not_read", None, None),
        };
        let (path, reason) = (path.map(String::as_str), reason.map(String::as_str));
        let payload = self.payload.as_deref();
        EventJson {
            name: &self.name,
            wire_name: &self.wire_name,
            form,
            path,
            reason,
            payload,
        }
    }
}

impl Part {
    /// The object without its member `events`, if that is an object.
    pub(super) fn without_event(&self) -> Option<String> {
        let Members(members) = self.members()?;
        let (events, others): (Vec<_>, Vec<_>) = members
            .into_iter()
            .partition(|(name, value)| name == "events" && value.get().starts_with('{'));
        let named = |(name, value): (String, &RawValue)| {
            serde_json::to_string(&name)
                .map(|name| format!("{name}:{}", value.get()))
                .ok()
        };
        let others: Vec<_> = others.into_iter().filter_map(named).collect();
        (events.len() == 1).then(|| format!("{{{}}}", others.join(",")))
    }

    /// Unchanged, or as a string if it is not JSON.
    fn to_json(&self) -> Option<Box<RawValue>> {
        match self {
            Self::Json(json) => Some(json.clone()),
            Self::Text(text) => to_raw_value(text).ok(),
        }
    }
}
