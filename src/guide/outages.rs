//! What do I do after an outage?
//!
//! Moneyhub sends each webhook once. What it sent while your service did not answer is lost, so fetch what it was about
//! from the API.
//!
//! | lost events | fetch | note |
//! |---|---|---|
//! | new and updated transactions | `GET /transactions?startDateModified=…`, for each user | from shortly before the outage |
//! | restored transactions | the same | |
//! | deleted transactions and accounts | the transactions and accounts that you have stored | the API no longer returns what was deleted |
//! | syncs | `GET /users/{userId}/syncs` | |
//! | payments | `GET /payments?startDate=…` | begin earlier than the outage: a payment that changed may have been made before it |
//! | reports | the reports that you wait for | |
//! | reminders, thresholds and other nudges | nothing | they describe the state of a connection or an account, which the API returns |
//!
//! Handle what you fetch as you handle a webhook: it may have arrived as one too.
//!
//! # How fast may I fetch?
//!
//! The API allows 1000 requests a minute for each client. Above that it answers 429: wait for the seconds in
//! `Retry-After`. An event with 6000 transactions, the most that Moneyhub sends, takes 120 requests of
//! [50 ids](crate::event::TransactionBatch::MAX_LEN). So fetch outside of your handler, and limit the rate.
//!
//! # How do I notice an outage?
//!
//! Alert on answers other than 202 in your own logs, and on [keys](super::metrics#how-do-i-monitor-the-keys) that are
//! missing or old. (`keys_unavailable` in the metrics can be caused by anyone.) Silence alone is a weak sign.
//! Connections of the type `api` are synchronized every 4 hours from 06:00 to 23:00, and those of the type `legacy`
//! overnight, so nights may be silent. Compare with the same hour of other days.
//!
//! # Where do these facts come from?
//!
//! From Moneyhub's documentation of its [API](https://docs.moneyhubenterprise.com/reference), as it was when this version
//! was released.
