//! Events for decisioning reports that are ready or could not be generated. Moneyhub documents them for affordability
//! reports; other reports can be decoded as the same types.

use chrono::{DateTime, Utc};

use super::time;
use crate::id::ReportId;
use crate::json::payload::payload;
use crate::tools::words::words;

payload! {
    /// A report is ready.
    ///
    /// The text of Moneyhub's page is not public, so no field is certain.
    /// [`Webhook::payload`](crate::Webhook::payload) returns all that was sent.
    ///
    /// Page: [affordability report success](https://docs.moneyhubenterprise.com/docs/affordability-report-success).
    pub struct ReportSuccess {
        /// The report, if the payload names it. Inferred from [`ReportFailure`].
        #[serde(skip_serializing_if = "Option::is_none")]
        pub report_id: Option<ReportId>,
    }

    /// A report could not be generated.
    ///
    /// Page: [affordability report failure](https://docs.moneyhubenterprise.com/docs/affordability-report-failure).
    pub struct ReportFailure {
        /// The report that failed.
        pub report_id: ReportId,
        /// When the report failed, if the payload says so.
        #[serde(
            default,
            deserialize_with = "time::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        pub failed_at: Option<DateTime<Utc>>,
        /// The status of the report.
        pub status: ReportStatus,
    }
}

words! {
    /// The status of a report.
    pub enum ReportStatus {
        /// The report could not be generated.
        Failed = "failed",
    }
}
