//! sonic-rs: deserializes serde's types, with the vector instructions for which it is built.

use moneyhub_webhooks_benches::references::Usual;

use crate::peer::{Peer, accepts};

pub const PEER: Peer = Peer {
    name: "sonic-rs, typed (Rust)",
    package: "sonic-rs",
    note: "the same types; SSE2, for which it is built",
    tokens: None,
    json: Some(|| accepts(|json| Ok(sonic_rs::from_slice::<Usual>(json.as_bytes())?))),
};
