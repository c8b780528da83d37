//! biscuit: reads the registered claims, and the others by `flatten`.

use biscuit::jwa::SignatureAlgorithm;
use biscuit::jwk::{AlgorithmParameters, JWKSet};
use biscuit::{
    ClaimPresenceOptions, ClaimsSet, Empty, JWT, Presence, TemporalOptions, Validation,
    ValidationOptions,
};
use chrono::{DateTime, Duration};
use moneyhub_webhooks_benches::references::Events;
use serde::Deserialize;
use serde::ser::{Error, Serialize, Serializer};

use crate::peer::{Peer, accepts};

pub const PEER: Peer = Peer {
    name: "biscuit (Rust)",
    package: "biscuit",
    note: "ring; claims through `flatten`",
    tokens: Some(|policy| {
        let jwks: JWKSet<Empty> = serde_json::from_value(policy.jwks.clone()).unwrap();
        let AlgorithmParameters::RSA(key) = &jwks.keys[0].algorithm else {
            panic!("the key is RSA")
        };
        let key = key.jws_public_key_secret();
        let options = ValidationOptions {
            claim_presence_options: ClaimPresenceOptions {
                issuer: Presence::Required,
                audience: Presence::Required,
                issued_at: Presence::Required,
                ..Default::default()
            },
            temporal_options: TemporalOptions {
                now: DateTime::from_timestamp(policy.now, 0),
                ..Default::default()
            },
            issuer: Validation::Validate(policy.issuer.clone()),
            audience: Validation::Validate(policy.audience.clone()),
            issued_at: Validation::Validate(Duration::seconds(policy.maximum_age)),
            ..Default::default()
        };
        accepts(move |token| {
            let token = JWT::<Private, Empty>::new_encoded(token)
                .into_decoded(&key, SignatureAlgorithm::RS256)?;
            token.validate(options.clone())?;
            let (
                _,
                ClaimsSet {
                    registered,
                    private,
                },
            ) = token.unwrap_decoded();
            Ok((registered, private))
        })
    }),
    json: None,
};

#[derive(Deserialize)]
#[expect(dead_code, reason = "deserialized as in a service, but not used")]
struct Private {
    events: Events,
}

/// biscuit requires this, but does not call it to read a token.
impl Serialize for Private {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("only read"))
    }
}
