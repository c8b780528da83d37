//! The features `aws-lc` and `rust-crypto`: who verifies the signatures.
//!
//! | | `aws-lc` (default) | `rust-crypto` |
//! |---|---|---|
//! | what it is | AWS-LC, by the crate `aws-lc-rs` | pure Rust, by the crates `rsa` and `sha2` |
//! | needs | a C compiler | nothing |
//! | a signature of 2048 bits takes | some 13 µs | some ten times as long |
//! | for | servers | targets without a C compiler, `wasm32` among them |
//!
//! Both accept the same tokens and refuse the same, with the same kind of error: RS256 alone, keys of 2048 to 4096
//! bits. Where both are on, AWS-LC verifies. Without either the crate does not build, and says so.
//!
//! ```toml
//! moneyhub-webhooks = { version = "0.1", default-features = false, features = ["rust-crypto"] }
//! ```
//!
//! Neither chooses for the rest of a program: no crypto provider is installed for the process, and no feature of
//! another crate is switched on that would make one necessary.
//!
//! On `wasm32-unknown-unknown`, which has no clock, there is no `parse`, only
//! [`parse_at`](crate::Receiver::parse_at); there jsonwebtoken also needs the feature `js` of getrandom 0.2, switched
//! on by your crate.
