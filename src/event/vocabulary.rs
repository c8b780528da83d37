//! The vocabulary: one row per event. Everything that knows events by name is generated from these rows:
//! [`EventType`](super::EventType), and [`Event`](super::Event) with its dispatch.

/// Passes the rows to the macro `$define`. A row is a variant with its payload type, and:
///
/// - `names`: the values of `eventType` in the JSON envelope, the canonical one first;
/// - `urns`: what follows Moneyhub's prefix in a token's `events`, the canonical one first. Moneyhub documents only
///   `payment-completed`, and `payment-rejected` was seen in use; the others are inferred, by converting the JSON name
///   to the same form;
/// - `family`: the group that Moneyhub's overview of webhooks places the event in;
/// - `page`: the last segment of the URL of its page in Moneyhub's documentation.
macro_rules! vocabulary {
    ($define:ident) => {
        $define! {
            /// New transactions on a user's accounts. One event has at most 6000; further transactions come in another
            /// event.
            NewTransactions(Transactions) {
                names: ["newTransactions"],
                urns: ["new-transactions"],
                family: FinancialData,
                page: "new-transaction",
            }
            /// Transactions whose data has changed.
            UpdatedTransactions(Transactions) {
                names: ["updatedTransactions"],
                urns: ["updated-transactions"],
                family: FinancialData,
                page: "updated-transactions",
            }
            /// Transactions that were deleted.
            DeletedTransactions(Transactions) {
                names: ["deletedTransactions"],
                urns: ["deleted-transactions"],
                family: FinancialData,
                page: "deleted-transactions",
            }
            /// Transactions that were deleted and have been restored.
            RestoredTransactions(Transactions) {
                names: ["restoredTransactions"],
                urns: ["restored-transactions"],
                family: FinancialData,
                page: "restored-transactions",
            }
            /// An account was deleted.
            DeletedAccount(DeletedAccount) {
                names: ["deletedAccount"],
                urns: ["deleted-account"],
                family: FinancialData,
                page: "deleted-account",
            }
            /// The synchronisation of a connection has ended, successfully or not.
            SyncCompleted(SyncCompleted) {
                names: ["syncCompleted", "syncComplete"],
                urns: ["sync-completed", "sync-complete"],
                family: FinancialData,
                page: "sync-complete",
            }
            /// The enrichment that follows a new connection has ended.
            PostConnectionEnrichmentCompleted(PostConnectionEnrichment) {
                names: ["postConnectionEnrichmentCompleted", "postConnectionEnrichmentComplete"],
                urns: ["post-connection-enrichment-completed", "post-connection-enrichment-complete"],
                family: FinancialData,
                page: "post-connection-enrichment-complete",
            }
            /// New series of regular transactions were found.
            NewRegularTransactions(RegularTransactions) {
                names: ["newRegularTransactions"],
                urns: ["new-regular-transactions"],
                family: FinancialData,
                page: "regular-transaction-webhooks",
            }
            /// Series of regular transactions have changed.
            UpdatedRegularTransactions(RegularTransactions) {
                names: ["updatedRegularTransactions"],
                urns: ["updated-regular-transactions"],
                family: FinancialData,
                page: "regular-transaction-webhooks",
            }
            /// A payment was completed.
            PaymentCompleted(Payment) {
                names: ["paymentCompleted"],
                urns: ["payment-completed"],
                family: Payments,
                page: "payment-completed",
            }
            /// A payment was submitted, and its outcome is not known yet.
            PaymentPending(Payment) {
                names: ["paymentPending"],
                urns: ["payment-pending"],
                family: Payments,
                page: "payment-pending",
            }
            /// A payment was rejected.
            PaymentError(Payment) {
                names: ["paymentError"],
                urns: ["payment-error", "payment-rejected"],
                family: Payments,
                page: "payment-error",
            }
            /// An affordability report is ready.
            AffordabilityReportSuccess(ReportSuccess) {
                names: ["affordabilityReportSuccess"],
                urns: ["affordability-report-success"],
                family: Decisioning,
                page: "affordability-report-success",
            }
            /// An affordability report could not be generated.
            AffordabilityReportFailure(ReportFailure) {
                names: ["affordabilityReportFailure"],
                urns: ["affordability-report-failure"],
                family: Decisioning,
                page: "affordability-report-failure",
            }
            /// A user was activated but has not connected an account yet.
            AddFirstConnection(AddFirstConnection) {
                names: ["addFirstConnection"],
                urns: ["add-first-connection"],
                family: Nudges,
                page: "add-first-connection",
            }
            /// The balance of an account has crossed thresholds.
            BalanceThreshold(BalanceThreshold) {
                names: ["balanceThreshold"],
                urns: ["balance-threshold"],
                family: Nudges,
                page: "balance-threshold",
            }
            /// The consent to a connection expires soon and must be renewed.
            ReauthReminder(ReauthReminder) {
                names: ["reauthReminder"],
                urns: ["reauth-reminder"],
                family: Nudges,
                page: "reauth-reminder",
            }
            /// A connection has not been refreshed for a while.
            RefreshReminder(RefreshReminder) {
                names: ["refreshReminder"],
                urns: ["refresh-reminder"],
                family: Nudges,
                page: "refresh-reminder",
            }
        }
    };
}
pub(crate) use vocabulary;
