//! Reminders that a connection needs its user: consent that ends, data that grows old.

use crate::ids::ConnectionId;
use crate::tools::json::{number, object};

object! {
    /// The consent to a connection ends soon and must be given anew.
    ///
    /// Page: [reauth reminder](https://docs.moneyhubenterprise.com/docs/reauth-reminder).
    pub struct ReauthReminder {
        /// The connection.
        pub connection_id: ConnectionId,
        /// The name of the bank.
        pub bank_name: String,
        /// In how many **days** the consent ends. Zero and negative numbers are not ruled out. A table in the
        /// documentation calls it `timeUntilReauthorization`, which is taken too.
        #[serde(alias = "timeUntilReauthorization", deserialize_with = "number::integer")]
        pub time_until_reauthorization_in_days: i64,
        /// Moneyhub's flag `tppConsent`; its page shows it and does not explain it.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub tpp_consent: Option<bool>,
    }

    /// A connection has not been refreshed for a while.
    ///
    /// Page: [refresh reminder](https://docs.moneyhubenterprise.com/docs/refresh-reminder).
    pub struct RefreshReminder {
        /// The connection.
        pub connection_id: ConnectionId,
        /// The name of the bank.
        pub bank_name: String,
        /// How many **days** ago its data was last updated.
        #[serde(deserialize_with = "number::integer")]
        pub period_since_last_update_in_days: i64,
    }
}
