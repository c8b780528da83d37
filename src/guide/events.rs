//! Which events are there, and how certain is their form?
//!
//! Each event has a variant of [`Event`](crate::Event), with the same name and a capital letter. The fixtures are bodies
//! as Moneyhub's documentation shows them: `fixtures/json/<eventType>.json` and `fixtures/tokens/<eventType>.jwt`, in the
//! repository and in the package.
//!
//! | `eventType` | payload | page | payload is | URN is |
//! |---|---|---|---|---|
//! | `newTransactions` | [`Transactions`] | [new-transaction] | documented | inferred |
//! | `updatedTransactions` | [`Transactions`] | [updated-transactions] | documented | inferred |
//! | `deletedTransactions` | [`Transactions`] | [deleted-transactions] | documented | inferred |
//! | `restoredTransactions` | [`Transactions`] | [restored-transactions] | documented | inferred |
//! | `deletedAccount` | [`DeletedAccount`] | [deleted-account] | documented | inferred |
//! | `syncCompleted` | [`SyncCompleted`] | [sync-complete] | documented | inferred |
//! | `postConnectionEnrichmentCompleted` | [`PostConnectionEnrichment`] | [post-connection-enrichment-complete] | **inferred** | inferred |
//! | `newRegularTransactions` | [`RegularTransactions`] | [regular-transaction-webhooks] | documented | inferred |
//! | `updatedRegularTransactions` | [`RegularTransactions`] | [regular-transaction-webhooks] | documented | inferred |
//! | `paymentCompleted` | [`Payment`] | [payment-completed] | documented | **documented** |
//! | `paymentPending` | [`Payment`] | [payment-pending] | documented | inferred |
//! | `paymentError` | [`Payment`] | [payment-error] | documented | inferred, and another seen in use |
//! | `affordabilityReportSuccess` | [`ReportSuccess`] | [affordability-report-success] | **inferred** | inferred |
//! | `affordabilityReportFailure` | [`ReportFailure`] | [affordability-report-failure] | documented | inferred |
//! | `addFirstConnection` | [`AddFirstConnection`] | [add-first-connection] | documented | inferred |
//! | `balanceThreshold` | [`BalanceThreshold`] | [balance-threshold] | documented | inferred |
//! | `reauthReminder` | [`ReauthReminder`] | [reauth-reminder] | documented | inferred |
//! | `refreshReminder` | [`RefreshReminder`] | [refresh-reminder] | documented | inferred |
//!
//! **Documented** means that a page of Moneyhub's documentation says so. **Inferred** means that it follows by analogy:
//! Moneyhub documents one URN, `urn:com:moneyhub:events:payment-completed`, and the others are the `eventType` in the
//! same form. If Moneyhub uses another name, the event is [`Event::Unknown`](crate::Event::Unknown), with its name and
//! its payload. Nothing is lost, and [`decode`](crate::Webhook::decode) returns the payload as a type.
//!
//! Moneyhub also announces events for income verification and standard financial statements, and further nudges, but
//! publishes neither their names nor their fields. Until it does, they are `Event::Unknown`.
//!
//! # How do I get the transactions?
//!
//! The four transaction events hold ids only. Moneyhub's API returns the transactions, at most 50 for each request:
//!
//! ```
//! use moneyhub_webhooks::id::{AccountId, TransactionId};
//! use moneyhub_webhooks::Event;
//!
//! fn fetch_all(event: &Event, fetch: impl Fn(&AccountId, &[TransactionId])) {
//!     let Event::NewTransactions(new) = event else { return };
//!     for batch in new.batches() {
//!         fetch(batch.account_id, batch.transaction_ids); // GET /transactions?ids=…
//!     }
//! }
//! ```
//!
//! # How do I handle an event that this version does not know?
//!
//! Decode the payload into a type of this crate or of your own. You need no new release. Suppose that the result of an
//! income verification arrives under this name, with the fields of a report:
//!
//! ```
//! use moneyhub_webhooks::Webhook;
//! use moneyhub_webhooks::event::{DecodeError, ReportSuccess};
//!
//! fn income_report(webhook: &Webhook) -> Result<Option<ReportSuccess>, DecodeError> {
//!     match webhook.event().name() {
//!         "incomeVerificationSuccess" => webhook.decode().map(Some),
//!         _ => Ok(None),
//!     }
//! }
//! ```
//!
//! This code matches on the name, not on the variant, so it keeps working when a later version knows the event.
//!
//! # How do I read a field that this version does not know?
//!
//! In the same way. [`Webhook::payload`](crate::Webhook::payload) is the sender's text for every event, and
//! [`decode`](crate::Webhook::decode) reads your own type from it.
//!
//! [`Transactions`]: crate::event::Transactions
//! [`DeletedAccount`]: crate::event::DeletedAccount
//! [`SyncCompleted`]: crate::event::SyncCompleted
//! [`PostConnectionEnrichment`]: crate::event::PostConnectionEnrichment
//! [`RegularTransactions`]: crate::event::RegularTransactions
//! [`Payment`]: crate::event::Payment
//! [`ReportSuccess`]: crate::event::ReportSuccess
//! [`ReportFailure`]: crate::event::ReportFailure
//! [`AddFirstConnection`]: crate::event::AddFirstConnection
//! [`BalanceThreshold`]: crate::event::BalanceThreshold
//! [`ReauthReminder`]: crate::event::ReauthReminder
//! [`RefreshReminder`]: crate::event::RefreshReminder
//!
//! [new-transaction]: https://docs.moneyhubenterprise.com/docs/new-transaction
//! [updated-transactions]: https://docs.moneyhubenterprise.com/docs/updated-transactions
//! [deleted-transactions]: https://docs.moneyhubenterprise.com/docs/deleted-transactions
//! [restored-transactions]: https://docs.moneyhubenterprise.com/docs/restored-transactions
//! [deleted-account]: https://docs.moneyhubenterprise.com/docs/deleted-account
//! [sync-complete]: https://docs.moneyhubenterprise.com/docs/sync-complete
//! [post-connection-enrichment-complete]: https://docs.moneyhubenterprise.com/docs/post-connection-enrichment-complete
//! [regular-transaction-webhooks]: https://docs.moneyhubenterprise.com/docs/regular-transaction-webhooks
//! [payment-completed]: https://docs.moneyhubenterprise.com/docs/payment-completed
//! [payment-pending]: https://docs.moneyhubenterprise.com/docs/payment-pending
//! [payment-error]: https://docs.moneyhubenterprise.com/docs/payment-error
//! [affordability-report-success]: https://docs.moneyhubenterprise.com/docs/affordability-report-success
//! [affordability-report-failure]: https://docs.moneyhubenterprise.com/docs/affordability-report-failure
//! [add-first-connection]: https://docs.moneyhubenterprise.com/docs/add-first-connection
//! [balance-threshold]: https://docs.moneyhubenterprise.com/docs/balance-threshold
//! [reauth-reminder]: https://docs.moneyhubenterprise.com/docs/reauth-reminder
//! [refresh-reminder]: https://docs.moneyhubenterprise.com/docs/refresh-reminder
