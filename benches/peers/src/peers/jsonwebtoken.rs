//! jsonwebtoken: how most services verify a token.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use moneyhub_webhooks_benches::references::Claims;

use crate::peer::{Peer, accepts};

pub const PEER: Peer = Peer {
    name: "jsonwebtoken (Rust)",
    package: "jsonwebtoken",
    note: "AWS-LC; age by hand",
    tokens: Some(|policy| {
        let key = DecodingKey::from_rsa_components(policy.number("n"), policy.number("e")).unwrap();
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&policy.issuer]);
        validation.set_audience(&[&policy.audience]);
        validation.set_required_spec_claims(&["iss", "aud"]);
        let policy = policy.clone();
        accepts(move |token| {
            let claims: Claims = jsonwebtoken::decode(token, &key, &validation)?.claims;
            policy.check_age(claims.iat)?;
            Ok(claims)
        })
    }),
    json: None,
};
