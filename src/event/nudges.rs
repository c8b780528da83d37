//! Nudges: suggestions of what a user could do next.

use chrono::{DateTime, Utc};

use super::time;
use crate::json::payload::payload;

payload! {
    /// A user was activated but has not connected an account yet.
    ///
    /// Page: [add first connection](https://docs.moneyhubenterprise.com/docs/add-first-connection).
    pub struct AddFirstConnection {
        /// When the user was activated, if the payload says so.
        #[serde(
            default,
            deserialize_with = "time::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        pub user_activated_at: Option<DateTime<Utc>>,
    }
}
