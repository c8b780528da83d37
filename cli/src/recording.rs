//! Recorded deliveries, one JSON document a line, with the body in base64 because it can be any bytes.
//! `listen --record` writes them, `send --replay` posts them again.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use crate::document::SCHEMA_VERSION;
use crate::failure::{Failure, failed};

#[derive(Serialize, Deserialize)]
pub(crate) struct Recorded {
    /// RFC 3339.
    pub(crate) received_at: String,
    pub(crate) path: String,
    #[serde(default)]
    pub(crate) content_type: Option<String>,
    /// The status of the answer; absent if none was recorded.
    #[serde(default)]
    pub(crate) status: Option<u16>,
    body: String,
    /// Written by `document::line`.
    #[serde(skip_serializing)]
    schema_version: u32,
}

impl Recorded {
    pub(crate) fn new(
        received_at: DateTime<Utc>,
        path: &str,
        content_type: Option<&str>,
        status: u16,
        body: &[u8],
    ) -> Self {
        Self {
            received_at: received_at.to_rfc3339_opts(SecondsFormat::Millis, true),
            path: path.to_owned(),
            content_type: content_type.map(str::to_owned),
            status: Some(status),
            body: BASE64_STANDARD.encode(body),
            schema_version: SCHEMA_VERSION,
        }
    }

    /// One delivery from its line.
    pub(crate) fn read(line: &str) -> Result<Self, Failure> {
        let recorded: Self = serde_json::from_str(line)
            .map_err(|error| failed(format!("not a recording: {error}")))?;
        match recorded.schema_version {
            SCHEMA_VERSION => Ok(recorded),
            other => Err(failed(format!(
                "`schema_version` is {other}; this version of the command reads {SCHEMA_VERSION}"
            ))),
        }
    }

    pub(crate) fn body(&self) -> Result<Vec<u8>, Failure> {
        BASE64_STANDARD
            .decode(&self.body)
            .map_err(|_| failed("`body` is not base64"))
    }
}
