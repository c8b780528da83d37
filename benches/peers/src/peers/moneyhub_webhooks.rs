//! This crate, which the others are compared with.

use std::time::Duration;

use chrono::DateTime;
use moneyhub_webhooks::{KeySet, Receiver};

use crate::peer::{Peer, accepts};

pub const PEER: Peer = Peer {
    name: "moneyhub-webhooks (Rust)",
    package: "moneyhub-webhooks",
    note: "AWS-LC; finds the key by `kid`, which the others are not asked to",
    tokens: Some(|policy| {
        let keys = KeySet::from_jwks(policy.jwks.to_string().as_bytes()).unwrap();
        let receiver = Receiver::signed(keys, &policy.audience)
            .issuers([&policy.issuer])
            .max_age(Duration::from_secs(policy.maximum_age.unsigned_abs()));
        let now = DateTime::from_timestamp(policy.now, 0).unwrap();
        accepts(move |token| Ok(receiver.parse_at(token.as_bytes(), now)?))
    }),
    json: Some(|| {
        let receiver = Receiver::unsigned_json();
        accepts(move |json| Ok(receiver.parse_at(json.as_bytes(), DateTime::UNIX_EPOCH)?))
    }),
};
