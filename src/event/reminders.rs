//! Reminders that a connection needs its user: its consent expires, or its data is out of date.

use crate::id::ConnectionId;
use crate::json::number;
use crate::json::payload::{optional_flag, payload};

payload! {
    /// The consent to a connection expires soon and must be renewed.
    ///
    /// Page: [reauth reminder](https://docs.moneyhubenterprise.com/docs/reauth-reminder).
    pub struct ReauthReminder {
        /// The connection.
        pub connection_id: ConnectionId,
        /// The name of the bank, if the payload has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub bank_name: Option<String>,
        /// The number of **days** until the consent expires. It may be zero or negative. A table in the documentation
        /// names this field `timeUntilReauthorization`, which is accepted too.
        #[serde(alias = "timeUntilReauthorization", deserialize_with = "number::integer")]
        pub time_until_reauthorization_in_days: i64,
        /// Moneyhub's flag `tppConsent`. Its page shows the flag but does not explain it.
        #[serde(
            default,
            deserialize_with = "optional_flag",
            skip_serializing_if = "Option::is_none"
        )]
        pub tpp_consent: Option<bool>,
    }

    /// A connection has not been refreshed for a while.
    ///
    /// Page: [refresh reminder](https://docs.moneyhubenterprise.com/docs/refresh-reminder).
    pub struct RefreshReminder {
        /// The connection.
        pub connection_id: ConnectionId,
        /// The name of the bank, if the payload has it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub bank_name: Option<String>,
        /// The number of **days** since the data was last updated. A connection that never refreshed has none.
        #[serde(
            default,
            deserialize_with = "number::optional_integer",
            skip_serializing_if = "Option::is_none"
        )]
        pub period_since_last_update_in_days: Option<i64>,
    }
}
