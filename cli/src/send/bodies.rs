//! The bodies that are sent: each is made when its turn comes, with an id that no other has.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use moneyhub_webhooks::Event;
use moneyhub_webhooks::testing::{Fault, TestIssuer, samples};

use super::{SigningArgs, WhatArgs};
use crate::failure::{Failure, failed, failed_at};
use crate::recording::Recorded;
use crate::source;

pub(super) const UNKNOWN: &str = "unknown";
pub(super) const MALFORMED: &str = "malformed";

/// A body given by hand is no larger.
const LARGEST: usize = 64 * 1024 * 1024;

const JSON: &str = "application/json";
/// What Moneyhub sends tokens as.
const TOKEN: &str = "application/jwt";

#[derive(Clone, Copy)]
pub(super) enum FaultName {
    All,
    One(Fault),
}

impl From<&str> for FaultName {
    fn from(name: &str) -> Self {
        name.parse().map_or(Self::All, Self::One)
    }
}

/// What there is to send, in turn.
pub(super) struct Bodies {
    kinds: Vec<Kind>,
    issuer: TestIssuer,
    plain: bool,
    user_id: Option<String>,
}

enum Kind {
    Event(Event),
    Fault(Fault),
    /// Of the user's own.
    Given {
        name: String,
        bytes: Vec<u8>,
        content_type: Option<String>,
    },
}

/// One of them, as it is posted.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    pub(super) content_type: Option<String>,
    /// It is meant to be refused.
    pub(super) is_fault: bool,
}

impl Bodies {
    pub(super) fn new(what: WhatArgs) -> Result<Self, Failure> {
        let mut kinds: Vec<Kind> = Vec::new();
        if let Some(path) = &what.body {
            let bytes = source::read(Some(path), LARGEST)?;
            let content_type = Some(content_type(&bytes).to_owned());
            kinds.push(Kind::Given { name: path.display().to_string(), bytes, content_type });
        } else if let Some(path) = &what.replay {
            kinds = recorded(path)?;
        } else if what.all {
            kinds =
                moneyhub_webhooks::EventType::ALL.iter().map(|of| Kind::Event(samples::of(*of))).collect();
        } else if what.events.is_empty() && what.faults.is_empty() {
            kinds.push(Kind::Event(samples::new_transactions()));
        }
        kinds.extend(what.events.iter().filter_map(|name| sample(name)).map(Kind::Event));
        for fault in &what.faults {
            match fault {
                FaultName::All => kinds.extend(Fault::ALL.iter().copied().map(Kind::Fault)),
                FaultName::One(fault) => kinds.push(Kind::Fault(*fault)),
            }
        }
        if kinds.is_empty() {
            return Err(failed("there is nothing to send"));
        }
        let SigningArgs { plain, client_id, issuer, key_id, user_id } = what.signing;
        let mut test_issuer = TestIssuer::new();
        if let Some(client_id) = client_id {
            test_issuer = test_issuer.with_client_id(client_id);
        }
        if let Some(issuer) = issuer {
            test_issuer = test_issuer.with_issuer(issuer);
        }
        if let Some(key_id) = key_id {
            test_issuer = test_issuer.with_key_id(key_id);
        }
        Ok(Self { kinds, issuer: test_issuer, plain, user_id })
    }

    pub(super) fn len(&self) -> u64 {
        self.kinds.len() as u64
    }

    /// The body whose turn it is, and what to call it.
    pub(super) fn get(&self, number: u64) -> Result<(String, Body), Failure> {
        let turn = usize::try_from(number % self.len().max(1)).unwrap_or_default();
        let kind = self.kinds.get(turn).ok_or_else(|| failed("there is nothing to send"))?;
        Ok(match kind {
            Kind::Event(event) => {
                let delivery = self.delivery(event);
                let (text, of) = if self.plain { (delivery.json(), JSON) } else { (delivery.token(), TOKEN) };
                (event.name().to_owned(), Body::new(text.into_bytes(), of, false))
            }
            Kind::Fault(fault) => {
                let bytes = self.delivery(&samples::payment_error()).faulty(*fault);
                let of = content_type(&bytes);
                (format!("{fault} (fault)"), Body::new(bytes, of, true))
            }
            Kind::Given { name, bytes, content_type } => {
                let content_type = content_type.clone();
                (name.clone(), Body { bytes: bytes.clone(), content_type, is_fault: false })
            }
        })
    }

    fn delivery(&self, event: &Event) -> moneyhub_webhooks::testing::Delivery {
        let delivery = self.issuer.delivery(event).id(uuid::Uuid::new_v4().to_string());
        match &self.user_id {
            Some(user_id) => delivery.user_id(user_id.as_str()),
            None => delivery,
        }
    }
}

impl Body {
    fn new(bytes: Vec<u8>, content_type: &str, is_fault: bool) -> Self {
        Self { bytes, content_type: Some(content_type.to_owned()), is_fault }
    }
}

fn sample(name: &str) -> Option<Event> {
    match name {
        UNKNOWN => Some(samples::unknown()),
        MALFORMED => Some(samples::malformed()),
        _ => name.parse().ok().map(samples::of),
    }
}

fn content_type(body: &[u8]) -> &'static str {
    if body.trim_ascii_start().starts_with(b"{") { JSON } else { TOKEN }
}

fn recorded(path: &Path) -> Result<Vec<Kind>, Failure> {
    let file = std::fs::File::open(path).map_err(|error| failed_at(path.display(), error))?;
    let mut kinds = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line.map_err(|error| failed_at(path.display(), error))?;
        if line.trim().is_empty() {
            continue;
        }
        let place = format!("{}:{}", path.display(), number + 1);
        let at_place = |failure: Failure| failed_at(&place, failure);
        let recorded = Recorded::read(&line).map_err(at_place)?;
        let bytes = recorded.body().map_err(at_place)?;
        let name = format!("received at {}", recorded.received_at);
        kinds.push(Kind::Given { name, bytes, content_type: recorded.content_type });
    }
    Ok(kinds)
}
