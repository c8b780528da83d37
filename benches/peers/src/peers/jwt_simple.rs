//! jwt-simple: reads the registered claims, and the others by `flatten`.

use jwt_simple::prelude::*;
use moneyhub_webhooks_benches::references::Events;

use crate::peer::{Peer, accepts};

pub const PEER: Peer = Peer {
    name: "jwt-simple (Rust)",
    package: "jwt-simple",
    note: "pure Rust; claims through `flatten`",
    tokens: Some(|policy| {
        let key = RS256PublicKey::from_jwk(&policy.jwk().to_string()).unwrap();
        let options = VerificationOptions {
            allowed_issuers: Some([policy.issuer.clone()].into()),
            allowed_audiences: Some([policy.audience.clone()].into()),
            max_validity: Some(Duration::from_secs(policy.maximum_age.unsigned_abs())),
            artificial_time: Some(Duration::from_secs(policy.now.unsigned_abs())),
            ..Default::default()
        };
        accepts(move |token| Ok(key.verify_token::<Custom>(token, Some(options.clone()))?))
    }),
    json: None,
};

#[derive(Deserialize)]
#[expect(dead_code, reason = "deserialized as in a service, but not used")]
struct Custom {
    events: Events,
}
