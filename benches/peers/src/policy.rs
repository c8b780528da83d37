//! The policy by which every peer verifies a token.

use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Policy {
    #[serde(default)]
    pub jwks: Value,
    pub issuer: String,
    pub audience: String,
    /// The time of verification, in seconds.
    pub now: i64,
    /// In seconds.
    pub maximum_age: i64,
}

impl Policy {
    pub fn read(folder: &Path) -> Self {
        let read = |name| fs::read(folder.join(name)).unwrap();
        let jwks = serde_json::from_slice(&read("jwks.json")).unwrap();
        Self {
            jwks,
            ..serde_json::from_slice(&read("policy.json")).unwrap()
        }
    }

    /// The only key of the key set, as a JWK.
    pub fn jwk(&self) -> &Value {
        &self.jwks["keys"][0]
    }

    /// A number of the key, in base64url.
    pub fn number(&self, name: &str) -> &str {
        self.jwk()[name].as_str().unwrap()
    }

    /// Checks the age, for peers that leave this to their caller.
    pub fn check_age(&self, issued_at: i64) -> Result<(), &'static str> {
        if (0..=self.maximum_age).contains(&(self.now - issued_at)) {
            Ok(())
        } else {
            Err("too old, or of the future")
        }
    }

    /// Policies that reject the valid token, and why.
    pub fn rejecting(&self) -> [(&'static str, Self); 3] {
        [
            (
                "issuer",
                Self {
                    issuer: "https://identity.example".to_owned(),
                    ..self.clone()
                },
            ),
            (
                "audience",
                Self {
                    audience: "another client".to_owned(),
                    ..self.clone()
                },
            ),
            (
                "age",
                Self {
                    now: self.now + 3600,
                    ..self.clone()
                },
            ),
        ]
    }
}
