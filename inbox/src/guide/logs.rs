//! What does the feature `tracing` log?
//!
//! Events with the target `moneyhub_webhooks_inbox`, besides those of
//! [`moneyhub_webhooks`](https://docs.rs/moneyhub-webhooks/latest/moneyhub_webhooks/guide/logs/index.html) for each
//! body. Nothing of a body is logged, except the ids and the event of a webhook, its user, and who has signed it.
//! Reasons of handlers and errors of the database are.
//!
//! | level | message | what to know |
//! |---|---|---|
//! | error | `a webhook is lost` | it was answered with 503, and does not come again: fetch from Moneyhub's API what it was about |
//! | error | `a webhook is a dead letter` | it was given up; its `reason` says why |
//! | error | `the store is down` | from now on webhooks go to the spill folder, if there is one |
//! | error | `the spill folder does not take a batch` | its disk is full or broken, or the folder has reached its size |
//! | warn | `the store does not take a batch` | the `error` of the database |
//! | warn | `went to the spill folder` | webhooks are safe, and wait for the store |
//! | warn | `a file stays in the spill folder` | it can't be read, or the store does not take all of it |
//! | warn | `not kept` | a quota for what anyone can send is used up |
//! | warn | `the store is not ready` | its tables can't be brought up to date, or old keys not be removed |
//! | warn | `what waits can't be counted` | the gauges of the feature `metrics` are not known |
//! | warn | `a worker can't reach the store` | webhooks wait meanwhile |
//! | warn | `an attempt failed` | it is tried again; its `reason` says why |
//! | warn | `rejected: the body has a content encoding` | something between Moneyhub and you compresses bodies |
//! | warn | `rejected: a body that was kept without its key` | it has been verified later; `stays` says whether it is kept for people to look at |
//! | warn | `a body that was kept without its key stays, though it is rejected` | the quota of rejected bodies is used up |
//! | info | `the store is up again` | |
//! | info | `a file was moved from the spill folder to the store` | |
//! | info | `accepted a late token: the store remembers all that came since it was issued` | |
//! | info | `kept a body without its key: it is verified once that is there` | the crate logs it as rejected before, with `outcome="keys_unavailable"` (or `"unknown_key"`, if there are many) and the reason; it was answered with 202 |
//! | info | `accepted a body that was kept without its key` | |
//! | debug | `handled` | by its replay key, as dead letters |
//! | debug | `answered a duplicate, which is not handled again` | |
