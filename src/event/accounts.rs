//! Events about accounts and connections: deleted accounts, syncs and enrichment.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::time;
use crate::ids::{AccountId, ConnectionId, SyncId};
use crate::tools::json::{RawJson, object, with_text};
use crate::tools::words::word;

object! {
    /// An account was deleted.
    ///
    /// Page: [deleted account](https://docs.moneyhubenterprise.com/docs/deleted-account).
    pub struct DeletedAccount {
        /// The account that was deleted.
        pub account_id: AccountId,
    }

    /// The synchronisation of a connection has ended. Its status says whether it succeeded.
    ///
    /// Page: [sync complete](https://docs.moneyhubenterprise.com/docs/sync-complete).
    pub struct SyncCompleted {
        /// When the synchronisation ended.
        #[serde(deserialize_with = "time::instant")]
        pub completed_at: DateTime<Utc>,
        /// How the synchronisation ended.
        pub processing_status: ProcessingStatus,
        /// The synchronisation.
        pub sync_id: SyncId,
        /// The connection that was synchronised.
        pub connection_id: ConnectionId,
    }
}

word! {
    /// How a synchronisation ended.
    ProcessingStatus {
        /// The synchronisation succeeded.
        SUCCESS = "success",
        /// The synchronisation failed.
        ERROR = "error",
        /// The synchronisation succeeded in part. This value and those below are documented for the API, but not on the
        /// webhook's page.
        PARTIAL = "partial",
        /// The user has to complete multi-factor authentication.
        MFA_REQUIRED = "mfa-required",
        /// The bank rejected the user's credentials.
        CREDENTIALS_ERROR = "credentials-error",
    }
}

/// The enrichment that follows a new connection has ended.
///
/// The text of Moneyhub's page is not public, so none of the fields is certain. Serialises as the sender's text.
///
/// Page: [post connection enrichment
/// complete](https://docs.moneyhubenterprise.com/docs/post-connection-enrichment-complete).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "camelCase"))]
#[non_exhaustive]
pub struct PostConnectionEnrichment {
    /// The connection, if the payload names it. Inferred from the other events.
    pub connection_id: Option<ConnectionId>,
    #[cfg_attr(feature = "schema", schemars(skip))]
    payload: RawJson,
}

impl PostConnectionEnrichment {
    /// Returns the payload exactly as it was sent: a JSON object.
    #[must_use]
    pub fn payload(&self) -> &str {
        self.payload.get()
    }
}

impl<'de> Deserialize<'de> for PostConnectionEnrichment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Fields {
            connection_id: Option<ConnectionId>,
        }

        let expected = "an object whose `connectionId`, if present, is a string";
        let (Fields { connection_id }, payload) = with_text(deserializer, expected)?;
        Ok(Self { connection_id, payload })
    }
}

impl Serialize for PostConnectionEnrichment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.payload.serialize(serializer)
    }
}
