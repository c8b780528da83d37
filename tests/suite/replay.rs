//! Replay keys, and the guard that remembers them.

mod key;
mod memory;

use chrono::{DateTime, TimeDelta, Utc};
use moneyhub_webhooks::{ReplayKey, Webhook};
use serde_json::json;

use crate::support::{ISSUED_AT, at, parse_json, parse_token, token};

fn now() -> DateTime<Utc> {
    at(ISSUED_AT)
}

fn seconds(seconds: i64) -> TimeDelta {
    TimeDelta::seconds(seconds)
}

fn signed(id: &str) -> Webhook {
    parse_token(&token().claim("jti", json!(id)).signed()).unwrap()
}

fn unsigned(id: &str) -> Webhook {
    parse_json(&json!({"id": id, "eventType": "x", "payload": {}}).to_string()).unwrap()
}

/// Returns one of many keys with bytes as random as those of webhooks.
fn key(signed: bool, number: usize) -> ReplayKey {
    let mut bytes: [u8; 32] = unsigned(&number.to_string()).replay_key().into();
    bytes[0] = bytes[0] & 0x7f | if signed { 0x80 } else { 0 };
    bytes.into()
}
