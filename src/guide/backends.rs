//! Which of `aws-lc` and `rust-crypto` do I choose?
//!
//! The two features select the library that verifies signatures. Enable one.
//!
//! | | `aws-lc` (default) | `rust-crypto` |
//! |---|---|---|
//! | library | AWS-LC, through the crate `aws-lc-rs` | pure Rust: the crates `rsa` and `sha2` |
//! | build needs | a C compiler | nothing else |
//! | time to verify a 2048-bit signature | about 13 µs | about ten times as long |
//! | use it for | servers | targets without a C compiler, such as `wasm32` |
//!
//! Both accept and reject the same tokens, with the same kind of error: RS256 only, keys of 2048 to 4096 bits. If both
//! are enabled, AWS-LC verifies. If neither is, the build fails with a message that names them.
//!
//! ```toml
//! moneyhub-webhooks = { version = "0.1", default-features = false, features = ["rust-crypto"] }
//! ```
//!
//! Neither affects the rest of your program: the crate installs no process-wide crypto provider, and enables no feature
//! of another crate that would require one.
//!
//! # WebAssembly
//!
//! On `wasm32-unknown-unknown` use `rust-crypto`. That target has neither a clock nor a source of random bytes:
//!
//! - There is no `parse`. Use [`parse_at`](crate::Receiver::parse_at) with the runtime's time, such as `Date.now()`.
//!   [`KeyCache`](crate::KeyCache) takes the time as an argument on every target.
//! - Verifying needs no random bytes. But jsonwebtoken depends on getrandom 0.2, which does not build for this target until
//!   your crate chooses a source. Where there is JavaScript, enable its feature `js`:
//!
//! ```toml
//! [target.'cfg(all(target_arch = "wasm32", target_os = "unknown"))'.dependencies]
//! getrandom = { version = "0.2", features = ["js"] }
//! ```
//!
//! `remote-keys` needs sockets, which the target does not have. Fetch the keys with the runtime's `fetch` when
//! `KeyCache` says so. The repository has a receiver for Workers and other runtimes with `fetch` in `examples/edge`, and
//! compares its answers with those of the native build.
