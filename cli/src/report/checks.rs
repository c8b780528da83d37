//! The checks, in the order in which the library makes them. The first failure is the verdict: the checks before it
//! passed, and those after it were not reached.

use chrono::{DateTime, Utc};
use moneyhub_webhooks::ErrorKind;
use serde::Serialize;
use serde_json::value::RawValue;

use super::Verdict;
use super::body::{Contents, Format, Part};
use crate::policy::Policy;

#[derive(Serialize)]
pub(crate) struct Check {
    /// In snake_case, for programs.
    pub(crate) name: &'static str,
    pub(crate) status: Status,
    /// Why the check failed or was not reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// What the body contains.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) found: Option<Box<RawValue>>,
    /// What is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected: Option<String>,
}

impl Check {
    /// Its name for people.
    pub(crate) fn words(&self) -> String {
        self.name.replace('_', " ")
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Passed,
    Failed,
    NotReached,
}

/// The order of [`ErrorKind`].
const CHECKS: [(ErrorKind, &str); 13] = [
    (ErrorKind::TooLarge, "size"),
    (ErrorKind::Body, "body"),
    (ErrorKind::FormatRejected, "format"),
    (ErrorKind::Header, "header"),
    (ErrorKind::Algorithm, "algorithm"),
    (ErrorKind::KeyId, "key_id"),
    (ErrorKind::UnknownKey, "known_key"),
    (ErrorKind::Signature, "signature"),
    (ErrorKind::Claims, "claims"),
    (ErrorKind::Issuer, "issuer"),
    (ErrorKind::Audience, "audience"),
    (ErrorKind::Expired, "age"),
    (ErrorKind::NotYetValid, "not_ahead"),
];

/// The last check of plain JSON.
const FORMAT: usize = 2;
const KNOWN_KEY: usize = 6;
const SIGNATURE: usize = 7;

fn position(kind: ErrorKind) -> usize {
    let found = CHECKS.iter().position(|(check, _)| *check == kind);
    // For a kind from a later version of the library, no check counts as passed.
    found.unwrap_or(if kind == ErrorKind::KeysUnavailable {
        KNOWN_KEY
    } else {
        0
    })
}

pub(super) fn is_after_signature(kind: ErrorKind) -> bool {
    position(kind) > SIGNATURE
}

pub(super) fn of(
    policy: &Policy,
    verdict: &Verdict,
    contents: &Contents,
    bytes: usize,
    verified_as_of: DateTime<Utc>,
) -> Vec<Check> {
    let is_json = contents.format == Format::Json;
    let end = if is_json { FORMAT + 1 } else { CHECKS.len() };
    // How many checks passed, and why the next one did not.
    let (passed, failure, not_reached) = match verdict {
        Verdict::Accepted(_) => (end, None, None),
        Verdict::NotVerified if is_json => {
            (FORMAT, None, Some("not checked: --unsigned was not given"))
        }
        Verdict::NotVerified => (KNOWN_KEY, None, Some("not checked: no keys were given")),
        Verdict::Rejected { error, message } => {
            let detail = message
                .split_once(": ")
                .map_or(message.as_str(), |(_, detail)| detail);
            (position(error.kind()), Some(detail.to_owned()), None)
        }
    };
    let facts = Facts {
        policy,
        contents,
        bytes,
        verified_as_of,
    };
    let check = |(index, (kind, name)): (usize, &(ErrorKind, &'static str))| {
        let (status, reason) = match (index.cmp(&passed), &failure) {
            (std::cmp::Ordering::Less, _) => (Status::Passed, None),
            (std::cmp::Ordering::Equal, Some(detail)) => (Status::Failed, Some(detail.clone())),
            _ => (Status::NotReached, not_reached.map(str::to_owned)),
        };
        let (found, expected) = match status {
            Status::NotReached => (None, None),
            _ => (facts.found(*kind), facts.expected(*kind)),
        };
        Check {
            name,
            status,
            reason,
            found,
            expected,
        }
    };
    CHECKS.iter().take(end).enumerate().map(check).collect()
}

struct Facts<'a> {
    policy: &'a Policy,
    contents: &'a Contents,
    bytes: usize,
    verified_as_of: DateTime<Utc>,
}

impl Facts<'_> {
    fn found(&self, kind: ErrorKind) -> Option<Box<RawValue>> {
        let member =
            |part: &Option<Part>, name| part.as_ref()?.members()?.get(name).map(ToOwned::to_owned);
        let header = |name| member(&self.contents.header, name);
        let claim = |name| member(&self.contents.claims, name);
        match kind {
            ErrorKind::TooLarge if self.bytes > self.policy.max_body => None,
            ErrorKind::TooLarge => said(&format!("{} bytes", self.bytes)),
            ErrorKind::FormatRejected if self.contents.format != Format::Unreadable => {
                said(self.contents.format.words())
            }
            ErrorKind::Algorithm => header("alg"),
            ErrorKind::KeyId | ErrorKind::UnknownKey => header("kid"),
            ErrorKind::Issuer => claim("iss"),
            ErrorKind::Audience => claim("aud"),
            ErrorKind::Expired | ErrorKind::NotYetValid => {
                let issued_at = self.contents.issued_at()?;
                said(&age(self
                    .verified_as_of
                    .timestamp()
                    .checked_sub(issued_at)?))
            }
            _ => None,
        }
    }

    fn expected(&self, kind: ErrorKind) -> Option<String> {
        let policy = self.policy;
        Some(match kind {
            ErrorKind::TooLarge => format!("at most {} bytes", policy.max_body),
            ErrorKind::FormatRejected if policy.decides => {
                match (policy.takes_tokens, policy.takes_json) {
                    (true, true) => "token or plain JSON".to_owned(),
                    (true, false) => "token".to_owned(),
                    (false, _) => "plain JSON".to_owned(),
                }
            }
            ErrorKind::Algorithm => "RS256".to_owned(),
            ErrorKind::UnknownKey if policy.decides => format!("a key of {}", policy.keys),
            ErrorKind::Issuer => policy.issuers.join(" or "),
            ErrorKind::Audience => policy.client_id.clone(),
            ErrorKind::Expired => match policy.max_age {
                Some(max_age) => format!("at most {} s old", max_age.as_secs()),
                None => "any age".to_owned(),
            },
            ErrorKind::NotYetValid => format!("at most {} s ahead", policy.clock_skew.as_secs()),
            _ => return None,
        })
    }
}

/// A text as a JSON string.
fn said(words: &str) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(words).ok()
}

/// An age in a readable unit, such as `24 h old` or `90 s ahead`.
pub(crate) fn age(seconds: i64) -> String {
    let size = seconds.unsigned_abs();
    let span = match size {
        0..=599 => format!("{size} s"),
        600..=7199 => format!("{} min", size / 60),
        7200..=172_799 => format!("{} h", size / 3600),
        _ => format!("{} days", size / 86400),
    };
    if seconds < 0 {
        format!("{span} ahead")
    } else {
        format!("{span} old")
    }
}
