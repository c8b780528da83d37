//! Events about accounts and connections: deleted accounts, syncs and enrichment.

use chrono::{DateTime, Utc};

use super::time;
use crate::id::{AccountId, ConnectionId, SyncId};
use crate::json::payload::payload;
use crate::tools::words::words;

payload! {
    /// An account was deleted.
    ///
    /// Page: [deleted account](https://docs.moneyhubenterprise.com/docs/deleted-account).
    pub struct DeletedAccount {
        /// The account that was deleted.
        pub account_id: AccountId,
    }

    /// The synchronization of a connection has ended. Its status says whether it succeeded.
    ///
    /// Page: [sync complete](https://docs.moneyhubenterprise.com/docs/sync-complete).
    pub struct SyncCompleted {
        /// When the synchronization ended. A failed one may not say.
        #[serde(
            default,
            deserialize_with = "time::optional_instant",
            skip_serializing_if = "Option::is_none"
        )]
        pub completed_at: Option<DateTime<Utc>>,
        /// How the synchronization ended.
        pub processing_status: ProcessingStatus,
        /// The synchronization.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub sync_id: Option<SyncId>,
        /// The connection that was synchronized.
        pub connection_id: ConnectionId,
    }

    /// The enrichment that follows a new connection has ended.
    ///
    /// The text of Moneyhub's page is not public, so no field is certain.
    /// [`Webhook::payload`](crate::Webhook::payload) returns all that was sent.
    ///
    /// Page: [post connection enrichment
    /// complete](https://docs.moneyhubenterprise.com/docs/post-connection-enrichment-complete).
    pub struct PostConnectionEnrichment {
        /// The connection, if the payload names it. Inferred from the other events.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub connection_id: Option<ConnectionId>,
    }
}

words! {
    /// How a synchronization ended.
    pub enum ProcessingStatus {
        /// The synchronization succeeded.
        Success = "success",
        /// The synchronization failed.
        Error = "error",
        /// The synchronization succeeded in part. This value and those below are documented for the API, but not on the
        /// webhook's page.
        Partial = "partial",
        /// The user has to complete multi-factor authentication.
        MfaRequired = "mfa-required",
        /// The bank rejected the user's credentials.
        CredentialsError = "credentials-error",
    }
}
