//! Decisioning reports (affordability; by the same form also others) that are ready or could not be made.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::time;
use crate::ids::ReportId;
use crate::tools::json::{RawJson, object, with_text};
use crate::tools::words::word;

/// A report is ready.
///
/// The page's text is not public, so that nothing is certain of the fields; serialises as the sender's text.
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
    /// The sender's exact text, a JSON object.
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

        let expected = "an object in which `reportId`, if there, is a string";
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
    /// A report could not be made.
    ///
    /// Page: [affordability report failure](https://docs.moneyhubenterprise.com/docs/affordability-report-failure).
    pub struct ReportFailure {
        /// The report.
        pub report_id: ReportId,
        /// When it failed.
        #[serde(deserialize_with = "time::instant")]
        pub failed_at: DateTime<Utc>,
        /// How it stands with the report.
        pub status: ReportStatus,
    }
}

word! {
    /// How it stands with a report.
    ReportStatus {
        /// It could not be made.
        FAILED = "failed",
    }
}
