//! jwt-compact: reads the times, and the other claims by `flatten`. Leaves issuer and audience to its caller.

use jwt_compact::alg::{Rsa, RsaPublicKey};
use jwt_compact::jwk::JsonWebKey;
use jwt_compact::{AlgorithmExt, UntrustedToken};
use moneyhub_webhooks_benches::references::Events;
use serde::Deserialize;

use crate::peer::{Peer, accepts};

pub const PEER: Peer = Peer {
    name: "jwt-compact (Rust)",
    package: "jwt-compact",
    note: "pure Rust; claims through `flatten`, read before the signature; issuer, audience, age by hand",
    tokens: Some(|policy| {
        let jwk: JsonWebKey<'_> = serde_json::from_value(policy.jwk().clone()).unwrap();
        let key = RsaPublicKey::try_from(&jwk).unwrap();
        let policy = policy.clone();
        accepts(move |token| {
            let token = UntrustedToken::new(token)?;
            let (_, claims) = Rsa::rs256()
                .validator::<Custom>(&key)
                .validate(&token)?
                .into_parts();
            if claims.custom.iss != policy.issuer || claims.custom.aud != policy.audience {
                return Err("of another issuer, or for another client".into());
            }
            policy.check_age(claims.issued_at.ok_or("no `iat`")?.timestamp())?;
            Ok(claims)
        })
    }),
    json: None,
};

#[derive(Deserialize)]
#[expect(dead_code, reason = "deserialized as in a service, but partly unused")]
struct Custom {
    iss: String,
    aud: String,
    jti: String,
    sub: Option<String>,
    events: Events,
}
