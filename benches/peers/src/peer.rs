//! A Rust peer: what it is called, how it takes a body, and the proof that it verifies.

use std::error::Error;
use std::hint::black_box;

use crate::policy::Policy;

pub struct Peer {
    pub name: &'static str,
    /// Its name in `Cargo.lock`.
    pub package: &'static str,
    /// What does its RSA, and what it does otherwise than the others.
    pub note: &'static str,
    /// Prepares the key and whatever else can be prepared.
    pub tokens: Option<fn(&Policy) -> Accepts>,
    pub json: Option<fn() -> Accepts>,
}

/// Whether a body is accepted; what it holds has been built then, and is gone again.
pub type Accepts = Box<dyn Fn(&str) -> bool>;

pub fn accepts<T>(parse: impl Fn(&str) -> Result<T, Box<dyn Error>> + 'static) -> Accepts {
    Box::new(move |body| black_box(parse(black_box(body))).is_ok())
}

impl Peer {
    /// The version that the program's own `Cargo.lock` has.
    pub fn version(&self) -> &'static str {
        let entry = format!("name = \"{}\"\nversion = \"", self.package);
        let lock = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock"));
        let (_, rest) = lock.split_once(&entry).unwrap();
        rest.split('"').next().unwrap()
    }

    /// Proves that it verifies: takes the good token, and neither a forged one nor one that the policy refuses.
    pub fn check(&self, policy: &Policy, token: &str, forged: &str) {
        let (name, tokens) = (self.name, self.tokens.unwrap());
        assert!(tokens(policy)(token), "{name} refuses a good token");
        assert!(!tokens(policy)(forged), "{name} takes a forged token");
        for (what, policy) in policy.refusing() {
            assert!(!tokens(&policy)(token), "{name} does not check: {what}");
        }
    }
}
