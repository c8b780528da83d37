//! josekit: returns dynamic claims, which are then deserialized into types.

use std::time::{Duration, SystemTime};

use josekit::jwk::Jwk;
use josekit::jws::RS256;
use josekit::jwt::{self, JwtPayloadValidator};
use moneyhub_webhooks_benches::references::Claims;
use serde::Deserialize;
use serde_json::Value;

use crate::peer::{Peer, accepts};

pub const PEER: Peer = Peer {
    name: "josekit (Rust)",
    package: "josekit",
    note: "OpenSSL; claims dynamic, then made typed",
    tokens: Some(|policy| {
        let jwk = Jwk::from_bytes(policy.jwk().to_string()).unwrap();
        let verifier = RS256.verifier_from_jwk(&jwk).unwrap();
        let time =
            |seconds: i64| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds.unsigned_abs());
        let mut validator = JwtPayloadValidator::new();
        validator.set_issuer(&policy.issuer);
        validator.set_audience(&policy.audience);
        validator.set_base_time(time(policy.now));
        validator.set_min_issued_time(time(policy.now - policy.maximum_age));
        validator.set_max_issued_time(time(policy.now));
        accepts(move |token| {
            let (payload, _) = jwt::decode_with_verifier(token, &verifier)?;
            validator.validate(&payload)?;
            Ok(Claims::deserialize(Value::Object(payload.into()))?)
        })
    }),
    json: None,
};
