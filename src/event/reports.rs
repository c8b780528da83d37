//! Events for decisioning reports that are ready or could not be generated. Moneyhub documents them for affordability
//! reports; other reports can be decoded as the same types.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::time;
use crate::ids::ReportId;
use crate::tools::json::{RawJson, object, with_text};
use crate::tools::words::word;

/// A report is ready.
///
/// The text of Moneyhub's page is not public, so none of the fields is certain. Serialises as the sender's text.
///
/// Page: [affordability report success](https://docs.moneyhubenterprise.com/docs/affordability-report-success).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct ReportSuccess {
    /// The report, if the payload names it. Inferred from [`ReportFailure`].
    pub report_id: Option<ReportId>,
    #[cfg_attr(feature = "schema", schemars(skip))]
    payload: RawJson,
}

impl ReportSuccess {
    /// Returns the payload exactly as it was sent: a JSON object.
    #[must_use]
    pub fn payload(&self) -> &str {
        self.payload.get()
    }
}

impl<'de> Deserialize<'de> for ReportSuccess {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            report_id: Option<ReportId>,
        }

        let expected = "an object whose `reportId`, if present, is a string";
        let (Fields { report_id }, payload) = with_text(deserializer, expected)?;
        Ok(Self { report_id, payload })
    }
}

impl Serialize for ReportSuccess {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.payload.serialize(serializer)
    }
}

object! {
    /// A report could not be generated.
    ///
    /// Page: [affordability report failure](https://docs.moneyhubenterprise.com/docs/affordability-report-failure).
    pub struct ReportFailure {
        /// The report that failed.
        pub report_id: ReportId,
        /// When the report failed.
        #[serde(deserialize_with = "time::instant")]
        pub failed_at: DateTime<Utc>,
        /// The status of the report.
        pub status: ReportStatus,
    }
}

word! {
    /// The status of a report.
    ReportStatus {
        /// The report could not be generated.
        FAILED = "failed",
    }
}
