//! serde_json: how most services read plain JSON.

use moneyhub_webhooks_benches::references::{usual, value};

use crate::peer::{Peer, accepts};

pub const TYPED: Peer = Peer {
    name: "serde_json, typed (Rust)",
    package: "serde_json",
    note: "serde's derives alone, the event a tagged enum under `flatten`",
    tokens: None,
    json: Some(|| accepts(|json| Ok(usual(json)))),
};

pub const VALUE: Peer = Peer {
    name: "serde_json::Value (Rust)",
    package: "serde_json",
    note: "dynamic",
    tokens: None,
    json: Some(|| accepts(|json| Ok(value(json)))),
};
