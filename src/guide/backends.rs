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
//! # WebAssembly
//!
//! On `wasm32-unknown-unknown` take `rust-crypto`. That target has neither clock nor random bytes:
//!
//! - There is no `parse`, only [`parse_at`](crate::Receiver::parse_at) with the time of the runtime, `Date.now()` say. All
//!   else that takes a time, [`KeyCache`](crate::KeyCache) among it, takes it as an argument on every target.
//! - Verifying needs no random bytes, but jsonwebtoken brings the crate getrandom 0.2, which does not build there until your
//!   crate says where they come from. Where there is JavaScript, by its feature `js`:
//!
//! ```toml
//! [target.'cfg(all(target_arch = "wasm32", target_os = "unknown"))'.dependencies]
//! getrandom = { version = "0.2", features = ["js"] }
//! ```
//!
//! `remote-keys` and `redis` need sockets and are not for this target: fetch the keys by the runtime's own `fetch`, when
//! `KeyCache` says so. A receiver for Workers and other runtimes with `fetch` is in the repository, in `examples/edge`,
//! where its answers are compared with those of the native build.
