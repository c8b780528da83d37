//! The bodies to post. Each is made when its turn comes, with a fresh id.

use moneyhub_webhooks::testing::{Delivery, Fault, TestIssuer, samples};
use moneyhub_webhooks::{Event, EventType};

use super::body::{Body, JSON, Origin, TOKEN, content_type};
use super::expected::{Expect, Expected};
use super::{SigningArgs, WhatArgs, replay};
use crate::failure::{Failure, failed};
use crate::source;

pub(super) const UNKNOWN: &str = "unknown";
pub(super) const MALFORMED: &str = "malformed";

/// The limit of a body from a file, in bytes.
const LARGEST: usize = 64 * 1024 * 1024;

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

/// The bodies, which take turns.
pub(super) struct Bodies {
    kinds: Vec<Kind>,
    issuer: TestIssuer,
    unsigned: bool,
    user_id: Option<String>,
}

enum Kind {
    Event(Event),
    Fault(Fault),
    Given(Body),
}

impl Bodies {
    pub(super) fn new(what: WhatArgs, expect: Expect) -> Result<Self, Failure> {
        let mut kinds: Vec<Kind> = Vec::new();
        if let Some(path) = &what.body {
            let bytes = source::read(Some(path), LARGEST)?;
            let of = content_type(&bytes);
            let name = path.display().to_string();
            kinds.push(Kind::Given(Body::new(
                Origin::File,
                name,
                bytes,
                of,
                Expected::SUCCESS,
            )));
        } else if let Some(path) = &what.replay {
            kinds = replay::read(path, expect)?
                .into_iter()
                .map(Kind::Given)
                .collect();
        } else if what.all {
            kinds = EventType::ALL
                .iter()
                .map(|of| Kind::Event(samples::of(*of)))
                .collect();
        } else if what.events.is_empty() && what.faults.is_empty() {
            kinds.push(Kind::Event(samples::of(EventType::NewTransactions)));
        }
        kinds.extend(
            what.events
                .iter()
                .filter_map(|name| sample(name))
                .map(Kind::Event),
        );
        for fault in &what.faults {
            match fault {
                FaultName::All => kinds.extend(Fault::ALL.iter().copied().map(Kind::Fault)),
                FaultName::One(fault) => kinds.push(Kind::Fault(*fault)),
            }
        }
        if kinds.is_empty() {
            return Err(failed("nothing to send"));
        }
        let SigningArgs {
            unsigned,
            client_id,
            issuer,
            key_id,
            user_id,
        } = what.signing;
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
        Ok(Self {
            kinds,
            issuer: test_issuer,
            unsigned,
            user_id,
        })
    }

    pub(super) fn len(&self) -> u64 {
        self.kinds.len() as u64
    }

    /// The body of this number; they take turns.
    pub(super) fn get(&self, number: u64) -> Result<Body, Failure> {
        let turn = usize::try_from(number % self.len().max(1)).unwrap_or_default();
        let kind = self
            .kinds
            .get(turn)
            .ok_or_else(|| failed("nothing to send"))?;
        Ok(match kind {
            Kind::Event(event) => {
                let delivery = self.delivery(event);
                let (text, of) = if self.unsigned {
                    (delivery.json(), JSON)
                } else {
                    (delivery.token(), TOKEN)
                };
                let name = event.name().to_owned();
                Body::new(
                    Origin::Event,
                    name,
                    text.into_bytes(),
                    of,
                    Expected::SUCCESS,
                )
            }
            Kind::Fault(fault) => {
                let bytes = self
                    .delivery(&samples::of(EventType::PaymentError))
                    .faulty(*fault);
                let of = content_type(&bytes);
                let expected = match fault {
                    Fault::UnknownKey => Expected::RejectedOrDeferred,
                    _ => Expected::CLIENT_ERROR,
                };
                Body::new(Origin::Fault, fault.to_string(), bytes, of, expected)
            }
            Kind::Given(body) => body.clone(),
        })
    }

    fn delivery(&self, event: &Event) -> Delivery {
        let delivery = self
            .issuer
            .delivery(event)
            .id(uuid::Uuid::new_v4().to_string());
        match &self.user_id {
            Some(user_id) => delivery.user_id(user_id.as_str()),
            None => delivery,
        }
    }
}

fn sample(name: &str) -> Option<Event> {
    match name {
        UNKNOWN => Some(samples::unknown()),
        MALFORMED => Some(samples::malformed()),
        _ => name.parse().ok().map(samples::of),
    }
}
