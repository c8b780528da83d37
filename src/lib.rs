//! Moneyhub webhooks for Rust services: raw body in, one verified and typed event out.

#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(any(feature = "aws-lc", feature = "rust-crypto")))]
compile_error!(
    "moneyhub-webhooks needs a backend for signatures: enable the feature `aws-lc` (default) or `rust-crypto`"
);

mod body;
mod claims;
mod envelope;
mod error;
mod event;
mod ids;
mod json;
mod keys;
mod money;
mod text;
mod webhook;
mod words;

pub use error::{Error, ErrorKind};
pub use event::*;
pub use ids::*;
pub use keys::{IgnoredKey, KeySet, Keys};
pub use money::*;
pub use webhook::{Authenticity, Receiver, Webhook};
