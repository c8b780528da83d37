//! A Rust peer: its name, how it reads a body, and a check that it verifies tokens.

use std::error::Error;
use std::hint::black_box;

use crate::policy::Policy;

pub struct Peer {
    pub name: &'static str,
    /// Its name in `Cargo.lock`.
    pub package: &'static str,
    /// Its RSA implementation, and how it differs from the others.
    pub note: &'static str,
    /// Prepares the key and everything else that can be prepared.
    pub tokens: Option<fn(&Policy) -> Accepts>,
    pub json: Option<fn() -> Accepts>,
}

/// Whether a body is accepted. The result is built and dropped.
pub type Accepts = Box<dyn Fn(&str) -> bool>;

pub fn accepts<T>(parse: impl Fn(&str) -> Result<T, Box<dyn Error>> + 'static) -> Accepts {
    Box::new(move |body| black_box(parse(black_box(body))).is_ok())
}

impl Peer {
    /// The version in the `Cargo.lock` of the program.
    pub fn version(&self) -> &'static str {
        let entry = format!("name = \"{}\"\nversion = \"", self.package);
        let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
        let (_, rest) = lock.split_once(&entry).unwrap();
        rest.split('"').next().unwrap()
    }

    /// Checks that it verifies: it accepts the valid token, and rejects a forged one and those that violate the policy.
    pub fn check(&self, policy: &Policy, token: &str, forged: &str) {
        let (name, tokens) = (self.name, self.tokens.unwrap());
        assert!(tokens(policy)(token), "{name} rejects a valid token");
        assert!(!tokens(policy)(forged), "{name} accepts a forged token");
        for (what, policy) in policy.rejecting() {
            assert!(!tokens(&policy)(token), "{name} does not check: {what}");
        }
    }
}
