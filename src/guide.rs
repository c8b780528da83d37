//! Pages to read; there is no code in here.
//!
//! | | |
//! |---|---|
//! | [`events`] | every event: its type, its fixtures, its page at Moneyhub, and how sure all of that is |
//! | [`troubleshooting`] | a webhook was refused, or is not what was expected: what that means, and what to do |
//! | [`answers`] | the status to answer with, and why |
//! | [`migration`] | from a handler written by hand to this crate |
//! | [`backends`] | the features `aws-lc` and `rust-crypto` |
//! | [`logs`] | the feature `tracing` |
//! | [`metrics`] | the feature `metrics` |

pub mod answers;
pub mod backends;
pub mod events;
pub mod logs;
pub mod metrics;
pub mod migration;
pub mod troubleshooting;
