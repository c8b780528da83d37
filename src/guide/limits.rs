//! Which body limits do I need to raise?
//!
//! A token with 6000 transactions, the most that Moneyhub sends in one webhook, is 313 KB. Every layer in front of your
//! handler must accept that much. [`Receiver::max_body`](crate::Receiver::max_body) is 1 MiB by default, so raise lower
//! limits to 1 MiB.
//!
//! | layer | default limit | enough? |
//! |---|---|---|
//! | actix-web | 256 KiB | no: set `PayloadConfig::new(1 << 20)` |
//! | Rocket | 8 KiB for bytes | no: set `limits.bytes = "1 MiB"` |
//! | axum | 2 MB | yes |
//! | nginx | 1 MB | yes |
//! | HAProxy | none | yes |
//! | Caddy | none | yes |
//! | API Gateway with Lambda | 6 MB | yes |
//!
//! A layer that rejects a body answers by itself. Your handler never runs, and you never see
//! [`ErrorKind::TooLarge`](crate::ErrorKind::TooLarge). Moneyhub does not send that webhook again.
//!
//! The receiver checks its own limit before it parses anything, so a body over the limit costs nothing but the memory
//! that your framework has already used.
