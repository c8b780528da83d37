//! simd-json: deserializes serde's types from a mutable body.

use moneyhub_webhooks_benches::references::Usual;

use crate::peer::{Peer, accepts};

pub const PEER: Peer = Peer {
    name: "simd-json, typed (Rust)",
    package: "simd-json",
    note: "the same types; copies the body first, since it writes to it; AVX2 if the processor has it",
    tokens: None,
    json: Some(|| {
        accepts(|json| {
            let mut copy = json.as_bytes().to_vec();
            Ok(simd_json::serde::from_slice::<Usual>(&mut copy)?)
        })
    }),
};
