//! Guide: one page for each question. These modules hold documentation only.
//!
//! | page | question |
//! |---|---|
//! | [`answers`] | Which status do I answer with, and when? |
//! | [`formats`] | Signed tokens or plain JSON? |
//! | [`events`] | Which events are there, and how certain is their form? |
//! | [`keys`] | How do my keys stay up to date? |
//! | [`duplicates`] | How do I handle a webhook only once? |
//! | [`late`] | May I accept a late token, and keep a rejected one? |
//! | [`changes`] | What do I do when Moneyhub changes something? |
//! | [`outages`] | What do I do after an outage? |
//! | [`limits`] | Which body limits do I need to raise? |
//! | [`troubleshooting`] | Why was a webhook rejected, and what do I do? |
//! | [`migration`] | How do I replace a handler that I wrote by hand? |
//! | [`backends`] | Which of `aws-lc` and `rust-crypto` do I choose? |
//! | [`logs`] | What does the feature `tracing` log? |
//! | [`metrics`] | What does the feature `metrics` count? |
//! | [`threat_model`] | What is verified, what is not, and what is left to me? |
//! | [`changelog`] | What has changed? |

pub mod answers;
pub mod backends;
pub mod changes;
pub mod duplicates;
pub mod events;
pub mod formats;
pub mod keys;
pub mod late;
pub mod limits;
pub mod logs;
pub mod metrics;
pub mod migration;
pub mod outages;
pub mod troubleshooting;

#[doc = include_str!("../CHANGELOG.md")]
pub mod changelog {}

#[doc = include_str!("../THREAT_MODEL.md")]
pub mod threat_model {}
