//! The Rust peers, one file each: libraries that verify tokens, and libraries that read plain JSON.

mod biscuit;
mod josekit;
mod jsonwebtoken;
mod jwt_compact;
mod jwt_simple;
mod moneyhub_webhooks;
mod serde_json;
mod simd_json;
mod sonic_rs;

use crate::peer::Peer;

pub const PEERS: [Peer; 10] = [
    moneyhub_webhooks::PEER,
    jsonwebtoken::PEER,
    biscuit::PEER,
    josekit::PEER,
    jwt_compact::PEER,
    jwt_simple::PEER,
    serde_json::TYPED,
    serde_json::VALUE,
    simd_json::PEER,
    sonic_rs::PEER,
];
