//! One round of jwt-simple with BoringSSL, with the code of the other Rust peers.
//!
//! usage: moneyhub-webhooks-peers-boring FOLDER NUMBER

#[path = "../../src/peers/jwt_simple.rs"]
mod jwt_simple;
#[path = "../../src/peer.rs"]
mod peer;
#[path = "../../src/policy.rs"]
#[expect(dead_code, reason = "other peers use the rest")]
mod policy;
#[path = "../../src/round.rs"]
mod round;

use std::path::Path;

use peer::Peer;

const PEER: Peer = Peer {
    name: "jwt-simple, BoringSSL (Rust)",
    note: "BoringSSL, its default; claims through `flatten`; a program of its own",
    ..jwt_simple::PEER
};

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let [folder, number] = &arguments[..] else { panic!("FOLDER NUMBER") };
    round::run(&[PEER], Path::new(folder), number.parse().expect("a number"));
}
