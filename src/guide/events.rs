//! Every event that this version knows, and how sure that is.
//!
//! Each is typed: the variant of [`Event`](crate::Event) has its name, with a capital letter. The fixtures
//! are bodies as Moneyhub's documentation shows them, `fixtures/json/<eventType>.json` and
//! `fixtures/tokens/<eventType>.jwt` in the repository and in the package.
//!
//! | `eventType` | payload | JSON | token | page | payload is | URN is |
//! |---|---|---|---|---|---|---|
//! | `newTransactions` | [`Transactions`] | ✓ | ✓ | [new-transaction] | documented | inferred |
//! | `updatedTransactions` | [`Transactions`] | ✓ | ✓ | [updated-transactions] | documented | inferred |
//! | `deletedTransactions` | [`Transactions`] | ✓ | ✓ | [deleted-transactions] | documented | inferred |
//! | `restoredTransactions` | [`Transactions`] | ✓ | ✓ | [restored-transactions] | documented | inferred |
//! | `deletedAccount` | [`DeletedAccount`] | ✓ | ✓ | [deleted-account] | documented | inferred |
//! | `syncCompleted` | [`SyncCompleted`] | ✓ | ✓ | [sync-complete] | documented | inferred |
//! | `postConnectionEnrichmentCompleted` | [`PostConnectionEnrichment`] | ✓ | ✓ | [post-connection-enrichment-complete] | **inferred** | inferred |
//! | `newRegularTransactions` | [`RegularTransactions`] | ✓ | ✓ | [regular-transaction-webhooks] | documented | inferred |
//! | `updatedRegularTransactions` | [`RegularTransactions`] | ✓ | ✓ | [regular-transaction-webhooks] | documented | inferred |
//! | `paymentCompleted` | [`Payment`] | ✓ | ✓ | [payment-completed] | documented | **documented** |
//! | `paymentPending` | [`Payment`] | ✓ | ✓ | [payment-pending] | documented | inferred |
//! | `paymentError` | [`Payment`] | ✓ | ✓ | [payment-error] | documented | inferred, and another seen in use |
//! | `affordabilityReportSuccess` | [`ReportSuccess`] | ✓ | ✓ | [affordability-report-success] | **inferred** | inferred |
//! | `affordabilityReportFailure` | [`ReportFailure`] | ✓ | ✓ | [affordability-report-failure] | documented | inferred |
//! | `addFirstConnection` | [`AddFirstConnection`] | ✓ | ✓ | [add-first-connection] | documented | inferred |
//! | `balanceThreshold` | [`BalanceThreshold`] | ✓ | ✓ | [balance-threshold] | documented | inferred |
//! | `reauthReminder` | [`ReauthReminder`] | ✓ | ✓ | [reauth-reminder] | documented | inferred |
//! | `refreshReminder` | [`RefreshReminder`] | ✓ | ✓ | [refresh-reminder] | documented | inferred |
//!
//! **Documented** is what a page of Moneyhub says. **Inferred** is what follows from that by analogy: Moneyhub
//! documents one URN, `urn:com:moneyhub:events:payment-completed`, and the others are the `eventType` in the same
//! form. If Moneyhub uses other words, such an event is [`Event::Unknown`](crate::Event::Unknown), with its name and
//! its payload: nothing is lost, and [`decode`](crate::Event::decode) makes the payload typed.
//!
//! Moneyhub also announces outcomes of income verification and of standard financial statements, and further
//! nudges, and names neither their words nor their fields. They are `Event::Unknown` until it does.
//!
//! [`Transactions`]: crate::Transactions
//! [`DeletedAccount`]: crate::DeletedAccount
//! [`SyncCompleted`]: crate::SyncCompleted
//! [`PostConnectionEnrichment`]: crate::PostConnectionEnrichment
//! [`RegularTransactions`]: crate::RegularTransactions
//! [`Payment`]: crate::Payment
//! [`ReportSuccess`]: crate::ReportSuccess
//! [`ReportFailure`]: crate::ReportFailure
//! [`AddFirstConnection`]: crate::AddFirstConnection
//! [`BalanceThreshold`]: crate::BalanceThreshold
//! [`ReauthReminder`]: crate::ReauthReminder
//! [`RefreshReminder`]: crate::RefreshReminder
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
