//! Events for payments that are completed, pending or rejected.

use chrono::{DateTime, Utc};

use super::time;
use crate::ids::{PaymentId, PaymentSubmissionId};
use crate::tools::json::object;
use crate::tools::words::word;

object! {
    /// A payment and its status. It contains neither the amount nor the reason for a rejection.
    ///
    /// Pages: [completed](https://docs.moneyhubenterprise.com/docs/payment-completed),
    /// [pending](https://docs.moneyhubenterprise.com/docs/payment-pending),
    /// [error](https://docs.moneyhubenterprise.com/docs/payment-error).
    pub struct Payment {
        /// The payment. Tables in the documentation name this field `paymentID`, which is accepted too.
        #[serde(alias = "paymentID")]
        pub payment_id: PaymentId,
        /// The submission of the payment.
        pub payment_submission_id: PaymentSubmissionId,
        /// When the payment was submitted.
        #[serde(deserialize_with = "time::instant")]
        pub submitted_at: DateTime<Utc>,
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

word! {
    /// The status of a payment.
    PaymentStatus {
        /// The payment was completed.
        COMPLETED = "completed",
        /// The outcome of the payment is not known yet.
        PENDING = "pending",
        /// The payment was rejected.
        REJECTED = "rejected",
    }
}
