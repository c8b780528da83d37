//! Events for payments that are completed, pending or rejected.

use chrono::{DateTime, Utc};

use super::time;
use crate::id::{PaymentId, PaymentSubmissionId};
use crate::json::payload::payload;
use crate::tools::words::words;

payload! {
    /// A payment and its status. It contains neither the amount nor the reason for a rejection.
    ///
    /// Pages: [completed](https://docs.moneyhubenterprise.com/docs/payment-completed),
    /// [pending](https://docs.moneyhubenterprise.com/docs/payment-pending),
    /// [error](https://docs.moneyhubenterprise.com/docs/payment-error).
    pub struct Payment {
        /// The payment. Tables in the documentation name this field `paymentID`, which is accepted too.
        #[serde(alias = "paymentID")]
        pub payment_id: PaymentId,
        /// The submission of the payment. A payment that failed on submission may have none.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub payment_submission_id: Option<PaymentSubmissionId>,
        /// When the payment was submitted. A payment that failed on submission may not say.
        #[serde(
            default,
            deserialize_with = "time::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        pub submitted_at: Option<DateTime<Utc>>,
        /// The status of the payment.
        pub status: PaymentStatus,
        /// The reference of the payment.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub reference: Option<String>,
        /// The end-to-end id of the payment.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub end_to_end_id: Option<String>,
        /// When the payment last changed. Documented for completed and rejected payments.
        #[serde(
            default,
            deserialize_with = "time::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        pub updated_at: Option<DateTime<Utc>>,
    }
}

words! {
    /// The status of a payment.
    ///
    /// ```
    /// use moneyhub_webhooks::event::PaymentStatus;
    ///
    /// fn describe(status: &PaymentStatus) -> String {
    ///     match status {
    ///         PaymentStatus::Completed => "paid".to_owned(),
    ///         PaymentStatus::Rejected => "failed".to_owned(),
    ///         other => format!("in another state: {}", other.as_str()),
    ///     }
    /// }
    /// assert_eq!(describe(&"inProgress".into()), "in another state: inProgress");
    /// ```
    pub enum PaymentStatus {
        /// The payment was completed.
        Completed = "completed",
        /// The outcome of the payment is not known yet.
        Pending = "pending",
        /// The payment was rejected.
        Rejected = "rejected",
    }
}
