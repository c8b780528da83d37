//! The comparison of this module with the native build: both answer the same rows.

use chrono::DateTime;
use moneyhub_webhooks::{Error, KeySet, Receiver};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::wasm_bindgen;

/// A body, and who verifies it when.
#[derive(Debug, Serialize, Deserialize)]
pub struct Row {
    pub name: String,
    pub policy: Policy,
    /// Seconds since 1970.
    pub time: i64,
    #[serde(with = "latin1")]
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Policy {
    Unsigned,
    Signed(Signed),
    Both(Signed),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signed {
    pub issuer: String,
    pub client_id: String,
    #[serde(with = "latin1")]
    pub jwks: Vec<u8>,
}

/// What becomes of a row, in full: the message of a refusal; or the name, the id, the authenticity, the replay key and
/// the serialised webhook of what is accepted.
pub fn answer(row: &Row) -> String {
    try_answer(row).unwrap_or_else(|error| error)
}

fn try_answer(row: &Row) -> Result<String, String> {
    let receiver = match &row.policy {
        Policy::Unsigned => Receiver::unsigned_json(),
        Policy::Signed(signed) => signed.receiver()?,
        Policy::Both(signed) => signed.receiver()?.and_unsigned_json(),
    };
    let now = DateTime::from_timestamp(row.time, 0).ok_or("no time")?;
    let webhook = receiver.parse_at(&row.body, now).map_err(refusal)?;
    let text = serde_json::to_string(&webhook).map_err(|error| error.to_string())?;
    let (name, id) = (webhook.event().name(), webhook.id());
    Ok(format!(
        "accepted {name:?} {id} {:?} {} {text}",
        webhook.authenticity(),
        webhook.replay_key()
    ))
}

fn refusal(error: Error) -> String {
    format!("{:?} {} {error}", error.kind(), error.http_status())
}

impl Signed {
    fn receiver(&self) -> Result<Receiver, String> {
        let keys = KeySet::from_jwks(&self.jwks).map_err(|error| error.to_string())?;
        Ok(Receiver::signed(keys, &*self.client_id).issuers([&*self.issuer]))
    }
}

/// The answers to rows, a line each, both as JSON.
#[wasm_bindgen(js_name = answerRow)]
pub fn answer_row(line: &str) -> String {
    match serde_json::from_str(line) {
        Ok(row) => answer(&row),
        Err(error) => format!("not a row: {error}"),
    }
}

/// Any bytes as JSON: a character each.
mod latin1 {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(
            &bytes
                .iter()
                .map(|byte| char::from(*byte))
                .collect::<String>(),
        )
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.chars()
            .map(|char| u8::try_from(char).map_err(Error::custom))
            .collect()
    }
}
